# One INTERFACE target that every target of ours links: language level, warnings, hardening, sanitizers.
add_library(mdm_flags INTERFACE)
target_compile_features(mdm_flags INTERFACE c_std_11)
target_compile_definitions(mdm_flags INTERFACE
  _POSIX_C_SOURCE=200809L _FILE_OFFSET_BITS=64 OPENSSL_API_COMPAT=30000 OPENSSL_NO_DEPRECATED)
if(APPLE)
  target_compile_definitions(mdm_flags INTERFACE _DARWIN_C_SOURCE)
endif()
target_compile_options(mdm_flags INTERFACE
  -Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -Wcast-qual -Wwrite-strings -Wmissing-prototypes
  -Wstrict-prototypes -Wformat=2 -Wundef -Wvla -fstack-protector-strong)

option(MDM_WERROR "Treat warnings as errors (for developers)" OFF)
if(MDM_WERROR)
  target_compile_options(mdm_flags INTERFACE -Werror)
endif()

set(MDM_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined")
if(MDM_SANITIZE)
  target_compile_options(mdm_flags INTERFACE -fsanitize=${MDM_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(mdm_flags INTERFACE -fsanitize=${MDM_SANITIZE})
else()
  # _FORTIFY_SOURCE needs optimisation, and distributions that set it by themselves must not be contradicted.
  target_compile_options(mdm_flags INTERFACE $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE> $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>)
endif()
if(NOT APPLE)
  target_link_options(mdm_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)
endif()
