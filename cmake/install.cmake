# SPDX-License-Identifier: BSL-1.0
#
# What `cmake --install` leaves: the headers, share/cmake/lacuna, share/pkgconfig/lacuna.pc and the licence. Nothing
# depends on the machine, and everything finds itself from where it lies, so --prefix may differ from the configured one.

include(CMakePackageConfigHelpers)

set(lacuna_package "${CMAKE_INSTALL_DATADIR}/cmake/lacuna")
install(DIRECTORY include/lacuna DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.hpp")
install(TARGETS lacuna EXPORT lacuna)
install(EXPORT lacuna NAMESPACE lacuna:: FILE lacuna-targets.cmake DESTINATION "${lacuna_package}")

write_basic_package_version_file("${PROJECT_BINARY_DIR}/lacuna-config-version.cmake"
                                 COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES cmake/lacuna-config.cmake cmake/FindLacunaXsimd.cmake
              "${PROJECT_BINARY_DIR}/lacuna-config-version.cmake" DESTINATION "${lacuna_package}")

configure_file(cmake/lacuna.pc.in lacuna.pc @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/lacuna.pc" DESTINATION "${CMAKE_INSTALL_DATADIR}/pkgconfig")
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DATADIR}/licenses/lacuna")
