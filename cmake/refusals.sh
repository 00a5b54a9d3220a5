# SPDX-License-Identifier: BSL-1.0
#
# What advise_refusals.sh and story_refusals.sh share. Before it is read: program=NAME, and "$@" is SCRATCH
# [EMULATOR ...] PROGRAM. After it: the working folder is SCRATCH, empty but for the program as `sh run.sh ARGUMENTS...`.
scratch=$1
shift
rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch" || exit 1
{
  printf exec
  printf " '%s'" "$@"
  printf ' "$@"\n'
} >run.sh
count=0
faults=0

fault() {
  faults=$((faults + 1))
  echo "FAULT $*"
  head -n 5 stderr.txt
}

# refuse WHAT ARGUMENTS...: exit code 2, one sentence of the program's on stderr, nothing on stdout.
refuse() {
  what=$1
  shift
  count=$((count + 1))
  sh run.sh "$@" >stdout.txt 2>stderr.txt
  code=$?
  lines=$(wc -l <stderr.txt)
  if [ "$code" -ne 2 ] || [ "$lines" -ne 1 ] || [ -s stdout.txt ] || ! grep -q "^$program: ..*" stderr.txt; then
    fault "$what: exit code $code, $lines lines on stderr"
  else
    printf '%-34s %s\n' "$what" "$(sed "s/^$program: //" stderr.txt)"
  fi
}

# the_end WHAT: says how many there were, and fails if one was at fault.
the_end() {
  echo "$count $1, $faults faults"
  [ "$faults" -eq 0 ]
}
