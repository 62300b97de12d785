# Run by cpack on the tree that becomes the .deb: manual page and changelog compressed and named as Debian wants them.
if(CPACK_GENERATOR STREQUAL DEB)
  file(GLOB_RECURSE changelog ${CPACK_TEMPORARY_DIRECTORY}/*/CHANGELOG.md)
  file(GLOB_RECURSE page ${CPACK_TEMPORARY_DIRECTORY}/*/mdmvendor.1)
  get_filename_component(folder ${changelog} DIRECTORY)
  file(RENAME ${changelog} ${folder}/changelog)
  execute_process(COMMAND gzip -9n ${folder}/changelog ${page} COMMAND_ERROR_IS_FATAL ANY)
endif()
