#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# sh cmake/quick_start.sh advise [arguments of advise]   set up, build and run examples/advise for this machine
# sh cmake/quick_start.sh test   [options of cmake]      set up, build and run the tests
#
# On Debian and its kin "set up" installs what is missing by apt-get, as root or through sudo. Elsewhere it takes
# what is installed, and CMake fetches pinned versions of the rest.
set -eu
cd "$(dirname "$0")/.."

usage() {
  sed -n '4,5s/^# //p' cmake/quick_start.sh >&2
  exit 2
}
[ $# -ge 1 ] || usage
job=$1
shift
case $job in
  advise) packages="g++ make cmake libxsimd-dev libeigen3-dev libbenchmark-dev" ;;
  test) packages="g++ make cmake pkg-config libxsimd-dev libeigen3-dev catch2" ;;
  *) usage ;;
esac

if command -v apt-get >/dev/null 2>&1; then
  missing=
  for package in $packages; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
  done
  if [ -n "$missing" ]; then
    echo "installing:$missing"
    as_root=
    [ "$(id -u)" -eq 0 ] || as_root=sudo
    if [ -n "$as_root" ] && ! command -v sudo >/dev/null 2>&1; then
      echo "neither root nor sudo here; ask for:  apt-get install$missing" >&2
    else
      $as_root env DEBIAN_FRONTEND=noninteractive sh -c \
        'apt-get update -q && apt-get install -q -y --no-install-recommends "$@"' sh $missing
    fi
  fi
fi

need() {
  command -v "$1" >/dev/null 2>&1 && return
  echo "lacuna: $2" >&2
  exit 1
}
need cmake "needs CMake 3.25 or newer (https://cmake.org/download)"
need "${CXX:-c++}" "needs a C++20 compiler: g++ 12, clang 14 or newer"

if [ "$job" = advise ]; then
  cmake --preset release
  cmake --build --preset release --target advise
  exec build/release/examples/advise "$@"
else
  cmake --preset default "$@"
  cmake --build --preset default
  exec ctest --preset default
fi
