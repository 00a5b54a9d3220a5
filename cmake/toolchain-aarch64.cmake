# SPDX-License-Identifier: BSL-1.0
#
# Debian's cross compiler for AArch64 and qemu-user to run what it makes. The emulator is a cache variable, so that
# -DCMAKE_CROSSCOMPILING_EMULATOR=... on the command line still wins.

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++ CACHE STRING "Cross compiler")
set(CMAKE_CROSSCOMPILING_EMULATOR "qemu-aarch64;-L;/usr/aarch64-linux-gnu" CACHE STRING "Runs the built programs")
