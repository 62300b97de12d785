# Packages of the program alone, for the system they are made on: `cpack` in a build folder (Debian's form where its tools are).
set(CPACK_PACKAGE_NAME mdmvendor)
set(MDM_PACKAGER "The mdmvendor authors <mdmvendor@localhost>" CACHE STRING "Who makes the package: Name <address>")
set(CPACK_PACKAGE_CONTACT ${MDM_PACKAGER})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL program)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)

find_program(DPKG_SHLIBDEPS dpkg-shlibdeps)
if(DPKG_SHLIBDEPS)
  set(CPACK_GENERATOR DEB)
else()
  set(CPACK_GENERATOR TGZ)
endif()
string(TOLOWER "${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR}" system)
set(CPACK_PACKAGE_FILE_NAME mdmvendor-${PROJECT_VERSION}-${system})
set(CPACK_ARCHIVE_COMPONENT_INSTALL ON)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "Walks through the three steps from nothing to an MDM push certificate
(APNs) and its yearly renewal, checks every request as Apple's portals
would, and never loses a key.")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON) # libc6, libcrypto's and libplist's packages, with the versions that the symbols need
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/debian.cmake)
include(CPack)
