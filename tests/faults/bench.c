/* The ground of the fault tests: see bench.h. */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "snapshot.h"

/* Each two of them make a key. */
#define PRIMES 9

void die(const char *format, ...)
{
    va_list arguments;

    (void)fflush(stdout);
    va_start(arguments, format);
    (void)fputs("Bail out! ", stdout);
    (void)vprintf(format, arguments);
    (void)putchar('\n');
    va_end(arguments);
    exit(2);
}

static void check(const struct mdm_error *err, int result, const char *what)
{
    if (result != 0)
        die("%s: %s", what, err->text);
}

static void write_file(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");

    if (file == NULL || fwrite(data, 1, size, file) != size || fclose(file) != 0)
        die("cannot write %s: %s", path, strerror(errno));
}

/* A key of two primes that are there already: looking for primes is what takes long. */
static EVP_PKEY *join_primes(const BIGNUM *p, const BIGNUM *q, BN_CTX *ctx)
{
    BIGNUM *n = BN_new(), *e = BN_new(), *d = BN_new(), *dp = BN_new(), *dq = BN_new(), *inverse = BN_new(),
           *p1 = BN_dup(p), *q1 = BN_dup(q), *phi = BN_new();
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    OSSL_PARAM *numbers = NULL;
    EVP_PKEY *pkey = NULL;

    if (BN_set_word(e, RSA_F4) == 1 && BN_sub_word(p1, 1) == 1 && BN_sub_word(q1, 1) == 1 &&
        BN_mul(n, p, q, ctx) == 1 && BN_mul(phi, p1, q1, ctx) == 1 && BN_mod_inverse(d, e, phi, ctx) != NULL &&
        BN_mod(dp, d, p1, ctx) == 1 && BN_mod(dq, d, q1, ctx) == 1 && BN_mod_inverse(inverse, q, p, ctx) != NULL &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) == 1 &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_D, d) == 1 &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_FACTOR1, p) == 1 &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_FACTOR2, q) == 1 &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_EXPONENT1, dp) == 1 &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_EXPONENT2, dq) == 1 &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, inverse) == 1)
        numbers = OSSL_PARAM_BLD_to_param(builder);
    if (numbers == NULL || EVP_PKEY_fromdata_init(maker) != 1 ||
        EVP_PKEY_fromdata(maker, &pkey, EVP_PKEY_KEYPAIR, numbers) != 1)
        die("cannot make a key");
    OSSL_PARAM_free(numbers);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(maker);
    BN_free(n), BN_free(e), BN_free(d), BN_free(dp), BN_free(dq), BN_free(inverse), BN_free(p1), BN_free(q1),
        BN_free(phi);
    return pkey;
}

/* Two primes with the highest two bits set, as BN_generate_prime_ex makes them on demand, give exactly 2048 bits. */
static void make_primes(BIGNUM *primes[PRIMES], BN_CTX *ctx)
{
    for (unsigned i = 0; i < PRIMES; i++) {
        BIGNUM *less = BN_new();

        primes[i] = BN_new();
        do { /* e must have an inverse */
            if (BN_generate_prime_ex2(primes[i], 1024, 0, NULL, NULL, NULL, ctx) != 1 ||
                BN_sub(less, primes[i], BN_value_one()) != 1)
                die("cannot make a prime");
        } while (BN_mod_word(less, RSA_F4) == 0);
        BN_free(less);
    }
}

static void write_key(const struct bench *bench, unsigned number, EVP_PKEY *pkey)
{
    char path[PATH_SIZE + 32];
    BIO *bio;

    (void)snprintf(path, sizeof path, "%s/keys/%u.pem", bench->top, number);
    bio = BIO_new_file(path, "w");
    if (bio == NULL || PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL) != 1)
        die("cannot write a key");
    BIO_free(bio);
}

static void make_keys(const struct bench *bench)
{
    char path[PATH_SIZE + 32];
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *primes[PRIMES];
    unsigned number = 0;

    (void)snprintf(path, sizeof path, "%s/keys", bench->top);
    if (mkdir(path, 0700) != 0)
        die("cannot make %s", path);
    make_primes(primes, ctx);
    for (unsigned i = 0; i < PRIMES; i++)
        for (unsigned j = i + 1; j < PRIMES && number < KEYS; j++) {
            EVP_PKEY *pkey = join_primes(primes[i], primes[j], ctx);

            write_key(bench, number++, pkey);
            EVP_PKEY_free(pkey);
        }
    for (unsigned i = 0; i < PRIMES; i++)
        BN_free(primes[i]);
    BN_CTX_free(ctx);
}

static void open_apple(struct bench *bench)
{
    struct mdm_error err = {0};
    struct mdm_bytes bundle = {0};
    char path[PATH_SIZE + 32];

    bench->apple = mdm_practice_new((mdm_time)time(NULL), &err);
    if (bench->apple == NULL)
        die("no practice Apple: %s", err.text);
    check(&err, mdm_practice_complete(bench->apple, &err), "practice Apple");
    check(&err, mdm_practice_bundle(bench->apple, &bundle, &err), "practice Apple");
    bench->trust = mdm_practice_trust(bench->apple, &err);
    if (bench->trust == NULL)
        die("no trust: %s", err.text);
    (void)snprintf(path, sizeof path, "%s/ca.pem", bench->top);
    write_file(path, bundle.data, bundle.size);
    mdm_bytes_free(&bundle);
}

static void set_place(struct bench *bench)
{
    (void)snprintf(bench->place, sizeof bench->place, "%.480s/case%u", bench->top, bench->scene);
    bench->plan = bench->plans[bench->scene];
}

static struct plan *map_plan(const struct bench *bench)
{
    char path[PATH_SIZE + 32];
    struct plan *plan;
    int fd;

    (void)snprintf(path, sizeof path, "%s/plan%u", bench->top, bench->scene);
    fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (fd < 0 || ftruncate(fd, (off_t)sizeof *plan) != 0)
        die("cannot make the plan");
    plan = mmap(NULL, sizeof *plan, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    (void)close(fd);
    if (plan == MAP_FAILED)
        die("cannot map the plan");
    if (snprintf(plan->root, sizeof plan->root, "%s", bench->place) >= (int)sizeof plan->root)
        die("the path of the scratch folder is too long");
    (void)snprintf(plan->keys, sizeof plan->keys, "%.160s/keys", bench->top);
    return plan;
}

static void map_plans(struct bench *bench)
{
    for (bench->scene = 0; bench->scene < 2; bench->scene++) {
        set_place(bench);
        bench->plans[bench->scene] = map_plan(bench);
    }
    bench->scene = 0;
    set_place(bench);
}

void bench_change_scene(struct bench *bench)
{
    bench->scene = 1 - bench->scene;
    set_place(bench);
}

/* The one path of a file, without links. */
static void resolve(const char *path, char out[PATH_SIZE])
{
    char *real = realpath(path, NULL);

    if (real == NULL || strlen(real) >= PATH_SIZE)
        die("cannot find %s", path);
    (void)snprintf(out, PATH_SIZE, "%s", real);
    free(real);
}

/* In memory where that is possible: the tests sync a lot. */
static void make_top(struct bench *bench)
{
    char pattern[] = "/dev/shm/mdmvendor-faults-XXXXXX", elsewhere[] = "/tmp/mdmvendor-faults-XXXXXX";
    char *made = mkdtemp(pattern);

    if (made == NULL)
        made = mkdtemp(elsewhere);
    if (made == NULL)
        die("cannot make a scratch folder");
    resolve(made, bench->top);
}

/* Under a name without spaces, at which LD_PRELOAD would be cut. */
static void link_shim(struct bench *bench, const char *shim)
{
    char path[PATH_SIZE];

    resolve(shim, path);
    (void)snprintf(bench->shim, sizeof bench->shim, "%.*s/faults.so", PATH_SIZE / 2, bench->top);
    if (symlink(path, bench->shim) != 0)
        die("cannot link the shim");
}

void bench_open(struct bench *bench, const char *program, const char *shim)
{
    char path[PATH_SIZE + 32];

    *bench = (struct bench){0};
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); /* for those that go on after a death */
    resolve(program, bench->program);
    make_top(bench);
    link_shim(bench, shim);
    make_keys(bench);
    open_apple(bench);
    map_plans(bench);
    (void)snprintf(path, sizeof path, "%s/vendor.pass", bench->top);
    write_file(path, VENDOR_PASSWORD "\n", strlen(VENDOR_PASSWORD) + 1);
    (void)chmod(path, 0600);
    (void)snprintf(path, sizeof path, "%s/customer.pass", bench->top);
    write_file(path, CUSTOMER_PASSWORD "\n", strlen(CUSTOMER_PASSWORD) + 1);
    (void)chmod(path, 0600);
}

void bench_close(struct bench *bench)
{
    folder_remove(bench->top);
    (void)munmap(bench->plans[0], sizeof *bench->plans[0]);
    (void)munmap(bench->plans[1], sizeof *bench->plans[1]);
    mdm_trust_free(&bench->trust);
    mdm_practice_free(&bench->apple);
}

void plan_clear(struct plan *plan)
{
    const size_t orders = offsetof(struct plan, subject), findings = offsetof(struct plan, calls);
    char keys[PLAN_PATH_MAX];

    (void)memcpy(keys, plan->keys, sizeof keys);
    (void)memset((char *)plan + orders, 0, findings - orders);
    (void)memcpy(plan->keys, keys, sizeof keys);
    plan->needle_count = plan->find_count = plan->block_count = plan->story_size = 0;
    plan->story[0] = '\0';
    plan->cheap = true;
}

static void redirect(int stream, const char *path, int flags)
{
    int fd = open(path, flags, 0600);

    if (fd < 0 || dup2(fd, stream) < 0)
        _exit(126);
    (void)close(fd);
}

/* One word for argv or the environment. It is never freed: the child becomes another program. */
static char *word(const char *before, const char *value, const char *after)
{
    size_t size = strlen(before) + strlen(value) + strlen(after) + 1;
    char *made = malloc(size);

    if (made == NULL)
        _exit(126);
    (void)snprintf(made, size, "%s%s%s", before, value, after);
    return made;
}

/* A pipe with both passwords in it. */
static void feed_stdin(void)
{
    static const char lines[] = VENDOR_PASSWORD "\n" CUSTOMER_PASSWORD "\n";
    int ends[2];

    if (pipe(ends) != 0 || write(ends[1], lines, sizeof lines - 1) != (ssize_t)sizeof lines - 1 ||
        dup2(ends[0], STDIN_FILENO) < 0)
        _exit(126);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

/* Makes the other end of the terminal ours, and the controlling one. */
static void take_terminal(const struct bench *bench)
{
    const char *name = ptsname(bench->terminal);
    int fd;

    (void)setsid();
    fd = name != NULL ? open(name, O_RDWR) : -1;
    if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) != 0 || dup2(fd, STDIN_FILENO) < 0)
        _exit(126);
    (void)close(fd);
}

static void redirect_all(const struct bench *bench)
{
    if (bench->manner == BY_STDIN)
        feed_stdin();
    else if (bench->manner == BY_TERMINAL)
        take_terminal(bench);
    else
        redirect(STDIN_FILENO, "/dev/null", O_RDONLY);
    redirect(STDOUT_FILENO, word("", bench->place, ".out"), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
    redirect(STDERR_FILENO, word("", bench->place, ".err"), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
}

/* In the child: becomes the program. */
static void become(const struct bench *bench, const char *const args[])
{
    char *argv[ARGS_MAX + 8] = {word("", bench->program, ""), word("--ca-file=", bench->top, "/ca.pem")};
    char *environment[10] = {
        word(PLAN_VARIABLE "=", bench->top, bench->scene == 0 ? "/plan0" : "/plan1"),
        word("LD_PRELOAD=", bench->shim, ""),
        word("TMPDIR=", bench->place, "/tmp"),
        word("HOME=", bench->place, "/tmp"),
        word("LC_ALL=", "C.UTF-8", ""),
    };
    size_t count = 2;

    if (bench->manner == BY_FILE) {
        argv[count++] = word("--vendor-password-file=", bench->top, "/vendor.pass");
        argv[count++] = word("--customer-password-file=", bench->top, "/customer.pass");
    } else if (bench->manner == BY_STDIN) {
        argv[count++] = word("--vendor-password-file=", "-", "");
        argv[count++] = word("--customer-password-file=", "-", "");
    } else if (bench->manner == BY_ENVIRONMENT) {
        environment[5] = word("MDMVENDOR_VENDOR_PASSWORD=", VENDOR_PASSWORD, "");
        environment[6] = word("MDMVENDOR_CUSTOMER_PASSWORD=", CUSTOMER_PASSWORD, "");
    }
    for (size_t i = 0; args[i] != NULL && i < ARGS_MAX; i++)
        argv[count++] = word("", args[i], "");
    redirect_all(bench);
    if (chdir(word("", bench->place, "/work")) != 0)
        _exit(126);
    if (!bench->plan->serves)
        (void)alarm(PLAN_RUN_SECONDS);
    if (bench->traced)
        (void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    (void)execve(bench->program, argv, environment);
    _exit(127);
}

static int await(int process)
{
    int status = 0;

    if (waitpid(process, &status, 0) != process)
        die("cannot wait");
    return status;
}

void bench_serve_no_more(struct bench *bench)
{
    if (bench->server == 0)
        return;
    (void)kill(bench->server, SIGKILL);
    (void)await(bench->server);
    bench->server = 0;
    bench->plans[0]->serves = false;
}

int bench_start(struct bench *bench, const char *const args[])
{
    pid_t child;

    if (bench->scene == 0)
        bench_serve_no_more(bench);
    (void)fflush(stdout);
    child = fork();
    if (child < 0)
        die("cannot fork");
    if (child == 0)
        become(bench, args);
    return (int)child;
}

static void read_text(const struct bench *bench, const char *end, char out[OUTPUT_SIZE])
{
    char path[PATH_SIZE + 32];
    FILE *file;
    size_t size = 0;

    (void)snprintf(path, sizeof path, "%s%s", bench->place, end);
    file = fopen(path, "rb");
    if (file != NULL) {
        size = fread(out, 1, OUTPUT_SIZE - 1, file);
        (void)fclose(file);
    }
    out[size] = '\0';
}

static void take_outcome(const struct bench *bench, int status, struct outcome *outcome)
{
    outcome->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    outcome->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    read_text(bench, ".out", outcome->out);
    read_text(bench, ".err", outcome->err);
    if (outcome->status == 126 || outcome->status == 127)
        die("the program cannot be started");
}

void bench_finish(struct bench *bench, int process, struct outcome *outcome)
{
    take_outcome(bench, await(process), outcome);
}

bool bench_await_death(struct bench *bench, int *process, struct outcome *outcome)
{
    int status = await(*process);

    if (bench->plan->deaths > bench->plan->released && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
        *process = bench->plan->heir;
        return true;
    }
    take_outcome(bench, status, outcome);
    return false;
}

void bench_release(struct bench *bench)
{
    uint32_t *released = &bench->plan->released;

    (void)__atomic_add_fetch(released, 1, __ATOMIC_RELEASE);
    (void)syscall(SYS_futex, released, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void check_shim(const struct bench *bench, const struct outcome *outcome)
{
    if (!bench->plan->entered)
        die("the shim is not in the program (status %d, signal %d): is it linked statically?", outcome->status,
            outcome->signal);
}

void bench_run(struct bench *bench, const char *const args[], struct outcome *outcome)
{
    bench_finish(bench, bench_start(bench, args), outcome);
    check_shim(bench, outcome);
}

/* An empty file for the next run, which appends to it. */
static void empty(const struct bench *bench, const char *end)
{
    char path[PATH_SIZE + 8];

    (void)snprintf(path, sizeof path, "%s%s", bench->place, end);
    if (truncate(path, 0) != 0)
        die("cannot empty %s", path);
}

void bench_serve(struct bench *bench, const char *const args[])
{
    bench->plan->requests = bench->plan->answers = 0;
    bench->plan->serves = true;
    bench->server = bench_start(bench, args);
}

void bench_request(struct bench *bench, struct outcome *outcome)
{
    struct plan *plan = bench->plan;
    uint32_t answers = plan->answers;
    const struct timespec moment = {.tv_sec = 1};

    for (int stream = 0; answers > 0 && stream < 2; stream++)
        empty(bench, stream == 0 ? ".out" : ".err");
    (void)__atomic_add_fetch(&plan->requests, 1, __ATOMIC_RELEASE);
    (void)syscall(SYS_futex, &plan->requests, FUTEX_WAKE, 1, NULL, NULL, 0);
    while (__atomic_load_n(&plan->answers, __ATOMIC_ACQUIRE) == answers)
        if (syscall(SYS_futex, &plan->answers, FUTEX_WAIT, answers, &moment, NULL, 0) != 0 &&
            waitpid(bench->server, NULL, WNOHANG) == bench->server)
            die("the program cannot be started");
    take_outcome(bench, plan->status, outcome);
    check_shim(bench, outcome);
}

static void path_in(const struct bench *bench, const char *name, char path[2 * PATH_SIZE])
{
    (void)snprintf(path, 2 * PATH_SIZE, "%s/%s", bench->place, name);
}

void put_bytes(struct bench *bench, const char *name, const struct mdm_bytes *bytes)
{
    char path[2 * PATH_SIZE];

    path_in(bench, name, path);
    write_file(path, bytes->data, bytes->size);
}

void put_text(struct bench *bench, const char *name, const char *text)
{
    char path[2 * PATH_SIZE];

    path_in(bench, name, path);
    write_file(path, text, strlen(text));
}

struct mdm_bytes get_bytes(const struct bench *bench, const char *name)
{
    struct mdm_bytes bytes = {0};
    char path[2 * PATH_SIZE], part[4096];
    FILE *file;
    size_t size;

    path_in(bench, name, path);
    file = fopen(path, "rb");
    if (file == NULL)
        die("cannot read %s", path);
    while ((size = fread(part, 1, sizeof part, file)) > 0)
        (void)mdm_bytes_append(&bytes, part, size, NULL);
    (void)fclose(file);
    return bytes;
}

void make_folder(struct bench *bench, const char *name)
{
    char path[2 * PATH_SIZE];

    path_in(bench, name, path);
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        die("cannot make %s", path);
}

void remove_file(struct bench *bench, const char *name)
{
    char path[2 * PATH_SIZE];

    path_in(bench, name, path);
    if (unlink(path) != 0)
        die("cannot remove %s", path);
}

void visit_vendor_portal(struct bench *bench, const char *csr, const char *to, unsigned days)
{
    struct mdm_practice_order order = {.at = (mdm_time)time(NULL), .days = days};
    struct mdm_error err = {0};
    struct mdm_bytes upload = get_bytes(bench, csr), download = {0};

    check(&err, mdm_practice_issue_vendor(bench->apple, &upload, &order, &download, &err), "developer portal");
    put_bytes(bench, to, &download);
    mdm_bytes_free(&upload);
    mdm_bytes_free(&download);
}

void visit_push_portal(struct bench *bench, const char *request, const char *to, const char *renew)
{
    struct mdm_practice_order order = {.at = (mdm_time)time(NULL)};
    struct mdm_error err = {0};
    struct mdm_bytes upload = get_bytes(bench, request), download = {0};
    struct mdm_certs old = {0};

    if (renew != NULL) {
        struct mdm_bytes file = get_bytes(bench, renew);

        check(&err, mdm_certs_from_bytes(&file, renew, &old, &err), "push portal");
        order.renew = old.items[0];
        mdm_bytes_free(&file);
    }
    check(&err, mdm_practice_issue_push(bench->apple, &upload, &order, &download, &err), "push portal");
    put_bytes(bench, to, &download);
    mdm_certs_free(&old);
    mdm_bytes_free(&upload);
    mdm_bytes_free(&download);
}
