# The extension module resprout._native, as scikit-build-core builds it for a wheel (pyproject.toml).
file(GLOB native_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/python/native/*.cpp")
if(NOT native_sources)
  message(FATAL_ERROR "RESPROUT_BUILD_PYTHON is ON and python/native holds no sources")
endif()
set(PYBIND11_FINDPYTHON ON)
find_package(pybind11 3 CONFIG REQUIRED)

pybind11_add_module(_native ${native_sources})
target_include_directories(_native PRIVATE "${PROJECT_SOURCE_DIR}")
target_link_libraries(_native PRIVATE resprout resprout_flags)
set_target_properties(_native PROPERTIES INSTALL_RPATH "$ORIGIN")

# The demo's children in C++.
add_dependencies(_native resprout_demo_analyser)  # scikit-build-core builds the target _native alone
install(TARGETS resprout_demo_analyser LIBRARY DESTINATION demo COMPONENT python)

# Everything a wheel holds besides the Python files, in the package's own directory.
install(TARGETS _native resprout LIBRARY DESTINATION . COMPONENT python NAMELINK_SKIP)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/capi/include/" DESTINATION include COMPONENT python
  FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp")
