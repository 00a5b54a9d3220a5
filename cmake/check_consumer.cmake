# SPDX-License-Identifier: BSL-1.0
#
# cmake -DROAD=find_package|add_subdirectory|fetch_content|pkg_config ... -P check_consumer.cmake
#
# Configures, builds and runs a stranger's small project that uses lacuna in the given way. Installed roads install
# to a prefix other than the configured one and then move it, so nothing may depend on where it was. For
# add_subdirectory the checkout is linked into the project; FetchContent gets it in place of the download.

cmake_minimum_required(VERSION 3.21)

file(REMOVE_RECURSE "${SCRATCH}")
file(MAKE_DIRECTORY "${SCRATCH}/build")
set(source "${ROOT}/tests/meta/consumer")
set(prefix "${SCRATCH}/prefix")
set(program "${SCRATCH}/build/my_program")

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE out ERROR_VARIABLE out)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${ARGN}\n${out}")
  endif()
  set(output "${out}" PARENT_SCOPE)
endfunction()

if(ROAD MATCHES "^(find_package|pkg_config)$")
  run("${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${SCRATCH}/first")
  file(RENAME "${SCRATCH}/first" "${prefix}")
endif()

if(ROAD STREQUAL "pkg_config")
  set(ENV{PKG_CONFIG_PATH} "${prefix}/share/pkgconfig:${SCRATCH}")
  execute_process(COMMAND "${PKG_CONFIG}" --exists "xsimd >= 8.1" RESULT_VARIABLE missing)
  if(missing)  # xsimd was fetched: nobody installed its package file
    file(WRITE "${SCRATCH}/xsimd.pc" "Name: xsimd\nDescription: headers\nVersion: 8.1\nCflags: -I${XSIMD}\n")
  endif()
  run("${PKG_CONFIG}" --modversion lacuna)
  string(STRIP "${output}" output)
  if(NOT output STREQUAL VERSION)
    message(FATAL_ERROR "pkg-config says version ${output}; ${VERSION} is right")
  endif()
  run("${PKG_CONFIG}" --cflags lacuna)
  separate_arguments(package UNIX_COMMAND "${output}")
  separate_arguments(flags UNIX_COMMAND "${FLAGS}")
  run("${COMPILER}" -std=c++20 ${flags} "${source}/main.cpp" ${package} -o "${program}")
else()
  file(COPY "${source}/${ROAD}/CMakeLists.txt" "${source}/main.cpp" DESTINATION "${SCRATCH}/source")
  if(ROAD STREQUAL "add_subdirectory")
    file(CREATE_LINK "${ROOT}" "${SCRATCH}/source/lacuna" SYMBOLIC)
  endif()
  set(toolchain)
  if(TOOLCHAIN)
    set(toolchain "-DCMAKE_TOOLCHAIN_FILE=${TOOLCHAIN}")
  endif()
  run("${CMAKE_COMMAND}" -G "${GENERATOR}" -S "${SCRATCH}/source" -B "${SCRATCH}/build" ${toolchain}
      "-DCMAKE_CXX_COMPILER=${COMPILER}" "-DCMAKE_CXX_FLAGS=${FLAGS}" -DCMAKE_BUILD_TYPE=Debug
      "-DCMAKE_PREFIX_PATH=${prefix}" "-DLACUNA_XSIMD_INCLUDE_DIR=${XSIMD}"
      "-DFETCHCONTENT_SOURCE_DIR_LACUNA=${ROOT}")
  run("${CMAKE_COMMAND}" --build "${SCRATCH}/build")
  foreach(unwanted IN ITEMS tests bench examples)
    if(EXISTS "${SCRATCH}/build/lacuna/${unwanted}" OR EXISTS "${SCRATCH}/build/_deps/lacuna-build/${unwanted}")
      message(FATAL_ERROR "a consumer got lacuna's ${unwanted} and never asked for them")
    endif()
  endforeach()
endif()

separate_arguments(EMULATOR UNIX_COMMAND "${EMULATOR}")
run(${EMULATOR} "${program}")
message(STATUS "${output}")
