/*
 * measure RUNS COMMAND... [::: COMMAND...]...: runs the commands in turn, RUNS times each, with standard output to
 * /dev/null; "%d" in a word becomes the number of the run. One line for each command: median of the
 * wall time in milliseconds, peak memory in KiB.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

#define COMMANDS_MAX 16
#define WORDS_MAX    64

struct command {
    char **words;
    int count;
    double *wall; /* milliseconds */
    long peak;
};

/* The words with the run's number put in; they stay until the program ends. */
static void fill_in(const struct command *command, int run, char *words[WORDS_MAX])
{
    for (int i = 0; i < command->count; i++) {
        const char *mark = strstr(command->words[i], "%d");

        words[i] = command->words[i];
        if (mark == NULL)
            continue;
        words[i] = malloc(strlen(command->words[i]) + 16);
        if (words[i] == NULL)
            exit(1);
        sprintf(words[i], "%.*s%d%s", (int)(mark - command->words[i]), command->words[i], run, mark + 2);
    }
    words[command->count] = NULL;
}

static void run_once(struct command *command, int run)
{
    posix_spawn_file_actions_t actions;
    char *words[WORDS_MAX];
    struct timespec begin, end;
    struct rusage usage;
    int status, reason;
    pid_t child;

    fill_in(command, run, words);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    clock_gettime(CLOCK_MONOTONIC, &begin);
    reason = posix_spawnp(&child, words[0], &actions, NULL, words, environ);
    if (reason != 0 || wait4(child, &status, 0, &usage) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "measure: '%s' failed\n", words[0]);
        exit(1);
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    posix_spawn_file_actions_destroy(&actions);
    command->wall[run] = (double)(end.tv_sec - begin.tv_sec) * 1e3 + (double)(end.tv_nsec - begin.tv_nsec) / 1e6;
#if defined(__APPLE__)
    usage.ru_maxrss /= 1024;
#endif
    if (usage.ru_maxrss > command->peak)
        command->peak = usage.ru_maxrss;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

int main(int argc, char *argv[])
{
    static struct command commands[COMMANDS_MAX];
    int runs = argc > 2 ? atoi(argv[1]) : 0, count = 1;

    if (runs < 1) {
        fprintf(stderr, "usage: measure RUNS COMMAND... [::: COMMAND...]...\n");
        return 2;
    }
    commands[0].words = argv + 2;
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], ":::") != 0) {
            if (++commands[count - 1].count >= WORDS_MAX)
                return 2;
        } else if (count < COMMANDS_MAX) {
            commands[count++].words = argv + i + 1;
        }
    }
    for (int i = 0; i < count; i++) {
        commands[i].wall = calloc((size_t)runs, sizeof(double));
        if (commands[i].wall == NULL)
            return 1;
    }
    for (int run = 0; run < runs; run++)
        for (int i = 0; i < count; i++)
            run_once(&commands[i], run);
    for (int i = 0; i < count; i++) {
        qsort(commands[i].wall, (size_t)runs, sizeof(double), compare);
        printf("%.3f %ld\n", commands[i].wall[runs / 2], commands[i].peak);
    }
    return 0;
}
