# One INTERFACE target that every target of ours links: language level, warnings, hardening, sanitizers.
include(CheckCCompilerFlag)
include(CheckCSourceCompiles)
include(CheckIPOSupported)
include(CheckPIESupported)

option(MDM_WERROR "Treat warnings as errors (for developers)" OFF)
option(MDM_LTO "Optimise at link time where the compiler can" OFF)
set(MDM_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined")

add_library(mdm_flags INTERFACE)
target_compile_features(mdm_flags INTERFACE c_std_11)
target_compile_definitions(mdm_flags INTERFACE
  _POSIX_C_SOURCE=200809L _XOPEN_SOURCE=700 _FILE_OFFSET_BITS=64 OPENSSL_API_COMPAT=30000 OPENSSL_NO_DEPRECATED)
if(APPLE)
  target_compile_definitions(mdm_flags INTERFACE _DARWIN_C_SOURCE)
endif()
target_compile_options(mdm_flags INTERFACE
  -Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -Wcast-qual -Wwrite-strings -Wmissing-prototypes
  -Wstrict-prototypes -Wformat=2 -Wundef -Wvla)
if(MDM_WERROR)
  target_compile_options(mdm_flags INTERFACE -Werror)
endif()

# mdm_compile_option(NAME FLAG): adds FLAG when the compiler knows it for this processor.
function(mdm_compile_option name flag)
  set(CMAKE_REQUIRED_FLAGS -Werror)
  check_c_compiler_flag(${flag} MDM_HAS_${name})
  if(MDM_HAS_${name})
    target_compile_options(mdm_flags INTERFACE ${flag})
  endif()
endfunction()

mdm_compile_option(STACK_PROTECTOR -fstack-protector-strong)
mdm_compile_option(STACK_CLASH -fstack-clash-protection)
mdm_compile_option(CF_PROTECTION -fcf-protection)
# No build path in the binaries: two builds of one source are alike.
mdm_compile_option(PREFIX_MAP -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)

# Programs are position independent (CMAKE_POSITION_INDEPENDENT_CODE is on) and linked so.
check_pie_supported(LANGUAGES C)
if(NOT APPLE)
  target_link_options(mdm_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)
endif()

if(MDM_SANITIZE)
  target_compile_options(mdm_flags INTERFACE -fsanitize=${MDM_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(mdm_flags INTERFACE -fsanitize=${MDM_SANITIZE})
else()
  # _FORTIFY_SOURCE needs optimisation, and what a distribution sets by itself must not be contradicted.
  set(CMAKE_REQUIRED_FLAGS "-O2 -Werror -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3")
  check_c_source_compiles("#include <stdio.h>\nint main(void) { return puts(\"\") < 0; }" MDM_HAS_FORTIFY_3)
  unset(CMAKE_REQUIRED_FLAGS)
  set(fortify 2)
  if(MDM_HAS_FORTIFY_3)
    set(fortify 3)
  endif()
  target_compile_options(mdm_flags INTERFACE
    $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE> $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=${fortify}>)
endif()

if(MDM_LTO)
  check_ipo_supported(RESULT MDM_HAS_IPO LANGUAGES C)
  if(MDM_HAS_IPO)
    set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
    # Machine code beside the intermediate one: the static library stays usable for every linker.
    mdm_compile_option(FAT_LTO -ffat-lto-objects)
  endif()
endif()
