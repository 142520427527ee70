# Files that are compiled as one (RESPROUT_UNITY): headers are parsed once and not a hundred times.
#
# What stands in an anonymous namespace of one file is seen by those behind it, so the same may not stand in two of a group:
# behaviours, whose callbacks have the same names, are in different groups. The presets dev and clang compile each file by itself.

# The sources of <target> whose path in the project matches <pattern> are compiled as one.
function(resprout_unity target pattern)
  if(NOT RESPROUT_UNITY)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  string(MAKE_C_IDENTIFIER "${pattern}" group)
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    string(REPLACE "${PROJECT_SOURCE_DIR}/" "" relative "${source}")
    if(relative MATCHES "^(${pattern})")
      set_source_files_properties("${source}" PROPERTIES UNITY_GROUP "${group}")
    endif()
  endforeach()
endfunction()
