/* Runs a fuzz target once on every file of some folders: a corpus as a test, with any compiler. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

/* No input may take longer: see tests/unit/test_bounds.c for larger ones. */
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

/* Returns how many inputs were run, or -1. */
static long run_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    char path[4096];
    long count = 0;

    if (dir == NULL)
        return 0; /* not every target has kept cases */
    while (count >= 0 && (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        count = run_file(path) == 0 ? count + 1 : -1;
    }
    (void)closedir(dir);
    return count;
}

int main(int argc, char **argv)
{
    long total = 0;

    (void)LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++) {
        long count = run_folder(argv[i]);

        if (count < 0)
            return 1;
        total += count;
    }
    (void)LLVMFuzzerTestOneInput(NULL, 0);
    if (total == 0) {
        (void)fputs("there is not a single input in these folders\n", stderr);
        return 1;
    }
    (void)printf("%ld inputs\n", total);
    return 0;
}
