# What is installed. Component "program" is what an administrator wants, "development" what a programmer does.

install(TARGETS mdmvendor RUNTIME COMPONENT program)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright COMPONENT program)
install(FILES README.md CHANGELOG.md SECURITY.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program)
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program
  FILES_MATCHING PATTERN "*.md" PATTERN "*.svg" PATTERN "*.json")
install(FILES man/mdmvendor.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT program)
install(FILES completions/mdmvendor.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
  RENAME mdmvendor COMPONENT program)
install(FILES completions/_mdmvendor DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions COMPONENT program)
install(FILES completions/mdmvendor.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT program)

if(CMAKE_SYSTEM_NAME STREQUAL Linux)
  set(BINDIR ${CMAKE_INSTALL_FULL_BINDIR})
  configure_file(packaging/systemd/mdmvendor-status@.service.in ${PROJECT_BINARY_DIR}/mdmvendor-status@.service @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/mdmvendor-status@.service packaging/systemd/mdmvendor-status@.timer
    DESTINATION lib/systemd/system COMPONENT program)
endif()

install(TARGETS mdmvendor_static ARCHIVE COMPONENT development)
install(FILES include/mdmvendor.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
install(FILES examples/sign_csr.c DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples COMPONENT development)
# Relative to the .pc file itself, so that a tree that was installed elsewhere (DESTDIR, --prefix, moved) is found there.
file(RELATIVE_PATH MDM_PREFIX ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
file(RELATIVE_PATH MDM_LIBDIR ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_LIBDIR})
file(RELATIVE_PATH MDM_INCLUDEDIR ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_INCLUDEDIR})
configure_file(cmake/mdmvendor.pc.in ${PROJECT_BINARY_DIR}/mdmvendor.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/mdmvendor.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
