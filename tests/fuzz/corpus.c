/* Runs a fuzz target once on every file named: a corpus as a test, with any compiler. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

/* No input may take longer: see tests/cli/bounds.py for larger ones. */
#define SECONDS_MAX 300

static int run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat status;
    unsigned char *data = NULL;
    size_t size;

    if (file == NULL || fstat(fileno(file), &status) != 0 || status.st_size < 0) {
        perror(path);
        return -1;
    }
    size = (size_t)status.st_size;
    data = malloc(size + (size == 0));
    if (data == NULL || fread(data, 1, size, file) != size) {
        perror(path);
        return -1;
    }
    (void)fclose(file);
    (void)fprintf(stderr, "%s\n", path); /* the last one named is the one that failed */
    (void)alarm(SECONDS_MAX);
    (void)LLVMFuzzerTestOneInput(data, size);
    (void)alarm(0);
    free(data);
    return 0;
}

int main(int argc, char **argv)
{
    (void)LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++)
        if (run_file(argv[i]) != 0)
            return 1;
    (void)LLVMFuzzerTestOneInput(NULL, 0);
    (void)printf("%d inputs\n", argc - 1);
    return argc > 1 ? 0 : 1;
}
