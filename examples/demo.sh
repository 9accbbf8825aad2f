#!/usr/bin/env bash
# The whole path on the built-in dust, as a user types it: compute models, learn them, compare, predict, look at it.
#   ./run demo            (or, with `ismulate` on the PATH: examples/demo.sh)
# Results go to demo/. A second run goes on from what stands there; FRESH=1 starts anew.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ -n "${FRESH:-}" ] && rm -rf demo
mkdir -p demo
ranges=(-p U=0.1:1e6 -p age=1e6:1e10 -p amin=0.35:2)
place=(-p U=10 -p age=1e8 -p amin=0.5)

say() { printf '\n%s\n' "$*"; }
typed() {
    printf '$ %s\n' "$*"
    "$@"
}

# beside FILE FILE: two spectra at a few wavelengths, and how far the second (one column) is from the first.
beside() {
    paste <(grep -v '^#' "$1") <(grep -v '^#' "$2") | awk '
        BEGIN { n = split("3.3 7.7 12 24 70 100 160 250 500 850", wanted, " "); next_one = 1
                printf "  %12s   %14s   %14s   %s\n", "wavelength", "physics", "network", "difference"
                printf "  %12s   %14s   %14s\n", "um", "erg s-1 H-1", "erg s-1 H-1" }
        NR > 1 && next_one <= n && $1 >= wanted[next_one] {
            printf "  %12.4g   %14.4e   %14.4e   %+.2f %%\n", $1, $2, $NF, 100 * ($NF / $2 - 1)
            ++next_one }'
}

say "1. Compute 5000 spectra of dust heated by stars of every age: silicate, graphite and PAHs, with the temperature
   fluctuations of the small grains."
[ -f demo/dust.h5 ] || typed ismulate grid dust --field bpass "${ranges[@]}" --size 5000 -o demo/dust.h5 --resume
say "   1000 more at random places that no method gets to see, and 17 x 17 x 17 = 4913 in a regular grid for interpolation."
[ -f demo/test.h5 ] || typed ismulate grid dust --field bpass "${ranges[@]}" --design random --seed 2 --size 1000 -o demo/test.h5 --resume
[ -f demo/regular.h5 ] ||
    typed ismulate grid dust --field bpass "${ranges[@]}" --design regular --points U=17,age=17,amin=17 -o demo/regular.h5 --resume

if ! ismulate train --help 2>/dev/null | grep -q -- --budget; then
    say "This build has no LibTorch, so it cannot train; ./run setup tells how to get it. What there is, as a page:"
    typed ismulate report demo --force
    exit 0
fi

# One thread: two that wait for each other become very slow where something else runs; and then, unless the budget cuts
# it short, every machine of this kind gets the same network.
say "2. Let a network learn the 5000 spectra (two to four minutes)."
[ -f demo/dust.ism ] || typed ismulate train demo/dust.h5 -o demo/dust.ism --epochs 1500 --budget 4m --threads 1

say "3. How good is it, and what would interpolation give?"
typed ismulate compare demo/dust.h5 --emulator demo/dust.ism --test demo/test.h5 --regular-grid demo/regular.h5 \
    -o demo/compare.json --force

say "4. One spectrum from the physics and one from the network."
typed ismulate simulate dust --field bpass "${place[@]}" -o demo/physics.ecsv --force
typed ismulate predict demo/dust.ism "${place[@]}" -o demo/network.ecsv --force
beside demo/physics.ecsv demo/network.ecsv

say "5. Everything in one page."
typed ismulate report demo -o demo/report.html --force
say "Open demo/report.html in a browser. Beside it: grids (.h5), the network (dust.ism), the comparison (compare.json), two
spectra (.ecsv)."
