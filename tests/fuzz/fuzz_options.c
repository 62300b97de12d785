/* Command lines: one word a line. A word that is refused is named, and nothing else happens. */
#include <stdlib.h>
#include <string.h>

#include "cli/opt.h"
#include "fuzz.h"

#define WORDS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    char *words[WORDS_MAX + 1] = {NULL};
    char program[] = "mdmvendor";
    struct mdm_options options;
    struct mdm_error err = {0};
    int count = 0;

    FUZZ_REQUIRE(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    words[count++] = program;
    for (char *line = text; line != NULL && count < WORDS_MAX;) {
        char *newline = strchr(line, '\n');

        if (newline != NULL)
            *newline = '\0';
        words[count++] = line;
        line = newline != NULL ? newline + 1 : NULL;
    }
    if (mdm_options_parse(&options, count, words, &err) != 0) {
        fuzz_check_error(&err);
        FUZZ_REQUIRE(err.code == MDM_E_USAGE);
    } else {
        FUZZ_REQUIRE(options.command < MDM_COMMAND_COUNT && options.flow.directory != NULL);
        FUZZ_REQUIRE(options.flow.file_count == 0 || options.flow.files != NULL);
    }
    free(text);
    return 0;
}
