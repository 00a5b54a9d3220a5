#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# advise_refusals.sh SCRATCH [EMULATOR ...] ADVISE
#
# Makes malformed files of every format that advise reads, and wrong arguments: each must end with exit code 2, one
# sentence on stderr and nothing on stdout. Meant to run under the sanitizers, too.
set -u
program=advise
. "$(dirname "$0")/refusals.sh"

# bad NAME.EXTENSION WHAT printf-FORMAT [ARGUMENTS...]: a file of these bytes
bad() {
  file=$1 what="${1##*.}: $2" bytes=$3
  shift 3
  # shellcheck disable=SC2059
  printf -- "$bytes" >"$file"
  refuse "$what" "$file" "$@"
}

bad a.smtx empty ''
bad a.smtx 'truncated header' '2, 4'
bad a.smtx 'truncated offsets' '2, 4, 3\n0 2\n'
bad a.smtx 'truncated columns' '2, 4, 3\n0 2 3\n1 3\n'
bad a.smtx 'negative size' '-2, 4, 3\n0 2 3\n1 3 0\n'
bad a.smtx 'negative column' '2, 4, 3\n0 2 3\n1 3 -1\n'
bad a.smtx 'overflow' '2, 4, 99999999999999999999\n0 2 3\n1 3 0\n'
bad a.smtx 'huge header' '1000000000000, 4, 3\n0 2 3\n1 3 0\n'
bad a.smtx 'column out of range' '2, 4, 3\n0 2 3\n1 4 0\n'
bad a.smtx 'unsorted columns' '2, 4, 3\n0 2 3\n3 1 0\n'
bad a.smtx 'a column twice' '2, 4, 3\n0 2 3\n1 1 0\n'
bad a.smtx 'offsets descend' '2, 4, 3\n0 4 3\n1 3 0\n'
bad a.smtx 'offsets start at 1' '2, 4, 3\n1 2 3\n1 3 0\n'
bad a.smtx 'last offset is not nnz' '2, 4, 3\n0 2 2\n1 3 0\n'
bad a.smtx 'not a number' '2, 4, 3\n0 two 3\n1 3 0\n'
bad a.smtx 'junk after the end' '2, 4, 3\n0 2 3\n1 3 0\njunk\n'
bad a.smtx 'no rows' '0, 4, 0\n0\n\n'

mtx='%%%%MatrixMarket matrix coordinate real general\n'
bad a.mtx empty ''
bad a.mtx 'no banner' '2 2 1\n1 1 1.0\n'
bad a.mtx 'complex' '%%%%MatrixMarket matrix coordinate complex general\n2 2 1\n1 1 1.0 0\n'
bad a.mtx 'array' '%%%%MatrixMarket matrix array real general\n2 2\n1\n2\n3\n4\n'
bad a.mtx 'no size line' "$mtx"
bad a.mtx 'negative size' "${mtx}-2 2 1\n1 1 1.0\n"
bad a.mtx 'huge header' "${mtx}2 2 4000000000\n1 1 1.0\n"
bad a.mtx 'overflow' "${mtx}2 2 1\n99999999999999999999 1 1.0\n"
bad a.mtx 'truncated' "${mtx}2 2 2\n1 1 1.0\n"
bad a.mtx 'truncated entry' "${mtx}2 2 1\n1 1"
bad a.mtx 'more than announced' "${mtx}2 2 1\n1 1 1.0\n2 2 1.0\n"
bad a.mtx 'row 0' "${mtx}2 2 1\n0 1 1.0\n"
bad a.mtx 'row out of range' "${mtx}2 2 1\n3 1 1.0\n"
bad a.mtx 'a position twice' "${mtx}2 2 2\n1 1 1.0\n1 1 2.0\n"
bad a.mtx 'not a number' "${mtx}2 2 1\n1 1 one\n"
bad a.mtx 'value out of range' "${mtx}2 2 1\n1 1 1e99\n"
bad a.mtx 'upper triangle' '%%%%MatrixMarket matrix coordinate real symmetric\n2 2 1\n1 2 1.0\n'

# npy: magic, version 1.0, a header of 0x76 = 118 bytes. npy "SHAPE" "DESCR" "DATA"
npy() {
  header="{'descr': '$2', 'fortran_order': False, 'shape': $1, }"
  printf '\\223NUMPY\\001\\000\\166\\000%-117s\\n%s' "$header" "$3"
}
four='\0\0\200\077\0\0\200\077\0\0\200\077\0\0\200\077'
bad a.npy empty ''
bad a.npy 'junk' 'this is no numpy file at all, but text of some length\n'
bad a.npy 'truncated header' '\223NUMPY\001\000\166\000{"descr"'
bad a.npy 'version 9' '\223NUMPY\011\000\166\000 '
bad a.npy 'truncated data' "$(npy '(2, 2)' '<f4' '\0\0\200\077')"
bad a.npy 'data too long' "$(npy '(2, 2)' '<f4' "$four$four")"
bad a.npy 'objects' "$(npy '(2, 2)' '|O' "$four")"
bad a.npy 'big endian' "$(npy '(2, 2)' '>f4' "$four")"
bad a.npy 'three dimensions' "$(npy '(1, 2, 2)' '<f4' "$four")"
bad a.npy 'negative shape' "$(npy '(-2, -2)' '<f4' "$four")"
bad a.npy 'huge shape' "$(npy '(4294967296, 4294967296)' '<f4' "$four")"
bad a.npy 'a shape for it' "$(npy '(2, 2)' '<f4' "$four")" --shape 2x2

# safetensors: 8 bytes of header length, JSON, data. st "JSON" "DATA", JSON below 256 bytes
st() {
  printf '\\%03o\\0\\0\\0\\0\\0\\0\\0%s%s' "${#1}" "$1" "$2"
}
bad a.safetensors empty ''
bad a.safetensors 'truncated length' '\010\0\0'
bad a.safetensors 'huge header' '\377\377\377\377\377\377\377\177{}'
bad a.safetensors 'not JSON' "$(st '{"w": ' '')"
bad a.safetensors 'no tensor' "$(st '{}' '')"
bad a.safetensors 'past the end' "$(st '{"w":{"dtype":"F32","shape":[2,2],"data_offsets":[0,64]}}' "$four")"
bad a.safetensors 'offsets descend' "$(st '{"w":{"dtype":"F32","shape":[2,2],"data_offsets":[16,0]}}' "$four")"
bad a.safetensors 'shape and bytes differ' "$(st '{"w":{"dtype":"F32","shape":[3,3],"data_offsets":[0,16]}}' "$four")"
bad a.safetensors 'negative shape' "$(st '{"w":{"dtype":"F32","shape":[-2,-2],"data_offsets":[0,16]}}' "$four")"
bad a.safetensors 'shape overflows' \
  "$(st '{"w":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,16]}}' "$four")"
bad a.safetensors 'unknown dtype' "$(st '{"w":{"dtype":"Q7","shape":[2,2],"data_offsets":[0,16]}}' "$four")"
bad a.safetensors 'integers' "$(st '{"w":{"dtype":"I32","shape":[2,2],"data_offsets":[0,16]}}' "$four")"
bad a.safetensors 'three dimensions' \
  "$(st '{"w":{"dtype":"F32","shape":[1,2,2],"data_offsets":[0,16]}}' "$four")" --tensor w
two='{"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]}}'
bad a.safetensors 'which of two' "$(st "$two" "$four")"
bad a.safetensors 'no such tensor' "$(st "$two" "$four")" --tensor c

bad a.raw 'no shape' "$four"
bad a.raw empty '' --shape 2x2
bad a.raw 'too short' "$four" --shape 2x3
bad a.raw 'too long' "$four" --shape 1x2
bad a.raw 'shape overflows' "$four" --shape 2147483648x2147483648
bad a.raw 'a tensor of it' "$four" --shape 2x2 --tensor w
refuse 'no such file' none.mtx
refuse 'a folder' . --shape 2x2

refuse 'unknown option' --bogus
refuse 'two files' a.raw b.raw
refuse 'option without value' --shape
for shape in '' 3 3x x3 0x3 -1x3 3x3x3 1e3x3 99999999999999999999x1; do refuse "--shape '$shape'" --shape "$shape"; done
for keep in 0 1.5 -0.1 nan half 0.5, ,; do refuse "--keep $keep" --keep "$keep"; done
for tokens in 0 -1 1.5 many 1,,2 65537; do refuse "--tokens $tokens" --tokens "$tokens"; done
for threads in 0 -2 two 1e3; do refuse "--threads $threads" --threads "$threads"; done
for seconds in 0 inf x; do refuse "--seconds $seconds" --seconds "$seconds"; done
refuse '--shape too large' --shape 100000x100000
refuse 'too many tokens for the shape' --shape 1x100000 --tokens 60000
refuse '--json to nowhere' --shape 8x8 --json no/such/folder/out.json
refuse '--tensor without a file' --tensor w

the_end refusals
