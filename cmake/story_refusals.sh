#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# story_refusals.sh SCRATCH [EMULATOR ...] STORY
#
# Makes a model of zeros and its tokenizer, on which the program must run, then damaged files and wrong arguments: each
# must end with exit code 2, one sentence on stderr and nothing on stdout. With LACUNA_TEST_DATA the real model must tell
# the story of the reference. Meant to run under the sanitizers, too.
set -u
program=story
. "$(dirname "$0")/refusals.sh"

# accept WHAT PATTERN ARGUMENTS...: PATTERN stands on stdout
accept() {
  what=$1 pattern=$2
  shift 2
  count=$((count + 1))
  sh run.sh "$@" >stdout.txt 2>stderr.txt || fault "$what: exit code $?"
  grep -q -- "$pattern" stdout.txt || fault "$what: no '$pattern' on stdout"
}

# numbers N...: as 4 bytes each, below 65536 or -1
numbers() {
  for n in "$@"; do
    if [ "$n" = -1 ]; then printf '\377\377\377\377'; else
      # shellcheck disable=SC2059
      printf "$(printf '\\%03o\\%03o\\0\\0' $((n % 256)) $((n / 256)))"
    fi
  done
}
# zeros BYTES
zeros() { head -c "$1" /dev/zero; }
# tokens COUNT: <unk>, two that begin and end, the bytes, then blank, a, b ...
tokens() {
  numbers 6
  i=0
  while [ $i -lt "$1" ]; do
    zeros 4
    if [ $i -lt 3 ]; then
      numbers 1
      printf '%s' $i
    elif [ $i -lt 259 ]; then
      numbers 6
      printf '<0x%02X>' $((i - 3))
    else
      numbers 1
      printf '%b' "$(printf '\\%03o' $((i == 259 ? 32 : i - 163)))"
    fi
    i=$((i + 1))
  done
}

# dim 16, hidden 4, 2 layers, 2 heads for 1 kv head, 262 tokens, context 32
shape="16 4 2 2 1 262 32"
floats=$((262 * 16 + 2 * (2 * 16 + 2 * 16 * 16 + 2 * 8 * 16 + 3 * 4 * 16) + 16 + 32 * 8))
# shellcheck disable=SC2086
{ numbers $shape && zeros $((4 * floats)); } >m.bin
tokens 262 >t.bin
printf 'ab ba' >ab.txt
printf 'abc' >abc.txt
: >empty.txt

accept 'a story' '^aab\|^000' m.bin t.bin --steps 3
accept 'its ids' '^0 0 0 0$' m.bin t.bin --steps 4 --ids --prompt 'ab ba'
accept 'its speed' ' tokens/s$' m.bin t.bin --steps 4
accept 'its memory' '^memory: ' m.bin t.bin --temperature 0.5 --threads 2
accept 'perplexity of nothing learnt' '^nll 5.568345 perplexity 262.000000 tokens 6$' m.bin t.bin --perplexity ab.txt
accept 'in windows' ' tokens 3$' m.bin t.bin --perplexity ab.txt --context 4 --windows 1 --window 1,2
accept 'bytes' ' tokens 4$' m.bin t.bin --perplexity abc.txt --weights csr:bf16:0.5
for kv in dense:f16 dense:bf16 dense:int8 dense:int4 bitmap:bf16:7 bitmap:int8:50% nm2:4:bf16 nm4:8:bf16; do
  accept "--kv $kv" "tokens (${kv%:[75]*}" m.bin t.bin --kv "$kv" --steps 30 --ids
done
for system in exact streaming quest lserve kinetics infllm_v2 double_sparsity shadow_kv; do
  accept "--select $system" "^attended: .* % of the keys ($system of 8 keys" m.bin t.bin --select "$system:8" --steps 30 --ids
done
accept '--select with a share' '^attended: .* (quest of 50 % of the keys by 4)' m.bin t.bin --select quest:50%:4 --steps 30
accept 'help' 'perplexity FILE' --help

refuse 'no arguments'
refuse 'one file' m.bin
refuse 'three files' m.bin t.bin t.bin
refuse 'no such checkpoint' none.bin t.bin
refuse 'no such tokenizer' m.bin none.bin
refuse 'a folder' . t.bin
refuse 'files exchanged' t.bin m.bin
refuse 'a text as checkpoint' ab.txt t.bin
refuse 'an empty checkpoint' empty.txt t.bin
refuse 'an empty tokenizer' m.bin empty.txt
refuse 'unknown option' m.bin t.bin --bogus
refuse 'option without value' m.bin t.bin --steps
for bytes in 0 27 28 29 100 $((4 * floats)) $((4 * floats + 27)); do
  head -c "$bytes" m.bin >bad.bin
  refuse "checkpoint of $bytes bytes" bad.bin t.bin
done
{ cat m.bin && zeros 4; } >bad.bin
refuse 'checkpoint with a float more' bad.bin t.bin
# shape N...: the same floats behind another header
for bad in "0 4 2 2 1 262 32" "16 -1 2 2 1 262 32" "16 4 65535 2 1 262 32" "16 4 2 3 1 262 32" "16 4 2 2 4 262 32" \
  "16 4 2 16 1 262 32" "16 4 2 2 1 0 32" "16 4 2 2 1 -1 32" "16 4 2 2 1 262 -1" "65535 65535 65535 1 1 65535 65535"; do
  # shellcheck disable=SC2086
  { numbers $bad && zeros $((4 * floats)); } >bad.bin
  refuse "header $bad" bad.bin t.bin
done
{ printf '24ka\001\0\0\0' && zeros 2000; } >bad.bin
refuse 'a checkpoint of version 1' bad.bin t.bin
# shellcheck disable=SC2086
{ numbers $shape && printf '\0\0\300\177' && zeros $((4 * floats - 4)); } >bad.bin
refuse 'a weight that is NaN' bad.bin t.bin
# shellcheck disable=SC2086
{ numbers $shape && zeros $((4 * floats - 4 * (16 + 256))) && printf '\0\0\200\177' && zeros $((4 * (15 + 256))); } >bad.bin
refuse 'a weight that is infinite' bad.bin t.bin
for bytes in 3 4 11 12 17 1000; do
  head -c "$bytes" t.bin >bad.bin
  refuse "tokenizer of $bytes bytes" m.bin bad.bin
done
tokens 261 >bad.bin
refuse 'a tokenizer of fewer tokens' m.bin bad.bin
tokens 263 >bad.bin
refuse 'a tokenizer of more tokens' m.bin bad.bin
{ numbers 6 0 -1 && tokens 262; } >bad.bin
refuse 'a token of negative length' m.bin bad.bin
{ numbers 6 && printf '\0\0\300\177' && numbers 1 && tokens 262; } >bad.bin
refuse 'a score that is NaN' m.bin bad.bin

for steps in 0 -1 1.5 many 33 99999999999999999999; do refuse "--steps $steps" m.bin t.bin --steps "$steps"; done
refuse 'a prompt that fills the context' m.bin t.bin --prompt aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
for t in -1 nan hot 1e9; do refuse "--temperature $t" m.bin t.bin --temperature "$t"; done
for window in 4 4, ,4 4,0 -1,4 4,8,9 a,b; do refuse "--window $window" m.bin t.bin --window "$window"; done
for form in dense dense:int7 diagonal:float nm2:4:float:0.5 bitmap:float:0 bitmap:float:2 csr:bf16: :; do
  refuse "--weights $form" m.bin t.bin --weights "$form"
done
for form in dense dense:int7 diagonal:f32 dense:f32:0.5 bitmap:bf16:0 bitmap:bf16:9 dense:f32: :; do
  refuse "--kv $form" m.bin t.bin --kv "$form"
done
for system in "" : none quest: quest:0 quest:-1 quest:200% quest:0% quest:1/0 quest:8:3 quest:8:32 quest:8:0 quest:8:2:2 exact:8:2 quest:8:x quest:8x quests exact:99999999999999999999; do
  refuse "--select $system" m.bin t.bin --select "$system"
done
refuse 'a selection of other keys' m.bin t.bin --select quest --kv dense:bf16
refuse 'a selection in a window' m.bin t.bin --select quest --window 4,8
for threads in 0 -2 two 1e3; do refuse "--threads $threads" m.bin t.bin --threads "$threads"; done
refuse 'a window inside the exact tokens' m.bin t.bin --kv dense:int4 --window 4,63
refuse 'no such text' m.bin t.bin --perplexity none.txt
refuse 'an empty text' m.bin t.bin --perplexity empty.txt
for context in 0 1 33 x; do refuse "--context $context" m.bin t.bin --perplexity ab.txt --context "$context"; done
refuse '--windows 0' m.bin t.bin --perplexity ab.txt --windows 0
refuse 'windows of a story' m.bin t.bin --windows 2
refuse 'steps of a text' m.bin t.bin --perplexity ab.txt --steps 4

llm=${LACUNA_TEST_DATA:-}/llm
if [ -f "$llm/stories260K.bin" ]; then
  set -- "$llm/stories260K.bin" "$llm/tok512.bin"
  ids=$(sed -n 's/^greedy, all 252 tokens: //p' "$llm/stories260K-reference.txt")
  accept 'the story of the reference' "^$ids\$" "$@" --prompt 'Once upon a time' --steps 252 --ids
  accept 'its text' 'a little girl named Lily' "$@" --prompt 'Once upon a time' --steps 60
  accept 'its perplexity' '^nll 1.40[56][0-9]* perplexity 4.08[0-9]* tokens 2044$' "$@" --windows 4 \
    --perplexity "$llm/tinystories-val-part1.txt"
else
  echo 'skipped: LACUNA_TEST_DATA names no folder with llm/stories260K.bin'
fi

the_end runs
