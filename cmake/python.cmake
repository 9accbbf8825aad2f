# The Python face is built where the headers of a Python and nanobind are found, in .venv or beside the python of the
# PATH; ISMULATE_PYTHON = ON insists, OFF leaves it out.
set(ISMULATE_HAVE_PYTHON OFF)
if(ISMULATE_PYTHON STREQUAL "OFF" OR (ISMULATE_PYTHON STREQUAL "AUTO" AND (ISMULATE_SANITIZE OR ISMULATE_FUZZ)))
  return()  # a sanitized module loads into a sanitized Python only
endif()
if(NOT DEFINED Python_EXECUTABLE AND EXISTS ${PROJECT_SOURCE_DIR}/.venv/bin/python AND NOT SKBUILD)
  set(Python_EXECUTABLE ${PROJECT_SOURCE_DIR}/.venv/bin/python)
endif()
find_package(Python 3.10 COMPONENTS Interpreter Development.Module)
if(Python_FOUND)
  execute_process(COMMAND ${Python_EXECUTABLE} -m nanobind --cmake_dir
    OUTPUT_VARIABLE nanobind_ROOT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  find_package(nanobind CONFIG)
endif()
if(nanobind_FOUND)
  set(ISMULATE_HAVE_PYTHON ON)
elseif(NOT ISMULATE_PYTHON STREQUAL "AUTO")
  message(FATAL_ERROR "the Python face needs the headers of Python and nanobind: pip install -r requirements/python.txt")
endif()
