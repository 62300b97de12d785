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
    assert_int_equal(mdm_file_copy(dir, "mdm.cer", to, "mdm.cer", 0777, NULL), 0);
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
    mdm_dir_sweep(dir, MDM_SWEEP_ALL);
    assert_absent(".mdmvendor-4242-0123456789abcdef.tmp");
    assert_int_equal(mdm_dir_list(dir, &names, NULL), 0);
    assert_int_equal(names.count, sizeof others / sizeof *others + 3);
    mdm_names_free(&names);
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

#define SCRATCH_TEST(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(new_refuses_what_is_there),
        SCRATCH_TEST(replace_leaves_the_old_file_whole_to_its_readers),
        SCRATCH_TEST(file_size_limit_leaves_no_temporary),
        SCRATCH_TEST(limit_is_exact_and_holds_for_files_that_grow),
        SCRATCH_TEST(move_takes_a_file_elsewhere_and_replaces_nothing),
        SCRATCH_TEST(copy_is_not_changed_with_its_source),
        SCRATCH_TEST(remove_takes_files_and_does_not_mind_absence),
        SCRATCH_TEST(sweep_takes_our_temporaries_alone),
        SCRATCH_TEST(names_are_sorted_by_byte),
        SCRATCH_TEST(long_paths_do_not_push_the_reason_out),
        SCRATCH_TEST(signal_ends_waiting_for_a_pipe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
