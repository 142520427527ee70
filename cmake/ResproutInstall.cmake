# What `cmake --install` puts where: the library, its headers, a CMake package and a pkg-config file, all relocatable.
include(CMakePackageConfigHelpers)

set(targets resprout)
if(NOT BUILD_SHARED_LIBS)
  list(APPEND targets resprout_core)  # an archive does not swallow the archives it needs
endif()
install(TARGETS ${targets} EXPORT resproutTargets
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/capi/include/" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp")

if(EXISTS "${PROJECT_SOURCE_DIR}/NOTICE")  # the crate resprout-sys builds the sources from a place without it
  install(FILES LICENSE-APACHE LICENSE-MIT NOTICE DESTINATION "${CMAKE_INSTALL_DOCDIR}")
endif()

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/resprout")
install(EXPORT resproutTargets NAMESPACE resprout:: DESTINATION "${package_dir}")
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/resproutConfig.cmake.in" resproutConfig.cmake
  INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file(resproutConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/resproutConfig.cmake" "${CMAKE_CURRENT_BINARY_DIR}/resproutConfigVersion.cmake"
  DESTINATION "${package_dir}")

# The .pc file finds its prefix from its own place: CMAKE_INSTALL_FULL_* would freeze the prefix of configure time,
# and `cmake --install --prefix` would then lie.
file(RELATIVE_PATH RESPROUT_PC_UP "/x/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/x")
string(REGEX REPLACE "/$" "" RESPROUT_PC_UP "${RESPROUT_PC_UP}")
set(RESPROUT_PC_LIBS "-lresprout")
if(NOT BUILD_SHARED_LIBS)
  set(RESPROUT_PC_LIBS "-lresprout -lresprout_core -lstdc++ -lm -ldl -pthread")
endif()
configure_file("${PROJECT_SOURCE_DIR}/cmake/resprout.pc.in" resprout.pc @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/resprout.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
