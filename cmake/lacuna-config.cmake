# SPDX-License-Identifier: BSL-1.0
#
# find_package(lacuna): the target lacuna::lacuna. xsimd is looked for by its headers, see FindLacunaXsimd.cmake.

include(CMakeFindDependencyMacro)
list(PREPEND CMAKE_MODULE_PATH "${CMAKE_CURRENT_LIST_DIR}")
find_dependency(LacunaXsimd 8.1 MODULE)
list(POP_FRONT CMAKE_MODULE_PATH)

include("${CMAKE_CURRENT_LIST_DIR}/lacuna-targets.cmake")
