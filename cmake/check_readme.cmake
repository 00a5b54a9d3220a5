# SPDX-License-Identifier: BSL-1.0
#
# cmake -DROOT=<checkout> -P check_readme.cmake
#
# Every ```cpp and ```cmake block of README.md stands, line by line and in one piece, in a file that CTest runs:
# below examples/ or tests/. Indentation may differ.

cmake_minimum_required(VERSION 3.21)

# Lines as one string, "\n<line>\n<line>\n", without indentation and trailing blanks.
function(flatten text result)
  string(REGEX REPLACE "[ \t\r]*\n[ \t]*" "\n" text "\n${text}\n")
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

set(extensions_cpp cpp hpp)
set(extensions_cmake txt)
foreach(language IN ITEMS cpp cmake)
  set(texts_${language})
  foreach(extension IN LISTS extensions_${language})
    file(GLOB_RECURSE files "${ROOT}/examples/*.${extension}" "${ROOT}/tests/*.${extension}")
    foreach(file IN LISTS files)
      file(READ "${file}" text)
      flatten("${text}" text)
      string(APPEND texts_${language} "${text}\n\n")
    endforeach()
  endforeach()
endforeach()

file(READ "${ROOT}/README.md" rest)
set(checked 0)
set(faults "")
while(TRUE)
  string(REGEX MATCH "\n```(cpp|cmake)\n" fence "${rest}")
  if(fence STREQUAL "")
    break()
  endif()
  set(language ${CMAKE_MATCH_1})
  string(FIND "${rest}" "${fence}" at)
  string(LENGTH "${fence}" length)
  math(EXPR at "${at} + ${length}")
  string(SUBSTRING "${rest}" ${at} -1 rest)
  string(FIND "${rest}" "```" end)
  string(SUBSTRING "${rest}" 0 ${end} block)
  string(SUBSTRING "${rest}" ${end} -1 rest)
  string(SUBSTRING "${rest}" 3 -1 rest)
  string(STRIP "${block}" block)
  flatten("${block}" flat)
  string(FIND "${texts_${language}}" "${flat}" at)
  if(at EQUAL -1)
    string(APPEND faults "\n\n${block}")
  endif()
  math(EXPR checked "${checked} + 1")
endwhile()

if(faults)
  message(FATAL_ERROR "README.md: these blocks are in no file that a test runs:${faults}")
endif()
if(checked EQUAL 0)
  message(FATAL_ERROR "README.md: no block found; is the fence still ```cpp?")
endif()
message(STATUS "${checked} blocks of README.md come from files that tests run")
