# SPDX-License-Identifier: BSL-1.0
#
# cmake -DINCLUDE=<folder> -P check_layers.cmake
#
# The rooms of the library and their floors: a header includes its own room and rooms of lower floors only.

cmake_minimum_required(VERSION 3.21)

set(floors
  "core 0"
  "codec 1" "simd 1"
  "format 2" "exec 2"
  "prune 3" "pack 3"
  "ops 4"
  "plan 5" "kv 5"
  "attention 6")
# A translation unit that only holds a matrix must not pay for SIMD headers.
set(forbidden "codec simd" "format simd")
# Rooms that see SIMD tags only.
set(tags_only exec)
set(tags_header lacuna/simd/arch.hpp)
# Leaves: what interop sees; nobody includes it. kv: a cache file is read by its codecs.
set(interop_sees core codec format kv)
set(longest 400)
set(simd_words "xsimd|(^|[^A-Za-z0-9_])_mm[0-9]*_|__m(128|256|512)|immintrin|arm_neon|arm_sve|(^|[^A-Za-z0-9_])v[a-z0-9]+q_[fsu](8|16|32|64)")

set(rooms)
foreach(line IN LISTS floors)
  string(REGEX MATCH "^([a-z]+) ([0-9]+)$" line "${line}")
  list(APPEND rooms ${CMAKE_MATCH_1})
  set(floor_${CMAKE_MATCH_1} ${CMAKE_MATCH_2})
endforeach()

set(faults)
# room_of(<path below include/>): "core" for lacuna/core/x.hpp and for the umbrella lacuna/core.hpp.
function(room_of path result)
  string(REGEX REPLACE "^lacuna/([a-z_]+)(/.*|\\.hpp)$" "\\1" room "${path}")
  set(${result} "${room}" PARENT_SCOPE)
endfunction()

# check_arrow(<header> <included>): appends to `faults` in the caller.
function(check_arrow header included)
  room_of("${header}" from)
  room_of("${included}" to)
  set(fault)
  if(to STREQUAL "version" OR from STREQUAL to)
    return()
  elseif(to STREQUAL "lacuna")
    set(fault "includes the umbrella of everything")
  elseif(to STREQUAL "interop")
    set(fault "interop is a leaf: only users include it")
  elseif(from STREQUAL "lacuna")
    return()
  elseif(from STREQUAL "interop")
    if(NOT to IN_LIST interop_sees)
      string(JOIN " " fault "interop sees only" ${interop_sees})
    endif()
  elseif(NOT from IN_LIST rooms OR NOT to IN_LIST rooms)
    set(fault "room '${from}' or '${to}' has no floor in this table")
  elseif("${from} ${to}" IN_LIST forbidden)
    set(fault "${from} never includes ${to}")
  elseif(from IN_LIST tags_only AND to STREQUAL "simd")
    if(NOT included STREQUAL tags_header)
      set(fault "${from} may see <${tags_header}> only")
    endif()
  elseif(NOT floor_${to} LESS floor_${from})
    set(fault "floor ${floor_${from}} (${from}) includes floor ${floor_${to}} (${to})")
  endif()
  if(fault)
    set(faults ${faults} "${header} -> ${included}: ${fault}" PARENT_SCOPE)
  endif()
endfunction()

file(GLOB_RECURSE headers RELATIVE "${INCLUDE}" "${INCLUDE}/*.hpp")
if(NOT headers)
  message(FATAL_ERROR "no headers in ${INCLUDE}")
endif()
foreach(header IN LISTS headers)
  file(READ "${INCLUDE}/${header}" text)
  string(REGEX MATCHALL "\n" newlines "${text}")
  list(LENGTH newlines lines)
  if(lines GREATER longest)
    list(APPEND faults "${header}: ${lines} lines, at most ${longest}")
  endif()

  string(REGEX REPLACE "//[^\n]*" "" text "${text}")
  string(REGEX MATCHALL "#[ \t]*include[ \t]*[<\"][^>\"\n]+[>\"]" includes "${text}")
  foreach(line IN LISTS includes)
    string(REGEX REPLACE "^#[ \t]*include[ \t]*([<\"])([^>\"]+).*$" "\\1;\\2" parts "${line}")
    list(GET parts 0 mark)
    list(GET parts 1 included)
    if(mark STREQUAL "\"")
      list(APPEND faults "${header} -> ${included}: write <lacuna/room/file.hpp>")
    elseif(included MATCHES "^lacuna/")
      if(NOT EXISTS "${INCLUDE}/${included}")
        list(APPEND faults "${header} -> ${included}: no such header")
      endif()
      check_arrow("${header}" "${included}")
    endif()
  endforeach()

  room_of("${header}" room)
  if(NOT room STREQUAL "simd" AND text MATCHES "${simd_words}")
    list(APPEND faults "${header}: names '${CMAKE_MATCH_0}', and only simd/ names xsimd or an intrinsic")
  endif()
endforeach()

list(LENGTH headers count)
if(faults)
  list(JOIN faults "\n  " faults)
  message(FATAL_ERROR "the house forbids:\n  ${faults}")
endif()
message(STATUS "${count} headers, every arrow points down")
