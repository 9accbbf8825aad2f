# ism_embed(target FUNCTION qualified::name FILES file...): the files, byte for byte, become part of `target`, which then defines
#     std::string_view qualified::name(std::string_view file_name);   (empty for a name that is not among them)
# Declare that function in a header of yours. Paths are relative to the project's root; the file's last part is its name.
function(ism_embed target)
  cmake_parse_arguments(ARG "" "FUNCTION" "FILES" ${ARGN})
  string(REPLACE "::" "_" stem ${ARG_FUNCTION})
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${stem}.cpp)
  list(TRANSFORM ARG_FILES PREPEND ${PROJECT_SOURCE_DIR}/ OUTPUT_VARIABLE paths)
  add_custom_command(OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} -DFUNCTION=${ARG_FUNCTION} -DOUTPUT=${source} "-DFILES=${paths}"
            -P ${PROJECT_SOURCE_DIR}/cmake/embed_files.cmake
    DEPENDS ${paths} ${PROJECT_SOURCE_DIR}/cmake/embed_files.cmake VERBATIM)
  target_sources(${target} PRIVATE ${source})
endfunction()
