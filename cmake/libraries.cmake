# libcrypto and libplist: OpenSSL::Crypto and PkgConfig::PLIST. With MDM_STATIC (scripts/static) they are archives, with nothing to find at
# run time.
if(MDM_STATIC)
  set(OPENSSL_USE_STATIC_LIBS ON)
  set(BUILD_SHARED_LIBS OFF)
endif()
find_package(OpenSSL 3.0 REQUIRED)
pkg_check_modules(PLIST REQUIRED IMPORTED_TARGET libplist-2.0>=2.2)
