#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# check_shared_symbols.sh ours|all NM OBJDUMP narrow.o... -- wide.o...
#
# A weak function that both sides define is one function in the linked program, and which copy stays depends on the
# link order. So none may hold an instruction that the narrow side's CPU lacks: VEX and EVEX (v..., k...), BMI and
# friends. Functions of the arch namespace have different names on both sides and never meet.
#   ours   looks at namespace lacuna only
#   all    looks at the functions of std too that lacuna made the compiler instantiate: a comparator or element type
#          from the arch namespace keeps those apart
set -eu
export LC_ALL=C
case $1 in
  ours) names='^_Z(Z|GVZ?|T[VIS])?N?[KVrRO]*6lacuna' ;;
  all) names='^_Z' ;;
esac
nm=$2
objdump=$3
shift 3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Mangled names of the weak (W, V) and unique (u) symbols in question, local statics and tables too.
weak() {
  [ -f "$1" ] || { echo "no object $1" >&2; exit 1; }
  "$nm" --defined-only "$1" |
    awk -v names="$names" '$2 ~ /^[WVu]$/ && $3 ~ names {print $3}'
}

: >"$scratch/narrow"
while [ "$1" != -- ]; do
  weak "$1" >>"$scratch/narrow"
  shift
done
shift
sort -u -o "$scratch/narrow" "$scratch/narrow"

first_wider() {
  awk '
    /^[0-9a-f]+ <.*>:$/ { name = substr($2, 2, length($2) - 3); next }
    $2 ~ /^(v[a-z]|k(mov|or|and|xor|not|add|shift|test|unpck)|andn|bextr|bls(i|r|msk)|bzhi|mulx|pdep|pext|rorx|sarx|shlx|shrx|lzcnt|popcnt|movbe)/ \
      && !(name in told) { told[name] = 1; print name " " $2 }'
}

shared=0
faults=0
wide=0
for object in "$@"; do
  weak "$object" | sort -u | comm -12 - "$scratch/narrow" >"$scratch/shared"
  shared=$((shared + $(wc -l <"$scratch/shared")))
  # "<name> <first wider instruction>" for each shared function that has one. Each has a section of its own, and these
  # are taken apart alone: a tenth of the time. The first object is taken apart whole, to see that anything is found.
  [ "$wide" -gt 0 ] || wide=$("$objdump" -d --no-show-raw-insn "$object" | first_wider | wc -l)
  sed 's/^/-j .text./' "$scratch/shared" |
    xargs -r -n 200 "$objdump" -d --no-show-raw-insn "$object" 2>"$scratch/missing" | first_wider | sort -u >"$scratch/wide"
  join "$scratch/wide" "$scratch/shared" >"$scratch/faults"
  while read -r name instruction; do
    faults=$((faults + 1))
    echo "$(basename "$object"): $(echo "$name" | c++filt) holds '$instruction'"
  done <"$scratch/faults"
done
echo "$wide functions of the first object with wider instructions, $shared symbols on both sides, $faults both"
[ "$wide" -gt 0 ] && [ "$faults" -eq 0 ]
