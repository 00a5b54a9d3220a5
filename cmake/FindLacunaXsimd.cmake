# SPDX-License-Identifier: BSL-1.0
#
# Finds the headers of xsimd and reads their version: the packages' own CMake target is not used, because the one of
# xsimd 8.1 in Debian 12 links a library that nothing there provides.
#
#   hints    LacunaXsimd_ROOT, CMAKE_PREFIX_PATH, xsimd_DIR, a target xsimd of the parent project
#   result   the target lacuna::xsimd (headers only, SYSTEM), LacunaXsimd_VERSION, LACUNA_XSIMD_INCLUDE_DIR
#
# Installed beside the package file, so that find_package(lacuna) asks in the same way.

set(_lacuna_xsimd_hints)
foreach(_lacuna_xsimd_target IN ITEMS xsimd xsimd::xsimd)
  if(TARGET ${_lacuna_xsimd_target})
    get_target_property(_lacuna_xsimd_dirs ${_lacuna_xsimd_target} INTERFACE_INCLUDE_DIRECTORIES)
    if(_lacuna_xsimd_dirs)
      string(REGEX REPLACE "\\$<BUILD_INTERFACE:([^>]*)>" "\\1" _lacuna_xsimd_dirs "${_lacuna_xsimd_dirs}")
      list(FILTER _lacuna_xsimd_dirs EXCLUDE REGEX "\\$<")
      list(APPEND _lacuna_xsimd_hints ${_lacuna_xsimd_dirs})
    endif()
  endif()
endforeach()
if(xsimd_DIR)  # <prefix>/lib/cmake/xsimd, <prefix>/lib/<machine>/cmake/xsimd or <prefix>/share/cmake/xsimd
  list(APPEND _lacuna_xsimd_hints "${xsimd_DIR}/../../../include" "${xsimd_DIR}/../../../../include")
endif()

find_path(LACUNA_XSIMD_INCLUDE_DIR NAMES xsimd/config/xsimd_config.hpp HINTS ${_lacuna_xsimd_hints}
          DOC "Folder that holds xsimd/xsimd.hpp")
mark_as_advanced(LACUNA_XSIMD_INCLUDE_DIR)

set(LacunaXsimd_VERSION)
if(LACUNA_XSIMD_INCLUDE_DIR)
  file(STRINGS "${LACUNA_XSIMD_INCLUDE_DIR}/xsimd/config/xsimd_config.hpp" _lacuna_xsimd_lines
       REGEX "define XSIMD_VERSION_(MAJOR|MINOR|PATCH) ")
  string(REGEX MATCHALL "[0-9]+" _lacuna_xsimd_numbers "${_lacuna_xsimd_lines}")
  list(JOIN _lacuna_xsimd_numbers "." LacunaXsimd_VERSION)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LacunaXsimd REQUIRED_VARS LACUNA_XSIMD_INCLUDE_DIR
                                  VERSION_VAR LacunaXsimd_VERSION)

if(LacunaXsimd_FOUND AND NOT TARGET lacuna::xsimd)
  add_library(lacuna::xsimd INTERFACE IMPORTED GLOBAL)
  target_include_directories(lacuna::xsimd SYSTEM INTERFACE "${LACUNA_XSIMD_INCLUDE_DIR}")
endif()
