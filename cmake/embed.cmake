# Makes a C file that holds files of data/, byte for byte and each followed by a NUL, at build time:
# const struct mdm_embedded NAMEs[] = {{"a.cer", bytes, size}, ...}, which HEADER declares together with NAME_count.
# cmake -DOUTPUT=FILE.c -DHEADER=pki/trust.h -DNAME=mdm_anchor -DINPUTS=a.cer;b.cer -P embed.cmake
set(text "/* Made from data/ by cmake/embed.cmake. */\n#include \"${HEADER}\"\n")
set(table "")
set(count 0)
foreach(input IN LISTS INPUTS)
  get_filename_component(name "${input}" NAME)
  file(READ "${input}" hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," array "${hex}")
  string(APPEND text "static const unsigned char file_${count}[] = {${array}0};\n")
  string(APPEND table "    {\"${name}\", file_${count}, sizeof file_${count} - 1},\n")
  math(EXPR count "${count} + 1")
endforeach()
string(APPEND text "const struct mdm_embedded ${NAME}s[] = {\n${table}};\nconst size_t ${NAME}_count = ${count};\n")
file(WRITE "${OUTPUT}" "${text}")
