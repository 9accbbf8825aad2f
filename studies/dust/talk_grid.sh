#!/usr/bin/env bash
# The grid of the published talk: 91 strengths x 51 ages x 51 smallest sizes = 236,691 spectra of THEMIS at 481 wavelengths.
#   studies/dust/talk_grid.sh DUSTEM FILE.h5          (about 0.9 GB; goes on where it was when called again)
set -euo pipefail
[ $# -eq 2 ] || { sed -n '2,3p' "$0" >&2; exit 2; }
exec ismulate grid dust --dustem "$1" --grains GRAIN_J13.DAT --field bpass \
    -p U=0.1:1e6 -p age=1e6:1e10 -p amin=0.35:2 --design regular --points U=91,age=51,amin=51 -o "$2" --resume
