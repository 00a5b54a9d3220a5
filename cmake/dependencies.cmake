# SPDX-License-Identifier: BSL-1.0
#
# One function per dependency, each in the same order: a target that the parent project brought, what is installed
# (unless LACUNA_DEPS=FETCH), a pinned archive (unless LACUNA_DEPS=SYSTEM), else a sentence with the packages' names.
# Each says in one line which it took. The hashes are those of the archives in vcpkg's port files.

include(FetchContent)

set(LACUNA_DEPS AUTO CACHE STRING "Where dependencies come from: AUTO (installed, else fetched), SYSTEM, FETCH")
set_property(CACHE LACUNA_DEPS PROPERTY STRINGS AUTO SYSTEM FETCH)
if(NOT LACUNA_DEPS MATCHES "^(AUTO|SYSTEM|FETCH)$")
  message(FATAL_ERROR "lacuna: LACUNA_DEPS is AUTO, SYSTEM or FETCH; got '${LACUNA_DEPS}'")
endif()

# Declares and unpacks one of the pinned archives; a project with targets of its own is built as a static library.
# A macro: FetchContent tells <name>_SOURCE_DIR to the scope that calls it.
macro(lacuna_fetch name url sha512)
  set(BUILD_SHARED_LIBS OFF)  # every caller is a function, so this ends there
  set(_lacuna_stamp)
  if(CMAKE_VERSION VERSION_GREATER_EQUAL 3.24)
    set(_lacuna_stamp DOWNLOAD_EXTRACT_TIMESTAMP OFF)
  endif()
  FetchContent_Declare(${name} URL "${url}" URL_HASH SHA512=${sha512} ${_lacuna_stamp} ${ARGN})
  FetchContent_MakeAvailable(${name})
endmacro()

# Headers only: SOURCE_SUBDIR names a folder that is not there, so none of their targets, tests or options appear.
macro(lacuna_fetch_xsimd)
  lacuna_fetch(xsimd https://github.com/xtensor-stack/xsimd/archive/14.3.0.tar.gz
    a8ba9b60eb12fcd8af63af2ec0184cb44c4fd92774fd16ad370505c6b793727d4da917b72ee993174adb51f5fa6c0b0aee74bfb8b16db37ae201e916b9a6c91d
    SOURCE_SUBDIR headers-only)
  set(LACUNA_XSIMD_INCLUDE_DIR "${xsimd_SOURCE_DIR}/include" CACHE PATH "Folder that holds xsimd/xsimd.hpp" FORCE)
endmacro()

# lacuna_missing(<what> <apt> <dnf> <brew> <vcpkg>): SYSTEM mode found nothing.
function(lacuna_missing what apt dnf brew vcpkg)
  message(FATAL_ERROR
    "lacuna: ${what} is not installed, and LACUNA_DEPS=SYSTEM forbids to fetch it. One of these brings it:\n"
    "  apt-get install ${apt}\n  dnf install ${dnf}\n  brew install ${brew}\n  vcpkg install ${vcpkg}\n"
    "or configure with -DLACUNA_DEPS=AUTO.")
endfunction()

function(lacuna_say what version how where)
  message(STATUS "lacuna: ${what} ${version} (${how}: ${where})")
endfunction()

# Links a target that may be built here; its headers' warnings are not ours.
function(lacuna_link_system user target)
  target_link_libraries(${user} INTERFACE ${target})
  target_include_directories(${user} SYSTEM INTERFACE $<TARGET_PROPERTY:${target},INTERFACE_INCLUDE_DIRECTORIES>)
endfunction()

# The library's only dependency: lacuna::xsimd.
function(lacuna_need_xsimd)
  set(how installed)
  if(TARGET xsimd OR TARGET xsimd::xsimd)
    set(how "the project's target")
  elseif(LACUNA_DEPS STREQUAL "FETCH")
    set(how fetched)
    lacuna_fetch_xsimd()
  endif()
  list(PREPEND CMAKE_MODULE_PATH "${lacuna_SOURCE_DIR}/cmake")
  find_package(LacunaXsimd 8.1 QUIET MODULE)
  if(NOT LacunaXsimd_FOUND AND LACUNA_DEPS STREQUAL "AUTO")
    set(how fetched)
    lacuna_fetch_xsimd()
    find_package(LacunaXsimd 8.1 QUIET MODULE)
  endif()
  if(NOT LacunaXsimd_FOUND)
    lacuna_missing("xsimd (8.1 or newer)" libxsimd-dev xsimd-devel xsimd xsimd)
  endif()
  lacuna_say(xsimd "${LacunaXsimd_VERSION}" "${how}" "${LACUNA_XSIMD_INCLUDE_DIR}")
endfunction()

# For tests, examples and benches: lacuna_eigen. No version is asked of find_package: 3.4's version file refuses
# ranges, and 5.0's refuses a request for 3.4.
function(lacuna_need_eigen)
  if(TARGET lacuna_eigen)
    return()
  endif()
  add_library(lacuna_eigen INTERFACE)
  if(NOT TARGET Eigen3::Eigen AND NOT LACUNA_DEPS STREQUAL "FETCH")
    find_package(Eigen3 QUIET CONFIG)
    if(Eigen3_FOUND AND Eigen3_VERSION VERSION_LESS 3.4)
      message(FATAL_ERROR "lacuna: needs Eigen 3.4 or newer; got ${Eigen3_VERSION} in ${Eigen3_DIR}. "
                          "-DLACUNA_DEPS=FETCH takes 5.0.1.")
    endif()
  endif()
  if(TARGET Eigen3::Eigen)
    target_link_libraries(lacuna_eigen INTERFACE Eigen3::Eigen)
    lacuna_say(Eigen "${Eigen3_VERSION}" installed "${Eigen3_DIR}")
  elseif(LACUNA_DEPS STREQUAL "SYSTEM")
    lacuna_missing("Eigen (3.4 or newer)" libeigen3-dev eigen3-devel eigen eigen3)
  else()
    lacuna_fetch(eigen https://gitlab.com/libeigen/eigen/-/archive/5.0.1/eigen-5.0.1.tar.gz
      b337d3bc38440db190a8f1fbc4eabc0098e69fcc95bfba195fe039ffb942cae2a7f0153f3094f35fa26325750d1c62e20cccaf916a41f5c7f248ec5e5d30a942
      SOURCE_SUBDIR headers-only)
    target_include_directories(lacuna_eigen SYSTEM INTERFACE "${eigen_SOURCE_DIR}")
    lacuna_say(Eigen 5.0.1 fetched "${eigen_SOURCE_DIR}")
  endif()
endfunction()

# For tests: lacuna_catch, without a main, and lacuna_catch_major. Version 2 is headers, found as such: its package file hides from cross
# builds.
function(lacuna_need_catch2)
  add_library(lacuna_catch INTERFACE)
  if(NOT TARGET Catch2::Catch2 AND NOT LACUNA_DEPS STREQUAL "FETCH")
    find_package(Catch2 QUIET CONFIG)
    find_path(LACUNA_CATCH2_HEADER_DIR catch2/catch.hpp)
    mark_as_advanced(LACUNA_CATCH2_HEADER_DIR)
  endif()
  if(TARGET Catch2::Catch2)
    target_link_libraries(lacuna_catch INTERFACE Catch2::Catch2)
    string(REGEX MATCH "^[0-9]+" major "${Catch2_VERSION}")
    lacuna_say(Catch2 "${Catch2_VERSION}" installed "${Catch2_DIR}")
  elseif(LACUNA_CATCH2_HEADER_DIR AND NOT LACUNA_DEPS STREQUAL "FETCH")
    target_include_directories(lacuna_catch SYSTEM INTERFACE "${LACUNA_CATCH2_HEADER_DIR}")
    set(major 2)
    lacuna_say(Catch2 2 installed "${LACUNA_CATCH2_HEADER_DIR}")
  elseif(LACUNA_DEPS STREQUAL "SYSTEM")
    lacuna_missing("Catch2 (2.13 or newer)" catch2 catch-devel catch2 catch2)
  else()
    set(CMAKE_CXX_STANDARD 17)  # or its library lacks the functions for std::string_view that our C++20 tests call
    set(CATCH_INSTALL_DOCS OFF CACHE INTERNAL "")
    set(CATCH_INSTALL_EXTRAS OFF CACHE INTERNAL "")
    lacuna_fetch(catch2 https://github.com/catchorg/Catch2/archive/v3.7.1.tar.gz
      e04c676e6bb3d7791f51a1caa770c4675d79b5396c9ba029c01ca0938e53bfa374dce117fccf753a89f3663192c91356acc9bc195e4866d215855df0667faff0)
    lacuna_link_system(lacuna_catch Catch2)
    set(major 3)
    lacuna_say(Catch2 3.7.1 fetched "${catch2_SOURCE_DIR}")
  endif()
  set(lacuna_catch_major ${major} PARENT_SCOPE)
endfunction()

# For benches: lacuna_benchmark, without a main.
function(lacuna_need_benchmark)
  add_library(lacuna_benchmark INTERFACE)
  if(NOT TARGET benchmark::benchmark AND NOT LACUNA_DEPS STREQUAL "FETCH")
    find_package(benchmark QUIET CONFIG)
  endif()
  if(TARGET benchmark::benchmark)
    lacuna_say(benchmark "${benchmark_VERSION}" installed "${benchmark_DIR}")
  elseif(LACUNA_DEPS STREQUAL "SYSTEM")
    lacuna_missing("Google Benchmark" libbenchmark-dev google-benchmark-devel google-benchmark benchmark)
  else()
    foreach(switch IN ITEMS TESTING GTEST_TESTS INSTALL WERROR)
      set(BENCHMARK_ENABLE_${switch} OFF CACHE INTERNAL "")
    endforeach()
    lacuna_fetch(benchmark https://github.com/google/benchmark/archive/v1.9.5.tar.gz
      f207a63868e0c52f31a66ff9fd0ee75183ce3aaaa0946b00a49b77836507363bac8574feef8d9da82810a3167847303d6edf939e74802ad17e5a615bbf61e372)
    lacuna_say(benchmark 1.9.5 fetched "${benchmark_SOURCE_DIR}")
  endif()
  lacuna_link_system(lacuna_benchmark benchmark::benchmark)
endfunction()
