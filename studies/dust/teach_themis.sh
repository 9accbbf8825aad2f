#!/usr/bin/env bash
# Teach THEMIS to a network and judge it on models that neither it nor its training ever saw.
#   studies/dust/teach_themis.sh DUSTEM [FOLDER]      (DUSTEM: a DustEM directory with data/, oprop/ and hcap/)
# Steps that are done are not done again; a killed grid goes on where it was. About 25 minutes on 2 cores.
set -euo pipefail
[ $# -ge 1 ] || { sed -n '2,4p' "$0" >&2; exit 2; }
dustem=$1
folder=${2:-studies/dust/out}
mkdir -p "$folder"

grid() {
    local name=$1
    shift
    [ -f "$folder/$name.h5" ] || ismulate grid dust --dustem "$dustem" --grains GRAIN_J13.DAT --field bpass \
        -p U=0.1:1e6 -p age=1e6:1e10 -p amin=0.35:2 "$@" -o "$folder/$name.h5" --resume
}

grid themis --design sobol --size 20000 --seed 1                # what the network learns
grid random --design random --size 8000 --seed 20261124         # what it is judged on: other points altogether
grid regular --design regular --points U=27,age=27,amin=27      # as many models for interpolation

[ -f "$folder/themis.ism" ] || ismulate train "$folder/themis.h5" -o "$folder/themis.ism" --budget 15m
ismulate compare "$folder/themis.h5" --emulator "$folder/themis.ism" --test "$folder/random.h5" \
    --regular-grid "$folder/regular.h5" -o "$folder/compare.json" --force
ismulate report "$folder" -o "$folder/report.html" --force
