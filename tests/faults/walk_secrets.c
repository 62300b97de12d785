/*
 * Runs every command and looks for what must not be left anywhere: passwords and private keys, in all memory of the
 * process when main() has returned, in what /proc shows of it, in its output, and in every file below the case.
 */
#include <fcntl.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "course.h"

/* Bytes that are looked for out of the middle of a long number or line: what is freed loses its first bytes. */
#define WINDOW 24

static void add_needle(struct plan *plan, const char *name, const void *bytes, size_t size)
{
    struct plan_needle *needle;

    if (plan->needle_count == PLAN_NEEDLES_MAX || size > PLAN_NEEDLE_SIZE)
        die("too many or too large things to look for");
    needle = &plan->needles[plan->needle_count++];
    (void)snprintf(needle->name, sizeof needle->name, "%.47s", name);
    needle->size = (uint8_t)size;
    (void)memcpy(needle->bytes, bytes, size);
}

/* As it is typed, and as PKCS#12 takes it (two bytes for each character). */
static void add_password(struct plan *plan, const char *name, const char *password)
{
    size_t size = strlen(password), tail = size / 2;
    unsigned char wide[PLAN_NEEDLE_SIZE];
    char label[48];

    add_needle(plan, name, password, size);
    (void)snprintf(label, sizeof label, "%s, its end", name);
    add_needle(plan, label, password + tail, size - tail);
    for (size_t i = tail; i < size; i++) {
        wide[2 * (i - tail)] = 0;
        wide[2 * (i - tail) + 1] = (unsigned char)password[i];
    }
    (void)snprintf(label, sizeof label, "%s in two-byte characters", name);
    add_needle(plan, label, wide, 2 * (size - tail));
}

/* A number as files have it, and as libcrypto computes with it. */
static void add_number(struct plan *plan, const char *name, const EVP_PKEY *pkey, const char *parameter)
{
    unsigned char bytes[256], reversed[256];
    BIGNUM *number = NULL;
    char label[48];
    int size;

    if (EVP_PKEY_get_bn_param(pkey, parameter, &number) != 1)
        die("cannot read a key");
    size = BN_num_bytes(number);
    (void)BN_bn2bin(number, bytes);
    for (int i = 0; i < size; i++)
        reversed[i] = bytes[size - 1 - i];
    for (int at = size / 8; at + WINDOW <= size; at += size / 2) {
        (void)snprintf(label, sizeof label, "%s %s", name, parameter);
        add_needle(plan, label, bytes + at, WINDOW);
        (void)snprintf(label, sizeof label, "%s %s (limbs)", name, parameter);
        add_needle(plan, label, reversed + at, WINDOW);
    }
    BN_clear_free(number);
}

/* Lines of PEM that hold nothing public. */
static void add_lines(struct plan *plan, const char *name, BIO *bio)
{
    char line[128], label[48];

    for (int i = 0; BIO_gets(bio, line, sizeof line) > 0; i++) {
        if (i < 10 || strlen(line) < 64)
            continue;
        (void)snprintf(label, sizeof label, "%s in clear PEM, line %d", name, i);
        add_needle(plan, label, line + 8, WINDOW);
    }
}

static void add_key(struct plan *plan, const char *name, EVP_PKEY *pkey)
{
    static const char *const parameters[] = {OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,
                                             OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
                                             OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1};
    BIO *pkcs8 = BIO_new(BIO_s_mem()), *pkcs1 = BIO_new(BIO_s_mem());

    for (size_t i = 0; i < sizeof parameters / sizeof parameters[0]; i++)
        add_number(plan, name, pkey, parameters[i]);
    (void)PEM_write_bio_PrivateKey(pkcs8, pkey, NULL, NULL, 0, NULL, NULL);
    (void)PEM_write_bio_PrivateKey_traditional(pkcs1, pkey, NULL, NULL, 0, NULL, NULL);
    add_lines(plan, name, pkcs8);
    add_lines(plan, name, pkcs1);
    BIO_free(pkcs8);
    BIO_free(pkcs1);
}

/* Every key that the folder holds now, old and new. Two names of one file are one key. */
static void add_keys(struct plan *plan, const struct snapshot *now)
{
    for (size_t i = 0; i < now->count; i++) {
        const struct snapshot_file *file = &now->files[i];
        const char *end = file->path + strlen(file->path) - 4;
        bool vendor = strstr(file->path, "vendor.key") != NULL;
        EVP_PKEY *pkey;
        BIO *bio;

        if (file->folder || strlen(file->path) < 4 || strcmp(end, ".key") != 0 ||
            snapshot_find_contents(now, file) != file)
            continue;
        bio = BIO_new_mem_buf(file->data, (int)file->size);
        pkey = PEM_read_bio_PrivateKey(bio, NULL, NULL, as_password(vendor ? VENDOR_PASSWORD : CUSTOMER_PASSWORD));
        if (pkey == NULL) { /* a rehearsal does not look into the environment */
            (void)BIO_reset(bio);
            pkey = PEM_read_bio_PrivateKey(bio, NULL, NULL, as_password("rehearsal"));
        }
        if (pkey == NULL)
            die("cannot open %s", file->path);
        add_key(plan, vendor ? "vendor key" : "customer key", pkey);
        EVP_PKEY_free(pkey);
        BIO_free(bio);
    }
    ERR_clear_error();
}

static void search_bytes(struct course *course, const char *where, const void *bytes, size_t size)
{
    const struct plan *plan = course->bench.plan;

    for (uint32_t i = 0; i < plan->needle_count; i++)
        if (memmem(bytes, size, plan->needles[i].bytes, plan->needles[i].size) != NULL) {
            problem(&course->verdict, "%s: found in %s", plan->needles[i].name, where);
            course->found++;
        }
    course->searched++;
}

static void search_proc(struct course *course, int process, const char *name)
{
    char path[64];
    static char text[1 << 17];
    FILE *file;
    size_t size;

    (void)snprintf(path, sizeof path, "/proc/%d/%s", process, name);
    file = fopen(path, "rb");
    if (file == NULL) /* the process is not for others to look into, unless these are root */
        return;
    size = fread(text, 1, sizeof text, file);
    (void)fclose(file);
    search_bytes(course, path, text, size);
}

/* `clear` must hold a key: that proves that the search would find one. */
static void search_files(struct course *course, const struct snapshot *now)
{
    for (size_t i = 0; i < now->count; i++) {
        const struct snapshot_file *file = &now->files[i];
        bool found = false;

        if (course->scenario->clear == NULL || strcmp(file->path, course->scenario->clear) != 0) {
            search_bytes(course, file->path, file->data != NULL ? (const void *)file->data : "", file->size);
            continue;
        }
        for (uint32_t j = 0; j < course->bench.plan->needle_count; j++)
            found = found || memmem(file->data, file->size, course->bench.plan->needles[j].bytes,
                                    course->bench.plan->needles[j].size) != NULL;
        if (!found)
            problem(&course->verdict, "the key in %s is not found there", file->path);
    }
}

static void wait_a_moment(void)
{
    const struct timespec moment = {.tv_nsec = 1000000};

    (void)nanosleep(&moment, NULL);
}

/* True when it came: main() has returned and waits for us. */
static bool await_end(const struct plan *plan, int process)
{
    for (int i = 0; i < 30000 && !plan->left; i++) {
        if (kill(process, 0) != 0)
            return false;
        wait_a_moment();
    }
    return plan->left;
}

static void judge_memory(struct course *course)
{
    const struct plan *plan = course->bench.plan;

    if (!plan->searched || plan->searched_bytes == 0)
        problem(&course->verdict, "its memory was not searched");
    for (uint32_t i = 0; i < plan->find_count; i++)
        problem(&course->verdict, "%s: found in memory at %s", plan->finds[i].name, plan->finds[i].place);
    course->found += plan->find_count;
    if (!plan->core_is_off)
        problem(&course->verdict, "core images are not off");
    if (!plan->tracing_is_off)
        problem(&course->verdict, "other processes of the user can look into it");
    if (!plan->umask_is_tight)
        problem(&course->verdict, "its umask lets others in");
    course->searched++;
}

/* From the moment main() has returned. */
static void search_everything(struct course *course, int process, int expected)
{
    struct plan *plan = course->bench.plan;
    struct outcome outcome;
    struct snapshot now;

    if (!await_end(plan, process))
        problem(&course->verdict, "main() does not return");
    now = snapshot_take(course->bench.place);
    add_password(plan, "vendor's password", VENDOR_PASSWORD);
    add_password(plan, "customer's password", CUSTOMER_PASSWORD);
    search_proc(course, process, "cmdline");
    search_proc(course, process, "environ");
    add_keys(plan, &now);
    plan->go = true;
    bench_finish(&course->bench, process, &outcome);
    if (outcome.status != expected)
        problem(&course->verdict, "status %d (signal %d) in place of %d: %s", outcome.status, outcome.signal, expected,
                first_line(outcome.err));
    judge_memory(course);
    search_bytes(course, "the output", outcome.out, strlen(outcome.out));
    search_bytes(course, "the messages", outcome.err, strlen(outcome.err));
    search_files(course, &now);
    snapshot_free(&now);
}

static int start(struct course *course, enum manner manner, const char *const args[])
{
    struct plan *plan = course->bench.plan;

    stage_enter(&course->bench, course->scenario->stage);
    course_order(course, PLAN_FILES, KEYS_TRIED, 0, PLAN_NOTHING, 0);
    plan->cheap = false; /* keys and their encryption as they are made in earnest */
    plan->search = true;
    course->bench.manner = manner;
    course->runs++;
    return bench_start(&course->bench, args);
}

static void search_in_manner(struct course *course, enum manner manner)
{
    static const char *const names[] = {"passwords from files", "from the environment", "from standard input"};

    (void)snprintf(course->verdict.what, sizeof course->verdict.what, "%s", names[manner]);
    search_everything(course, start(course, manner, course->scenario->args), course->scenario->status);
    course->bench.manner = BY_FILE;
}

/* The keys of the stages and those that are made now: with keys out of the folder they are known before. */
static void add_known_keys(struct course *course)
{
    char path[PATH_SIZE + 32], name[32];

    for (unsigned number = 0; number < KEYS_TRIED + 4; number++) {
        EVP_PKEY *pkey;
        BIO *bio;

        (void)snprintf(path, sizeof path, "%s/keys/%u.pem", course->bench.top, number);
        (void)snprintf(name, sizeof name, "key %u", number);
        bio = BIO_new_file(path, "r");
        pkey = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
        add_number(course->bench.plan, name, pkey, OSSL_PKEY_PARAM_RSA_FACTOR1);
        add_number(course->bench.plan, name, pkey, OSSL_PKEY_PARAM_RSA_D);
        EVP_PKEY_free(pkey);
        BIO_free(bio);
    }
}

/* Is memory wiped before it is freed? What is left to the next user of the heap is often overwritten by the end. */
static void watch_frees(struct course *course)
{
    struct plan *plan = course->bench.plan;
    struct outcome outcome;

    (void)snprintf(course->verdict.what, sizeof course->verdict.what, "freed memory");
    stage_enter(&course->bench, course->scenario->stage);
    course_order(course, PLAN_FILES, KEYS_TRIED, 0, PLAN_NOTHING, 0);
    plan->watch = true;
    add_password(plan, "vendor's password", VENDOR_PASSWORD);
    add_password(plan, "customer's password", CUSTOMER_PASSWORD);
    add_known_keys(course);
    course_run(course, &outcome);
    for (uint32_t i = 0; i < plan->find_count; i++)
        problem(&course->verdict, "%s: in %s", plan->finds[i].name, plan->finds[i].place);
    if (plan->find_count > 0)
        (void)printf("#   %.600s\n", plan->story);
    course->found += plan->find_count;
    course->searched++;
}

void walk_secrets(struct course *course, unsigned number)
{
    unsigned long searched = course->searched;

    watch_frees(course);
    search_in_manner(course, BY_FILE);
    if (course->full || course->scenario->args[0] == NULL) { /* from there on it is the same password */
        search_in_manner(course, BY_ENVIRONMENT);
        search_in_manner(course, BY_STDIN);
    }
    (void)printf("%sok %u - %s: no password and no key is left (%lu places)\n",
                 course->verdict.problems > 0 ? "not " : "", number, course->scenario->name,
                 course->searched - searched);
}

/* At the terminal: what is waited for, and what is typed then. */
struct line {
    const char *prompt;
    const char *typed;
};

/* Waits until the text has come out of the terminal. */
static bool await_prompt(int terminal, const char *prompt, char *seen, size_t room)
{
    struct pollfd ready = {.fd = terminal, .events = POLLIN};
    size_t size = strlen(seen);
    ssize_t got;

    while (strstr(seen, prompt) == NULL) {
        if (size + 1 >= room || poll(&ready, 1, 20000) <= 0)
            return false;
        got = read(terminal, seen + size, room - 1 - size);
        if (got <= 0)
            return false;
        size += (size_t)got;
        seen[size] = '\0';
    }
    seen[0] = '\0';
    return true;
}

static void talk(struct course *course, const struct line *lines)
{
    static char seen[65536];
    const struct timespec moment = {.tv_nsec = 50000000};

    seen[0] = '\0';
    for (; lines->prompt != NULL; lines++) {
        if (!await_prompt(course->bench.terminal, lines->prompt, seen, sizeof seen)) {
            problem(&course->verdict, "the prompt \"%s\" does not come", lines->prompt);
            return;
        }
        (void)nanosleep(&moment, NULL); /* the echo is off by now */
        if (write(course->bench.terminal, lines->typed, strlen(lines->typed)) < 0)
            problem(&course->verdict, "nobody reads the terminal");
    }
}

#define ENTER  "\r"
#define CTRL_C "\003"

static const struct dialogue {
    const char *name;
    const char *stage;
    const char *args[4];
    struct line lines[10];
    int status;
} dialogues[] = {
    {"a new password is typed twice",
     "finished",
     {"1", "--no-wait"},
     {{"New password", VENDOR_PASSWORD ENTER},
      {"again", VENDOR_PASSWORD ENTER},
      {"Country", ENTER},
      {"Organisation", ENTER},
      {"Common name", ENTER},
      {"E-mail", ENTER},
      {NULL, NULL}},
     3},
    {"Ctrl-C at the second prompt of a new password",
     "finished",
     {"1", "--no-wait"},
     {{"New password", VENDOR_PASSWORD ENTER}, {"again", "Tanne-und-" CTRL_C}, {NULL, NULL}},
     130},
    {"Ctrl-C after the passwords",
     "finished",
     {"1", "--no-wait"},
     {{"New password", VENDOR_PASSWORD ENTER}, {"again", VENDOR_PASSWORD ENTER}, {"Country", CTRL_C}, {NULL, NULL}},
     130},
    {"Ctrl-C at the password of an existing key",
     "push certificate came",
     {"--no-wait"},
     {{"Password of", CTRL_C}, {NULL, NULL}},
     130},
    {"the password of an existing key, at the second try",
     "push certificate came",
     {"--no-wait"},
     {{"Password of", VENDOR_PASSWORD ENTER}, {"Password of", CUSTOMER_PASSWORD ENTER}, {NULL, NULL}},
     0},
    {"two new passwords that differ, then Ctrl-C",
     "vendor certificate came",
     {"2", "--no-wait"},
     {{"Password of", VENDOR_PASSWORD ENTER},
      {"New password", CUSTOMER_PASSWORD ENTER},
      {"again", VENDOR_PASSWORD ENTER},
      {"New password", CTRL_C},
      {NULL, NULL}},
     130},
};

void walk_terminal(struct course *course, unsigned number)
{
    const struct dialogue *dialogue = &dialogues[number - 1];
    static struct scenario scenario;
    int process;

    scenario = (struct scenario){.name = dialogue->name, .stage = dialogue->stage};
    course->scenario = course->verdict.scenario = &scenario;
    course->bench.terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (course->bench.terminal < 0 || grantpt(course->bench.terminal) != 0 || unlockpt(course->bench.terminal) != 0)
        die("no terminal");
    (void)snprintf(course->verdict.what, sizeof course->verdict.what, "at a terminal");
    process = start(course, BY_TERMINAL, dialogue->args);
    talk(course, dialogue->lines);
    search_everything(course, process, dialogue->status);
    course->bench.manner = BY_FILE;
    (void)close(course->bench.terminal);
    (void)printf("%sok %u - at a terminal, %s: no password and no key is left\n",
                 course->verdict.problems > 0 ? "not " : "", number, dialogue->name);
}

const size_t walk_terminal_count = sizeof dialogues / sizeof dialogues[0];
