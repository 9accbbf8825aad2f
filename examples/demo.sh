#!/usr/bin/env bash
# The whole path on the built-in dust, as a user types it: compute models, learn them, compare, predict.
#   ./run demo            (or, with `ismulate` on the PATH: examples/demo.sh)
# Results go to demo/. A second run goes on from what stands there; FRESH=1 starts anew.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ -n "${FRESH:-}" ] && rm -rf demo
mkdir -p demo
ranges=(-p U=0.1:1e6 -p age=1e6:1e10 -p amin=0.35:2)

say() { printf '\n%s\n' "$*"; }
typed() {
    printf '$ %s\n' "$*"
    "$@"
}

say "1. Compute 3000 spectra of dust heated by stars of every age: silicate, graphite and PAHs, with the temperature
   fluctuations of the small grains."
[ -f demo/dust.h5 ] || typed ismulate grid dust --field bpass "${ranges[@]}" --size 3000 -o demo/dust.h5 --resume
say "   1000 more at random places that no method gets to see, and 14 x 14 x 14 = 2744 in a regular grid for interpolation."
[ -f demo/test.h5 ] || typed ismulate grid dust --field bpass "${ranges[@]}" --design random --seed 2 --size 1000 -o demo/test.h5 --resume
[ -f demo/regular.h5 ] ||
    typed ismulate grid dust --field bpass "${ranges[@]}" --design regular --points U=14,age=14,amin=14 -o demo/regular.h5 --resume

if ! ismulate train --help 2>/dev/null | grep -q -- --budget; then
    say "This build has no LibTorch, so it cannot train; ./run setup tells how to get it. The grids are in demo/."
    exit 0
fi

say "2. Let a network learn the 3000 spectra (two minutes)."
[ -f demo/dust.ism ] || typed ismulate train demo/dust.h5 -o demo/dust.ism --budget 120s

say "3. How good is it, and what would interpolation give?"
typed ismulate compare demo/dust.h5 --emulator demo/dust.ism --test demo/test.h5 --regular-grid demo/regular.h5 \
    -o demo/compare.json --force

say "4. One spectrum from the physics and one from the network."
typed ismulate simulate dust --field bpass -p U=10 -p age=1e8 -p amin=0.5 -o demo/physics.ecsv --force
typed ismulate predict demo/dust.ism -p U=10 -p age=1e8 -p amin=0.5 -o demo/network.ecsv --force
say "Everything is in demo/: grids (.h5), the network (dust.ism), the comparison (compare.json), two spectra (.ecsv)."
