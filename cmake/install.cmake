# What other people's builds find: find_package(ismulate), pkg-config, and a Debian package of it all (cpack -G DEB).
include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/ismulate)

install(DIRECTORY include/ism DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development
  FILES_MATCHING PATTERN "*.hpp" PATTERN "train" EXCLUDE PATTERN "regress" EXCLUDE)  # rooms that stay here: their users have LibTorch or XGBoost and a build
install(EXPORT ismulateTargets NAMESPACE ismulate:: DESTINATION ${package_folder} COMPONENT development)
install(EXPORT ismulateCxxTargets NAMESPACE ism:: DESTINATION ${package_folder} COMPONENT development)
configure_package_config_file(cmake/ismulateConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/ismulateConfig.cmake
  INSTALL_DESTINATION ${package_folder} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/ismulateConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/ismulateConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/ismulateConfigVersion.cmake
  DESTINATION ${package_folder} COMPONENT development)

# The .pc files find their tree from where they lie, so that it can be moved.
file(RELATIVE_PATH pc_to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
set(pc_names ismulate ismulate-cxx)
if(ISMULATE_HAVE_FORTRAN)
  list(APPEND pc_names ismulate-fortran)
endif()
foreach(name IN LISTS pc_names)
  configure_file(cmake/${name}.pc.in ${CMAKE_CURRENT_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
endforeach()

install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright COMPONENT program)  # where Debian looks for it

# One package: program, library and what building against it needs. Training is left out, for LibTorch is no Debian package.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME ismulate)
set(CPACK_PACKAGE_CONTACT "The ismulate developers")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "models of the interstellar medium: simulate, emulate, infer, explain")
set(CPACK_COMPONENTS_ALL program library development)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "pkg-config, libhwy-dev, libhdf5-dev, libcfitsio-dev, libnetcdf-dev, libnlopt-dev, zlib1g-dev")  # to link the C++ libraries
find_program(ISMULATE_FILE file)  # CPack asks it which files are programs and libraries
if(ISMULATE_FILE)
  set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)  # brings the trigger that tells the loader of the new library
endif()
find_program(ISMULATE_SHLIBDEPS dpkg-shlibdeps)
if(ISMULATE_FILE AND ISMULATE_SHLIBDEPS)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
else()
  set(CPACK_DEBIAN_PACKAGE_DEPENDS "libstdc++6, libhdf5-103-1 | libhdf5-310, libcfitsio10, libnetcdf19 | libnetcdf19t64, libnlopt0 | libnlopt0t64, libxgboost0, libhwy1 | libhwy1t64, zlib1g")
endif()
include(CPack)
