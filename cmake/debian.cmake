# Run by cpack on the tree that becomes the .deb: manual page and changelog compressed and named as Debian wants them.
if(CPACK_GENERATOR STREQUAL DEB)
  file(GLOB_RECURSE changelog ${CPACK_TEMPORARY_DIRECTORY}/*/CHANGELOG.md)
  file(GLOB_RECURSE page ${CPACK_TEMPORARY_DIRECTORY}/*/mdmvendor.1)
  get_filename_component(folder ${changelog} DIRECTORY)
  file(RENAME ${changelog} ${folder}/changelog)
  string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
  file(WRITE ${folder}/changelog.Debian
    "mdmvendor (${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}) unstable; urgency=medium\n\n"
    "  * See changelog.gz.\n\n -- ${CPACK_PACKAGE_CONTACT}  ${date}\n")
  execute_process(COMMAND gzip -9n ${folder}/changelog ${folder}/changelog.Debian ${page} COMMAND_ERROR_IS_FATAL ANY)
  get_filename_component(share ${folder}/../.. ABSOLUTE)
  file(COPY ${CMAKE_CURRENT_LIST_DIR}/../packaging/lintian-overrides DESTINATION ${share}/lintian/overrides)
  file(RENAME ${share}/lintian/overrides/lintian-overrides ${share}/lintian/overrides/mdmvendor)
  # As everything else there, whatever mode the sources have here.
  file(CHMOD ${share}/lintian/overrides/mdmvendor PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
endif()
