# libcrypto and libplist: OpenSSL::Crypto and PkgConfig::PLIST. With MDM_STATIC each stands for its archive, where the system
# has one; cmake/install.cmake puts the other beside the program.
set(MDM_BUNDLED "") # what becomes part of a package: archives and shared libraries

if(MDM_STATIC)
  pkg_check_modules(CRYPTO QUIET libcrypto)
  find_library(MDM_CRYPTO_ARCHIVE libcrypto.a HINTS ${CRYPTO_LIBRARY_DIRS} ${OPENSSL_ROOT_DIR}/lib)
  if(MDM_CRYPTO_ARCHIVE)
    set(OPENSSL_USE_STATIC_LIBS ON)
  endif()
endif()
find_package(OpenSSL 3.0 REQUIRED)
pkg_check_modules(PLIST REQUIRED IMPORTED_TARGET libplist-2.0>=2.2)

if(MDM_STATIC)
  find_library(MDM_PLIST_ARCHIVE libplist-2.0.a HINTS ${PLIST_LIBRARY_DIRS})
  if(MDM_PLIST_ARCHIVE)
    set_target_properties(PkgConfig::PLIST PROPERTIES INTERFACE_LINK_LIBRARIES "${MDM_PLIST_ARCHIVE};Threads::Threads;m")
    list(APPEND MDM_BUNDLED ${MDM_PLIST_ARCHIVE})
  else()
    list(APPEND MDM_BUNDLED ${PLIST_LINK_LIBRARIES})
  endif()
  list(APPEND MDM_BUNDLED ${OPENSSL_CRYPTO_LIBRARY})
  list(GET MDM_BUNDLED 0 plist)
  message(STATUS "Part of the program: ${OPENSSL_CRYPTO_LIBRARY}, ${plist}")
endif()
