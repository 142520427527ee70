# Every public header compiles alone, as strict C11 and as C++17; the .hpp as C++17. A file of one #include each.
file(GLOB public_headers CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}/capi/include"
  "${PROJECT_SOURCE_DIR}/capi/include/resprout/*.h" "${PROJECT_SOURCE_DIR}/capi/include/resprout/*.hpp")
set(header_sources "")
foreach(header IN LISTS public_headers)
  string(MAKE_C_IDENTIFIER "${header}" name)
  set(languages c cpp)
  if(header MATCHES "hpp$")
    set(languages cpp)
  endif()
  foreach(language IN LISTS languages)
    set(source "${CMAKE_CURRENT_BINARY_DIR}/headers/${name}.${language}")
    # Twice, so that its guard is tested too.
    file(CONFIGURE OUTPUT "${source}" CONTENT "#include \"${header}\"\n#include \"${header}\"\n")
    list(APPEND header_sources "${source}")
  endforeach()
endforeach()
add_library(test_headers OBJECT ${header_sources})
target_include_directories(test_headers PRIVATE "${PROJECT_SOURCE_DIR}/capi/include")
set_target_properties(test_headers PROPERTIES C_STANDARD 11 C_EXTENSIONS OFF CXX_STANDARD 17 CXX_EXTENSIONS OFF)
target_compile_options(test_headers PRIVATE -Wall -Wextra -pedantic-errors -Werror
  $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes -Wc++-compat>)
