# ism_library(name NEEDS other rooms... USES private libraries... HEADERS libraries that are headers only...): the folder
# src/<name> becomes target ism_<name>, alias ism::<name>; installed, unless NOT_INSTALLED, as ism::<name>.
function(ism_library name)
  cmake_parse_arguments(ARG "NOT_INSTALLED" "" "NEEDS;USES;HEADERS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
  add_library(ism_${name} STATIC ${sources})
  add_library(ism::${name} ALIAS ism_${name})
  target_include_directories(ism_${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                                                $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
                                         PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_compile_features(ism_${name} PUBLIC cxx_std_20)
  set_target_properties(ism_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON EXPORT_NAME ${name})
  foreach(room IN LISTS ARG_NEEDS)
    target_link_libraries(ism_${name} PUBLIC ism::${room})
  endforeach()
  target_link_libraries(ism_${name} PRIVATE ${ARG_USES})
  foreach(library IN LISTS ARG_HEADERS)  # whoever links the installed library does not need them
    target_link_libraries(ism_${name} PRIVATE $<BUILD_INTERFACE:${library}>)
  endforeach()
  if(NOT ARG_NOT_INSTALLED)
    install(TARGETS ism_${name} EXPORT ismulateCxxTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
  endif()
  ism_warnings(ism_${name})
endfunction()

# Our warnings, on our code only.
function(ism_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(${target} PRIVATE -Wno-restrict)  # false alarms on std::string + in g++ 12 (GCC bug 105651)
  endif()
  if(ISMULATE_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()

# ism_test(name NEEDS rooms...): tests/<name>.cpp becomes one doctest program, run by ctest under the same name.
function(ism_test name)
  cmake_parse_arguments(ARG "" "" "NEEDS;USES" ${ARGN})
  string(REPLACE "/" "_" target "test_${name}")
  add_executable(${target} ${CMAKE_CURRENT_SOURCE_DIR}/${name}.cpp)
  target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  foreach(room IN LISTS ARG_NEEDS)
    target_link_libraries(${target} PRIVATE ism::${room})
  endforeach()
  target_link_libraries(${target} PRIVATE ism_doctest_main ${ARG_USES})
  target_compile_definitions(${target} PRIVATE
    ISM_SOURCE_DIR="${PROJECT_SOURCE_DIR}" ISM_REFERENCE_DATA="${PROJECT_SOURCE_DIR}/../shared/data")
  ism_warnings(${target})
  add_test(NAME ${name} COMMAND ${target})
  set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77)
endfunction()

# ism_python_test(folder/name): tests/folder/test_name.py; it needs nothing but Python, and skips what needs more.
function(ism_python_test name)
  find_program(ISMULATE_TEST_PYTHON NAMES python3 python HINTS ${PROJECT_SOURCE_DIR}/.venv/bin REQUIRED)
  get_filename_component(folder ${name} DIRECTORY)
  get_filename_component(stem ${name} NAME)
  add_test(NAME ${name} COMMAND ${ISMULATE_TEST_PYTHON} ${PROJECT_SOURCE_DIR}/tests/${folder}/test_${stem}.py -v)
  set_tests_properties(${name} PROPERTIES
    ENVIRONMENT "ISMULATE_PROGRAM=$<TARGET_FILE:ismulate>;ISMULATE_MPI=${ISMULATE_MPI};PYTHONDONTWRITEBYTECODE=1")
endfunction()
