/* Tests of work/file.h: reading, writing, linking, folders, paths. */
#define _GNU_SOURCE /* RTLD_NEXT */
#include "scratch.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "store/file.h"

/* Calls that can be made to fail, and a diary of those that matter for durability. */
static struct {
    int link_error, sync_error, write_error;
    unsigned link_errors; /* so many calls fail with link_error */
    bool crumbs;          /* writes take one byte at most, and every other one is interrupted */
    unsigned writes;
    char diary[64];
} faults;

static void note(char what)
{
    size_t used = strlen(faults.diary);

    if (used + 1 < sizeof faults.diary)
        faults.diary[used] = what;
}

#define REAL(name, result, ...) ((result(*)(__VA_ARGS__))(uintptr_t)dlsym(RTLD_NEXT, name))

int linkat(int from, const char *name, int to, const char *to_name, int flags)
{
    note('l');
    if (faults.link_errors > 0) {
        faults.link_errors--;
        errno = faults.link_error;
        return -1;
    }
    return REAL("linkat", int, int, const char *, int, const char *, int)(from, name, to, to_name, flags);
}

int renameat(int from, const char *name, int to, const char *to_name)
{
    note('r');
    return REAL("renameat", int, int, const char *, int, const char *)(from, name, to, to_name);
}

int fsync(int fd)
{
    struct stat status;

    note(fstat(fd, &status) == 0 && S_ISDIR(status.st_mode) ? 'd' : 'f');
    if (faults.sync_error != 0) {
        errno = faults.sync_error;
        return -1;
    }
    return REAL("fsync", int, int)(fd);
}

ssize_t write(int fd, const void *data, size_t size)
{
    if (faults.write_error != 0 || (faults.crumbs && faults.writes++ % 2 == 0)) {
        errno = faults.write_error != 0 ? faults.write_error : EINTR;
        return -1;
    }
    return REAL("write", ssize_t, int, const void *, size_t)(fd, data, faults.crumbs && size > 1 ? 1 : size);
}

static struct mdm_dir *here(void)
{
    struct mdm_error err = {0};
    struct mdm_dir *dir = mdm_dir_open(".", &err);

    assert_non_null(dir);
    return dir;
}

static struct mdm_bytes text(const char *characters)
{
    struct mdm_bytes bytes = {0};

    assert_int_equal(mdm_bytes_append_text(&bytes, characters, NULL), 0);
    return bytes;
}

static struct mdm_bytes many(char c, size_t size)
{
    struct mdm_bytes bytes = {0};
    char *block = malloc(size);

    assert_non_null(block);
    memset(block, c, size);
    assert_int_equal(mdm_bytes_append(&bytes, block, size, NULL), 0);
    free(block);
    return bytes;
}

static void assert_no_temporary(const struct mdm_dir *dir)
{
    struct mdm_names names;

    assert_int_equal(mdm_dir_list(dir, &names, NULL), 0);
    for (size_t i = 0; i < names.count; i++)
        assert_null(strstr(names.items[i], ".mdmvendor-"));
    mdm_names_free(&names);
}

static int write_under_umask_0777(void)
{
    struct mdm_error err = {0};
    struct mdm_dir *dir = mdm_dir_open(".", &err), *sub = NULL, *made = NULL;
    struct mdm_bytes bytes = text("secret");
    struct stat status;
    int result = 1;

    (void)umask(0777);
    if (mdm_dir_sub_make(dir, "folder", &sub, &err) == 0 &&
        mdm_file_write(sub, "key", &bytes, 0600, MDM_FILE_NEW, &err) == 0 &&
        (made = mdm_dir_make("made", &err)) != NULL && stat("folder", &status) == 0 &&
        (status.st_mode & 07777) == 0700 && stat("made", &status) == 0 && (status.st_mode & 07777) == 0700 &&
        stat("folder/key", &status) == 0 && (status.st_mode & 07777) == 0600)
        result = 0;
    mdm_bytes_free(&bytes);
    mdm_dir_close(&made);
    mdm_dir_close(&sub);
    mdm_dir_close(&dir);
    return result;
}

static void modes_do_not_depend_on_umask(void **state)
{
    struct mdm_error err = {0};
    struct mdm_dir *dir = here(), *sub = NULL;
    struct mdm_bytes bytes = text("x");

    (void)state;
    (void)umask(0);
    assert_int_equal(mdm_file_write(dir, "key", &bytes, 0600, MDM_FILE_NEW, &err), 0);
    assert_mode("key", 0600);
    assert_int_equal(mdm_dir_sub_make(dir, "sub", &sub, &err), 0);
    assert_mode("sub", 0700);
    mdm_dir_close(&sub);
    (void)umask(0200);
    assert_int_equal(mdm_dir_sub_make(dir, "sub2", &sub, &err), 0);
    assert_mode("sub2", 0700);
    (void)umask(077);
    assert_int_equal(mdm_file_write(dir, "csr", &bytes, 0644, MDM_FILE_NEW, &err), 0);
    assert_mode("csr", 0644);
    assert_as_user(write_under_umask_0777);
    mdm_bytes_free(&bytes);
    mdm_dir_close(&sub);
    mdm_dir_close(&dir);
}

static void new_refuses_what_is_there(void **state)
{
    struct mdm_error err = {0};
    struct mdm_dir *dir = here();
    struct mdm_bytes bytes = text("second");

    (void)state;
    put_file("vendor.key", "first", 0600);
    assert_int_equal(mdm_file_write(dir, "vendor.key", &bytes, 0600, MDM_FILE_NEW, &err), -1);
    assert_int_equal(err.code, MDM_E_FAILED);
    assert_string_equal(err.text, "cannot write 'vendor.key': there is a file of that name already");
    assert_file("vendor.key", "first");
    assert_no_temporary(dir);
    mdm_bytes_free(&bytes);
    mdm_dir_close(&dir);
}

static void replace_leaves_the_old_file_whole_to_its_readers(void **state)
{
    struct mdm_error err = {0};
    struct mdm_dir *dir = here();
    struct mdm_bytes old = many('a', 100000), new = many('b', 5000), found = {0};
    struct stat status;
    int reader;

    (void)state;
    assert_int_equal(mdm_file_write(dir, "f", &old, 0600, MDM_FILE_NEW, &err), 0);
    reader = open("f", O_RDONLY);
    assert_int_equal(mdm_file_write(dir, "f", &new, 0600, MDM_FILE_REPLACE, &err), 0);
    assert_int_equal(fstat(reader, &status), 0);
    assert_int_equal(status.st_size, 100000);
    assert_int_equal(mdm_file_read(dir, "f", MDM_FILE_LIMIT, &found, NULL), MDM_FILE_READ);
    assert_true(mdm_bytes_equal(&found, &new));
    assert_no_temporary(dir);
    (void)close(reader);
    mdm_bytes_free(&old);
    mdm_bytes_free(&new);
    mdm_bytes_free(&found);
    mdm_dir_close(&dir);
}

static void replace_refuses_what_is_no_regular_file(void **state)
{
    struct mdm_dir *dir = here();
    struct mdm_bytes bytes = text("x");
    static const char *const names[] = {"fifo", "folder", "link"};

    (void)state;
    assert_int_equal(mkfifo("fifo", 0600), 0);
    assert_int_equal(mkdir("folder", 0700), 0);
    put_file("target", "target", 0600);
    assert_int_equal(symlink("target", "link"), 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct mdm_error err = {0};

        assert_int_equal(mdm_file_write(dir, names[i], &bytes, 0600, MDM_FILE_REPLACE, &err), -1);
        assert_non_null(strstr(err.text, names[i]));
    }
    assert_file("target", "target");
    assert_no_temporary(dir);
    mdm_bytes_free(&bytes);
    mdm_dir_close(&dir);
}

static void data_is_synced_before_and_the_folder_after_the_name(void **state)
{
    struct mdm_dir *dir = here();
    struct mdm_bytes bytes = text("x");

    (void)state;
#ifdef F_FULLFSYNC
    skip();
#endif
    memset(&faults, 0, sizeof faults);
    assert_int_equal(mdm_file_write(dir, "f", &bytes, 0600, MDM_FILE_NEW, NULL), 0);
    assert_string_equal(faults.diary, "fld");
    memset(&faults, 0, sizeof faults);
    assert_int_equal(mdm_file_write(dir, "f", &bytes, 0600, MDM_FILE_REPLACE, NULL), 0);
    assert_string_equal(faults.diary, "frd");
    memset(&faults, 0, sizeof faults);
    assert_int_equal(mdm_file_remove(dir, "f", NULL), 0);
    assert_string_equal(faults.diary, "d");
    mdm_bytes_free(&bytes);
    mdm_dir_close(&dir);
}

static void without_hard_links_new_still_works_and_still_refuses(void **state)
{
    struct mdm_error err = {0};
    struct mdm_dir *dir = here();
    struct mdm_bytes first = text("first"), second = text("second");

    (void)state;
    memset(&faults, 0, sizeof faults);
    faults.link_error = EPERM;
    faults.link_errors = 2;
    assert_int_equal(mdm_file_write(dir, "f", &first, 0600, MDM_FILE_NEW, &err), 0);
    assert_int_equal(mdm_file_write(dir, "f", &second, 0600, MDM_FILE_NEW, &err), -1);
    assert_non_null(strstr(err.text, "already"));
    assert_int_equal(faults.link_errors, 0);
    assert_file("f", "first");
    assert_mode("f", 0600);
    assert_no_temporary(dir);
    mdm_bytes_free(&first);
    mdm_bytes_free(&second);
    mdm_dir_close(&dir);
}

static void interrupted_and_partial_writes_are_finished(void **state)
{
    struct mdm_error err = {0};
    struct mdm_dir *dir = here();
    struct mdm_bytes bytes = many('x', 3000), found = {0};

    (void)state;
    memset(&faults, 0, sizeof faults);
    faults.crumbs = true;
    assert_int_equal(mdm_file_write(dir, "f", &bytes, 0600, MDM_FILE_NEW, &err), 0);
    faults.crumbs = false;
    assert_true(faults.writes >= 6000);
    assert_int_equal(mdm_file_read(dir, "f", MDM_FILE_LIMIT, &found, NULL), MDM_FILE_READ);
    assert_true(mdm_bytes_equal(&found, &bytes));
    mdm_bytes_free(&bytes);
    mdm_bytes_free(&found);
    mdm_dir_close(&dir);
}

static void full_disk_leaves_the_old_file_and_no_temporary(void **state)
{
    struct mdm_error err = {0};
    struct mdm_dir *dir = here();
    struct mdm_bytes bytes = text("new");

    (void)state;
    put_file("f", "old", 0600);
    memset(&faults, 0, sizeof faults);
    faults.write_error = ENOSPC;
    assert_int_equal(mdm_file_write(dir, "f", &bytes, 0600, MDM_FILE_REPLACE, &err), -1);
    faults.write_error = 0;
    assert_string_equal(err.text, "cannot write 'f': No space left on device");
    assert_non_null(strstr(err.hint, "Make room"));
    mdm_error_clear(&err);
    faults.sync_error = EIO;
    assert_int_equal(mdm_file_write(dir, "f", &bytes, 0600, MDM_FILE_REPLACE, &err), -1);
    faults.sync_error = 0;
    assert_string_equal(err.text, "cannot write 'f': Input/output error");
    assert_file("f", "old");
    assert_no_temporary(dir);
    mdm_bytes_free(&bytes);
    mdm_dir_close(&dir);
}

static void file_size_limit_leaves_no_temporary(void **state)
{
    struct mdm_error err = {0};
    struct mdm_dir *dir = here();
    struct mdm_bytes bytes = many('x', 20000);
    struct rlimit before, small;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 8192; /* the first write is cut short, the second fails */
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_int_equal(mdm_file_write(dir, "f", &bytes, 0600, MDM_FILE_NEW, &err), -1);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, handler);
    assert_string_equal(err.text, "cannot write 'f': File too large");
    assert_absent("f");
    assert_no_temporary(dir);
    mdm_bytes_free(&bytes);
    mdm_dir_close(&dir);
}

static void make_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    (void)close(fd);
}

static void reading_tells_what_is_no_file_and_never_waits(void **state)
{
    struct mdm_dir *dir = here(), *devices = mdm_dir_open("/dev", NULL);
    struct mdm_bytes bytes = {0};
    struct mdm_file_info info;

    (void)state;
    put_file("regular", "text", 0640);
    assert_int_equal(symlink("regular", "link"), 0);
    assert_int_equal(symlink("nowhere", "dangling"), 0);
    assert_int_equal(mkfifo("fifo", 0600), 0);
    assert_int_equal(mkdir("folder", 0700), 0);
    make_socket("socket");
    assert_int_equal(mdm_file_read(dir, "absent", 10, &bytes, NULL), MDM_FILE_ABSENT);
    assert_int_equal(mdm_file_read(dir, "folder", 10, &bytes, NULL), MDM_FILE_FOLDER);
    assert_int_equal(mdm_file_read(dir, "link", 10, &bytes, NULL), MDM_FILE_IRREGULAR);
    assert_int_equal(mdm_file_read(dir, "dangling", 10, &bytes, NULL), MDM_FILE_IRREGULAR);
    assert_int_equal(mdm_file_read(dir, "fifo", 10, &bytes, NULL), MDM_FILE_IRREGULAR);
    assert_int_equal(mdm_file_read(dir, "socket", 10, &bytes, NULL), MDM_FILE_IRREGULAR);
    assert_int_equal(mdm_file_read(devices, "zero", 10, &bytes, NULL), MDM_FILE_IRREGULAR);
    assert_int_equal(mdm_file_read(devices, "tty", 10, &bytes, NULL), MDM_FILE_IRREGULAR);
    assert_int_equal(bytes.size, 0);
    assert_int_equal(mdm_file_read(dir, "regular", 10, &bytes, &info), MDM_FILE_READ);
    assert_string_equal((const char *)bytes.data, "text");
    assert_int_equal(info.mode, 0640);
    assert_false(info.foreign);
    assert_int_equal(mdm_file_stat(dir, "fifo", NULL), MDM_FILE_IRREGULAR);
    assert_int_equal(mdm_file_stat(dir, "regular", NULL), MDM_FILE_READ);
    mdm_bytes_free(&bytes);
    mdm_dir_close(&devices);
    mdm_dir_close(&dir);
}

static void limit_is_exact_and_holds_for_files_that_grow(void **state)
{
    struct mdm_dir *dir = here(), *process = mdm_dir_open("/proc/self", NULL);
    struct mdm_bytes bytes = {0};

    (void)state;
    put_file("ten", "0123456789", 0600);
    assert_int_equal(mdm_file_read(dir, "ten", 9, &bytes, NULL), MDM_FILE_TOO_LARGE);
    assert_null(bytes.data);
    assert_int_equal(mdm_file_read(dir, "ten", 10, &bytes, NULL), MDM_FILE_READ);
    assert_int_equal(bytes.size, 10);
    mdm_bytes_free(&bytes);
    put_file("empty", "", 0600);
    assert_int_equal(mdm_file_read(dir, "empty", 10, &bytes, NULL), MDM_FILE_READ);
    assert_int_equal(bytes.size, 0);
    if (process != NULL) { /* these say that they are empty, and are not */
        assert_int_equal(mdm_file_read(process, "status", 10, &bytes, NULL), MDM_FILE_TOO_LARGE);
        assert_null(bytes.data);
        assert_int_equal(mdm_file_read(process, "status", MDM_FILE_LIMIT, &bytes, NULL), MDM_FILE_READ);
        assert_non_null(strstr((const char *)bytes.data, "Pid:"));
        mdm_bytes_free(&bytes);
    }
    mdm_dir_close(&process);
    mdm_dir_close(&dir);
}

static int read_forbidden(void)
{
    struct mdm_dir *dir = mdm_dir_open(".", NULL);
    struct mdm_bytes bytes = {0};
    struct mdm_file_info info;
    enum mdm_file_outcome outcome = mdm_file_read(dir, "forbidden", 10, &bytes, &info);
    char words[128];

    mdm_file_outcome_text(outcome, &info, words, sizeof words);
    mdm_dir_close(&dir);
    return outcome == MDM_FILE_UNREADABLE && info.error_number == EACCES &&
                   strcmp(words, "cannot be read: Permission denied") == 0
               ? 0
               : 1;
}

static void reading_what_is_forbidden_says_so(void **state)
{
    (void)state;
    put_file("forbidden", "x", 0000);
    assert_as_user(read_forbidden);
}

static void move_takes_a_file_elsewhere_and_replaces_nothing(void **state)
{
    struct mdm_dir *dir = here(), *to = NULL;
    struct mdm_error err = {0};

    (void)state;
    assert_int_equal(mdm_dir_sub_make(dir, "to", &to, NULL), 0);
    put_file("key", "secret", 0600);
    assert_int_equal(mdm_file_move(dir, "key", to, "key", &err), 0);
    assert_file("to/key", "secret");
    assert_absent("key");
    put_file("key", "another", 0600);
    assert_int_equal(mdm_file_move(dir, "key", to, "key", &err), -1);
    assert_file("to/key", "secret");
    assert_file("key", "another");
    mdm_dir_close(&to);
    mdm_dir_close(&dir);
}

static void copy_is_not_changed_with_its_source(void **state)
{
    struct mdm_dir *dir = here(), *to = NULL;

    (void)state;
    assert_int_equal(mdm_dir_sub_make(dir, "to", &to, NULL), 0);
    put_file("mdm.cer", "old", 0644);
    assert_int_equal(mdm_file_copy(dir, "mdm.cer", to, "mdm.cer", NULL, NULL), 0);
    put_file("mdm.cer", "overwritten in place", 0644);
    assert_file("to/mdm.cer", "old");
    assert_mode("to/mdm.cer", 0644);
    mdm_dir_close(&to);
    mdm_dir_close(&dir);
}

static void remove_takes_files_and_does_not_mind_absence(void **state)
{
    struct mdm_dir *dir = here();
    struct mdm_error err = {0};

    (void)state;
    put_file("f", "x", 0600);
    assert_int_equal(mdm_file_remove(dir, "f", &err), 0);
    assert_absent("f");
    assert_int_equal(mdm_file_remove(dir, "f", &err), 0);
    assert_int_equal(mkdir("folder", 0700), 0);
    assert_int_equal(mdm_file_remove(dir, "folder", &err), -1);
    assert_non_null(strstr(err.text, "cannot remove 'folder'"));
    mdm_dir_close(&dir);
}

static void sweep_takes_our_temporaries_alone(void **state)
{
    static const char *const others[] = {
        ".mdmvendor-1-0123456789abcde.tmp",
        ".mdmvendor-1-0123456789abcdefa.tmp",
        ".mdmvendor-1-0123456789ABCDEF.tmp",
        ".mdmvendor--0123456789abcdef.tmp",
        ".mdmvendor-1-0123456789abcdef.tmp2",
        "mdmvendor-1-0123456789abcdef.tmp",
        "x.mdmvendor-1-0123456789abcdef.tmp",
        "vendor.key",
        ".lock",
    };
    struct mdm_dir *dir = here();
    struct mdm_names names;

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        put_file(others[i], "x", 0600);
    put_file("target", "x", 0600);
    assert_int_equal(symlink("target", ".mdmvendor-2-0123456789abcdef.tmp"), 0);
    assert_int_equal(mkdir(".mdmvendor-3-0123456789abcdef.tmp", 0700), 0);
    put_file(".mdmvendor-4242-0123456789abcdef.tmp", "half a k", 0600);
    mdm_dir_sweep(dir);
    assert_absent(".mdmvendor-4242-0123456789abcdef.tmp");
    assert_int_equal(mdm_dir_list(dir, &names, NULL), 0);
    assert_int_equal(names.count, sizeof others / sizeof *others + 3);
    mdm_names_free(&names);
    mdm_dir_close(&dir);
}

/* The name that a write really uses is one that the sweep knows. */
static void sweep_takes_what_a_killed_write_leaves(void **state)
{
    struct mdm_dir *dir = here();
    struct mdm_bytes bytes = many('x', 20000);
    struct mdm_names names;
    pid_t child = fork();
    int status;

    (void)state;
    if (child == 0) {
        struct rlimit small = {.rlim_cur = 8192, .rlim_max = 8192};

        (void)signal(SIGXFSZ, SIG_DFL); /* kills in the middle of writing */
        (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0});
        (void)setrlimit(RLIMIT_FSIZE, &small);
        (void)mdm_file_write(dir, "f", &bytes, 0600, MDM_FILE_NEW, NULL);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(mdm_dir_list(dir, &names, NULL), 0);
    assert_int_equal(names.count, 1);
    assert_mode(names.items[0], 0600);
    mdm_names_free(&names);
    mdm_dir_sweep(dir);
    assert_int_equal(mdm_dir_list(dir, &names, NULL), 0);
    assert_int_equal(names.count, 0);
    mdm_names_free(&names);
    mdm_bytes_free(&bytes);
    mdm_dir_close(&dir);
}

static void folders_below_are_neither_links_nor_files(void **state)
{
    struct mdm_dir *dir = here(), *sub = NULL;
    struct mdm_error err = {0};
    bool exists = false;

    (void)state;
    assert_int_equal(mdm_dir_sub(dir, "absent", &sub, &err), 0);
    assert_null(sub);
    assert_int_equal(mkdir("real", 0700), 0);
    assert_int_equal(symlink("real", "link"), 0);
    put_file("file", "x", 0600);
    assert_int_equal(mdm_dir_sub(dir, "link", &sub, &err), -1);
    assert_string_equal(err.text, "'link' is a symbolic link where a folder is due");
    assert_non_null(strstr(err.hint, "--directory"));
    mdm_error_clear(&err);
    assert_int_equal(mdm_dir_sub_make(dir, "file", &sub, &err), -1);
    assert_string_equal(err.text, "'file' is a file where a folder is due");
    assert_int_equal(mdm_dir_sub_new(dir, "real", &sub, &exists, NULL), -1);
    assert_true(exists);
    assert_int_equal(mdm_dir_sub(dir, "real", &sub, NULL), 1);
    assert_string_equal(mdm_dir_path(sub), "real");
    mdm_dir_close(&sub);
    mdm_dir_remove_empty(dir, "real");
    assert_absent("real");
    assert_int_equal(mkdir("full", 0700), 0);
    put_file("full/f", "x", 0600);
    mdm_dir_remove_empty(dir, "full");
    assert_file("full/f", "x");
    mdm_dir_close(&dir);
}

static void missing_folder_is_named_with_a_hint(void **state)
{
    struct mdm_error err = {0};

    (void)state;
    assert_null(mdm_dir_open("no/such", &err));
    assert_string_equal(err.text, "there is no folder 'no/such'");
    assert_non_null(strstr(err.hint, "mkdir"));
    mdm_error_clear(&err);
    assert_null(mdm_dir_make("no/such", &err));
    assert_non_null(strstr(err.text, "cannot make the folder 'no/such'"));
}

static void folder_that_others_can_write_is_not_private(void **state)
{
    static const struct {
        mode_t mode;
        int outcome;
    } cases[] = {{0700, 0}, {0755, 0}, {0775, -1}, {0707, -1}, {01777, -1}};
    struct mdm_dir *dir;

    (void)state;
    assert_int_equal(mkdir("outputs", 0700), 0);
    dir = mdm_dir_open("outputs", NULL);
    assert_non_null(dir);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mdm_error err = {0};

        assert_int_equal(chmod("outputs", cases[i].mode), 0);
        assert_int_equal(mdm_dir_check_private(dir, "outputs", MDM_DIR_PROBE, &err), cases[i].outcome);
        if (cases[i].outcome != 0)
            assert_non_null(strstr(err.hint, "chmod go-w 'outputs'"));
    }
    assert_int_equal(chmod("outputs", 0700), 0);
    if (geteuid() == 0) {
        struct mdm_error err = {0};

        assert_int_equal(chown("outputs", 65533, 65533), 0);
        assert_int_equal(mdm_dir_check_private(dir, "outputs", MDM_DIR_PROBE, &err), -1);
        assert_non_null(strstr(err.text, "belongs to another user"));
    }
    mdm_dir_close(&dir);
}

static void names_are_sorted_by_byte(void **state)
{
    static const char *const expected[] = {".hidden", "A", "a", "b", "\xC3\xA4"};
    struct mdm_dir *dir = here();
    struct mdm_names names;

    (void)state;
    for (size_t i = 5; i > 0; i--)
        put_file(expected[i - 1], "", 0600);
    assert_int_equal(mdm_dir_list(dir, &names, NULL), 0);
    assert_int_equal(names.count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(names.items[i], expected[i]);
    mdm_names_free(&names);
    mdm_dir_close(&dir);
}

static void messages_show_paths_as_the_user_knows_them(void **state)
{
    struct mdm_dir *dir = here(), *sub = NULL, *root = mdm_dir_open("/", NULL);
    struct mdm_error err = {0};
    struct mdm_bytes bytes = text("x");

    (void)state;
    assert_int_equal(mdm_dir_sub_make(dir, "outputs", &sub, NULL), 0);
    put_file("outputs/vendor.key", "x", 0600);
    assert_int_equal(mdm_file_write(sub, "vendor.key", &bytes, 0600, MDM_FILE_NEW, &err), -1);
    assert_non_null(strstr(err.text, "'outputs/vendor.key'"));
    mdm_error_clear(&err);
    assert_int_equal(mdm_file_write(root, "dev", &bytes, 0600, MDM_FILE_REPLACE, &err), -1);
    assert_non_null(strstr(err.text, "'/dev'"));
    mdm_error_clear(&err);
    assert_int_equal(mdm_file_copy(dir, "\x1b[2J", sub, "x", NULL, &err), -1);
    assert_null(strchr(err.text, '\x1b'));
    mdm_bytes_free(&bytes);
    mdm_dir_close(&root);
    mdm_dir_close(&sub);
    mdm_dir_close(&dir);
}

static void long_paths_do_not_push_the_reason_out(void **state)
{
    struct mdm_error err = {0};
    struct mdm_bytes bytes = {0};
    char path[4000];

    (void)state;
    for (size_t i = 0; i + 2 < sizeof path; i += 2)
        memcpy(path + i, "\xC3\xA4", 2); /* one name of 2000 characters: longer than any file system takes */
    path[sizeof path - 2] = '\0';
    assert_int_equal(mdm_path_read(path, 10, &bytes, NULL, &err), -1);
    assert_non_null(strstr(err.text, "File name too long"));
    assert_memory_equal(err.text, "cannot read '\xC3\xA4", 15);
}

static void user_paths_follow_links_and_read_pipes(void **state)
{
    struct mdm_error err = {0};
    struct mdm_bytes bytes = {0};
    struct mdm_file_info info;
    pid_t writer;

    (void)state;
    put_file("f", "text", 0644);
    assert_int_equal(symlink("f", "link"), 0);
    assert_int_equal(mdm_path_read("link", 10, &bytes, &info, &err), 0);
    assert_string_equal((const char *)bytes.data, "text");
    assert_int_equal(info.mode, 0644);
    mdm_bytes_free(&bytes);
    assert_int_equal(mkfifo("fifo", 0600), 0);
    writer = fork();
    if (writer == 0) {
        int fd = open("fifo", O_WRONLY);

        for (int i = 0; i < 200000; i++)
            (void)!write(fd, "x", 1);
        _exit(0);
    }
    assert_int_equal(mdm_path_read("fifo", 1000000, &bytes, NULL, &err), 0);
    assert_int_equal(bytes.size, 200000);
    assert_int_equal(waitpid(writer, NULL, 0), writer);
    mdm_bytes_free(&bytes);
}

static void user_paths_are_bounded_and_no_folders(void **state)
{
    struct mdm_error err = {0};
    struct mdm_bytes bytes = {0};

    (void)state;
    assert_int_equal(mdm_path_read("/dev/zero", 100000, &bytes, NULL, &err), -1);
    assert_non_null(strstr(err.text, "'/dev/zero' holds more than 100000 bytes"));
    mdm_error_clear(&err);
    assert_int_equal(mdm_path_read(".", 10, &bytes, NULL, &err), -1);
    assert_string_equal(err.text, "'.' is a folder where a file is due");
    mdm_error_clear(&err);
    assert_int_equal(mdm_path_read("absent", 10, &bytes, NULL, &err), -1);
    assert_string_equal(err.text, "cannot read 'absent': No such file or directory");
    assert_int_equal(mdm_path_read("/dev/null", 10, &bytes, NULL, NULL), 0);
    assert_int_equal(bytes.size, 0);
}

static void do_nothing(int number)
{
    (void)number;
}

static void signal_ends_waiting_for_a_pipe(void **state)
{
    struct sigaction action = {.sa_handler = do_nothing}, before;
    struct mdm_bytes bytes = {0};
    struct mdm_file_info info;
    int both;

    (void)state;
    assert_int_equal(mkfifo("fifo", 0600), 0);
    assert_int_equal(sigaction(SIGALRM, &action, &before), 0);
    (void)alarm(1);
    assert_int_equal(mdm_path_read("fifo", 10, &bytes, &info, NULL), -1);
    assert_int_equal(info.error_number, EINTR); /* from open() */
    both = open("fifo", O_RDWR);
    assert_true(both >= 0);
    (void)alarm(1);
    assert_int_equal(mdm_path_read("fifo", 10, &bytes, &info, NULL), -1);
    assert_int_equal(info.error_number, EINTR); /* from read() */
    (void)close(both);
    assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
}

static void user_paths_are_written_whole(void **state)
{
    const char *scratch = *state;
    struct mdm_error err = {0};
    struct mdm_bytes bytes = text("pfx");
    char absolute[256];

    assert_int_equal(mdm_path_write("out.pfx", &bytes, 0600, MDM_FILE_NEW, &err), 0);
    assert_file("out.pfx", "pfx");
    assert_mode("out.pfx", 0600);
    (void)snprintf(absolute, sizeof absolute, "%s/absolute", scratch);
    assert_int_equal(mdm_path_write(absolute, &bytes, 0644, MDM_FILE_REPLACE, &err), 0);
    assert_file("absolute", "pfx");
    assert_int_equal(mdm_path_write(absolute, &bytes, 0644, MDM_FILE_NEW, &err), -1);
    assert_non_null(strstr(err.text, absolute));
    mdm_error_clear(&err);
    assert_int_equal(mdm_path_write("no/such", &bytes, 0600, MDM_FILE_NEW, &err), -1);
    assert_string_equal(err.text, "cannot write 'no/such': there is no folder 'no'");
    mdm_error_clear(&err);
    assert_int_equal(mdm_path_write("out/", &bytes, 0600, MDM_FILE_NEW, &err), -1);
    assert_string_equal(err.text, "cannot write 'out/': it names a folder, not a file");
    assert_int_equal(mdm_path_write("..", &bytes, 0600, MDM_FILE_NEW, NULL), -1);
    assert_int_equal(mdm_path_write("", &bytes, 0600, MDM_FILE_NEW, NULL), -1);
    mdm_bytes_free(&bytes);
}

#define SCRATCH_TEST(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(modes_do_not_depend_on_umask),
        SCRATCH_TEST(new_refuses_what_is_there),
        SCRATCH_TEST(replace_leaves_the_old_file_whole_to_its_readers),
        SCRATCH_TEST(replace_refuses_what_is_no_regular_file),
        SCRATCH_TEST(data_is_synced_before_and_the_folder_after_the_name),
        SCRATCH_TEST(without_hard_links_new_still_works_and_still_refuses),
        SCRATCH_TEST(interrupted_and_partial_writes_are_finished),
        SCRATCH_TEST(full_disk_leaves_the_old_file_and_no_temporary),
        SCRATCH_TEST(file_size_limit_leaves_no_temporary),
        SCRATCH_TEST(reading_tells_what_is_no_file_and_never_waits),
        SCRATCH_TEST(limit_is_exact_and_holds_for_files_that_grow),
        SCRATCH_TEST(reading_what_is_forbidden_says_so),
        SCRATCH_TEST(move_takes_a_file_elsewhere_and_replaces_nothing),
        SCRATCH_TEST(copy_is_not_changed_with_its_source),
        SCRATCH_TEST(remove_takes_files_and_does_not_mind_absence),
        SCRATCH_TEST(sweep_takes_our_temporaries_alone),
        SCRATCH_TEST(sweep_takes_what_a_killed_write_leaves),
        SCRATCH_TEST(folders_below_are_neither_links_nor_files),
        SCRATCH_TEST(missing_folder_is_named_with_a_hint),
        SCRATCH_TEST(folder_that_others_can_write_is_not_private),
        SCRATCH_TEST(names_are_sorted_by_byte),
        SCRATCH_TEST(messages_show_paths_as_the_user_knows_them),
        SCRATCH_TEST(long_paths_do_not_push_the_reason_out),
        SCRATCH_TEST(user_paths_follow_links_and_read_pipes),
        SCRATCH_TEST(user_paths_are_bounded_and_no_folders),
        SCRATCH_TEST(signal_ends_waiting_for_a_pipe),
        SCRATCH_TEST(user_paths_are_written_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
