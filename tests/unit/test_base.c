/* Faults, files that are there whole or not at all, folders, workers. */
#include "schemas/support/fault.h"
#include "schemas/support/kept_descriptor.h"
#include "schemas/support/output_file.h"
#include "schemas/support/temporary_file.h"
#include "schemas/support/workers.h"
#include "tests/unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Number 0 is a descriptor, too: a host that closed standard input gets it. */
static void test_kept_descriptor(void **state)
{
    (void)state;
    struct kept_descriptor kept;
    struct stat status;
    int before = dup(STDIN_FILENO), null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(before > 2 && null > 2);
    assert_int_equal(dup2(null, STDIN_FILENO), STDIN_FILENO);
    assert_true(kept_descriptor_keep(&kept, STDIN_FILENO));
    assert_true(kept_descriptor_is_ours(&kept, &status));
    assert_true(S_ISCHR(status.st_mode));
    assert_int_equal(dup2(before, STDIN_FILENO), STDIN_FILENO);
    int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    assert_int_equal(dup2(zero, STDIN_FILENO), STDIN_FILENO);
    assert_false(kept_descriptor_is_ours(&kept, NULL));
    kept_descriptor_close(&kept);
    assert_true(fcntl(STDIN_FILENO, F_GETFD) >= 0);
    assert_int_equal(dup2(null, STDIN_FILENO), STDIN_FILENO);
    kept.fd = STDIN_FILENO;
    kept_descriptor_close(&kept);
    assert_int_equal(fcntl(STDIN_FILENO, F_GETFD), -1);
    assert_int_equal(dup2(before, STDIN_FILENO), STDIN_FILENO);
    assert_int_equal(close(before) | close(null) | close(zero), 0);
}

static void test_fault(void **state)
{
    (void)state;
    struct fault fault = {0};
    assert_false(fault_set(&fault, "%s:%d: what", "a\nb\x1b", 3));
    assert_string_equal(fault.text, "a\\x0Ab\\x1B:3: what");
    assert_false(fault_set_errno(&fault, ENOENT, "%s", "file"));
    assert_string_equal(fault.text, "file: No such file or directory");
    char *text = malloc(5000);
    assert_non_null(text);
    memset(text, 'x', 4999);
    text[4999] = '\0';
    fault_set(&fault, "%s", text);
    assert_true(strlen(fault.text) < sizeof fault.text);
    assert_string_equal(fault.text + strlen(fault.text) - 4, "x...");
    fault_set_errno(&fault, EACCES, "%s", text);
    assert_non_null(strstr(fault.text, "...: Permission denied"));
    free(text);
    assert_false(fault_set(NULL, "nobody listens"));
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* Hidden ones, too. */
static int entries_of(const char *folder)
{
    DIR *stream = opendir(folder);
    assert_non_null(stream);
    int count = -2; /* "." and ".." */
    while (readdir(stream))
        count++;
    closedir(stream);
    return count;
}

static void test_commit_and_abandon(void **state)
{
    (void)state;
    char *folder = unit_make_folder(), path[4200];
    snprintf(path, sizeof path, "%s/out", folder);
    struct output_file file;
    struct fault fault = {0};
    assert_true(output_file_open(&file, path, &fault));
    fputs("part", file.stream);
    fflush(file.stream);
    assert_false(exists(path)); /* nobody sees a part of it */
    output_file_abandon(&file);
    assert_int_equal(entries_of(folder), 0);

    assert_true(output_file_open(&file, path, &fault));
    fputs("whole", file.stream);
    assert_true(output_file_commit(&file, &fault));
    assert_true(exists(path));
    mode_t mask = umask(0);
    umask(mask);
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0666 & ~mask);

    assert_true(output_file_open(&file, path, &fault)); /* in the place of another */
    fputs("whole again", file.stream);
    assert_true(output_file_commit(&file, &fault));
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_size, strlen("whole again"));
    assert_int_equal(entries_of(folder), 1);
    unit_remove_folder(folder);
}

/* With a hidden name, as on file systems that have no files without. */
static void test_named_temporary_file(void **state)
{
    (void)state;
    char *folder = unit_make_folder(), path[4200];
    snprintf(path, sizeof path, "%s/out", folder);
    struct temporary_file file;
    assert_true(temporary_file_open(&file, path));
    assert_true(temporary_file_name(&file) && temporary_file_name(&file)); /* again: fine */
    assert_true(file.named && entries_of(folder) == 1 && !exists(path));
    assert_non_null(strstr(file.path, "/.out."));
    temporary_file_discard(&file);
    assert_int_equal(entries_of(folder), 0);

    /* A name may be as long as names get. */
    char longest[NAME_MAX + 1];
    memset(longest, 'n', NAME_MAX);
    longest[NAME_MAX] = '\0';
    snprintf(path, sizeof path, "%s/%s", folder, longest);
    assert_true(temporary_file_open(&file, path) && temporary_file_name(&file));
    temporary_file_discard(&file);
    assert_int_equal(entries_of(folder), 0);
    unit_remove_folder(folder);
}

enum { CANNOT_HIDE_PROC = 77 };

/* In a child that sees no /proc. */
static void write_without_proc(const char *path)
{
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", "/proc", "tmpfs", 0, NULL) != 0)
        _exit(CANNOT_HIDE_PROC);
    struct temporary_file unfinished;
    struct output_file file;
    struct fault fault = {0};
    bool named =
        temporary_file_open(&unfinished, path) && unfinished.named && exists(unfinished.path);
    temporary_file_discard(&unfinished);
    bool written = output_file_open(&file, path, &fault) && fputs("whole", file.stream) >= 0 &&
                   output_file_commit(&file, &fault);
    _exit(named && written ? 0 : 1);
}

/* Without /proc, or on a file system without unnamed files, the hidden name is there at once. */
static void test_named_from_the_start(void **state)
{
    (void)state;
    char *folder = unit_make_folder(), path[4200];
    snprintf(path, sizeof path, "%s/out", folder);
    pid_t child = fork();
    if (child == 0)
        write_without_proc(path);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT_HIDE_PROC)
        skip();
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_true(exists(path) && entries_of(folder) == 1);
    unit_remove_folder(folder);
}

/* A process that is killed while it writes leaves nothing behind. */
static void test_killed_while_writing(void **state)
{
    (void)state;
    char *folder = unit_make_folder(), path[4200];
    snprintf(path, sizeof path, "%s/out", folder);
    int has_unnamed = open(folder, O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
    if (has_unnamed < 0)
        skip();
    close(has_unnamed);
    pid_t child = fork();
    if (child == 0) {
        struct output_file file;
        if (output_file_open(&file, path, NULL) && fputs("part", file.stream) >= 0 &&
            fflush(file.stream) == 0)
            raise(SIGKILL);
        _exit(1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_int_equal(entries_of(folder), 0);
    unit_remove_folder(folder);
}

static void test_full_disk(void **state)
{
    (void)state;
    struct output_file file;
    struct fault fault = {0};
    if (!exists("/dev/full"))
        skip();
    /* A device is never replaced by a file. */
    assert_false(output_file_open(&file, "/dev/full", &fault));
    assert_non_null(strstr(fault.text, "/dev/full: cannot be written"));

    /* A write that fails is told at the commit, however early it failed, and leaves the old file as
     * it was. */
    char *folder = unit_make_folder(), path[4200];
    snprintf(path, sizeof path, "%s/out", folder);
    unit_write_file(folder, "out", "old", 3);
    struct rlimit before, none;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    none = before;
    none.rlim_cur = 4096;
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR && setrlimit(RLIMIT_FSIZE, &none) == 0);
    assert_true(output_file_open(&file, path, &fault));
    for (int i = 0; i < 200000; i++)
        fputs("new", file.stream);
    assert_false(output_file_commit(&file, &fault));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_non_null(strstr(fault.text, "could not be written: File too large"));
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_size, 3);
    unit_remove_folder(folder);
}

static void test_bad_places(void **state)
{
    (void)state;
    struct output_file file;
    struct fault fault = {0};
    char *folder = unit_make_folder(), path[4200];
    assert_false(output_file_open(&file, folder, &fault));
    assert_non_null(strstr(fault.text, "it is a folder"));
    assert_false(output_file_open(&file, "", &fault));
    snprintf(path, sizeof path, "%s/none/out", folder);
    assert_false(output_file_open(&file, path, &fault));
    assert_non_null(strstr(fault.text, "No such file"));
    unit_remove_folder(folder);
}

static void test_make_folders(void **state)
{
    (void)state;
    char *folder = unit_make_folder(), path[4300];
    struct fault fault = {0};
    snprintf(path, sizeof path, "%s/a//b/c/", folder);
    assert_true(make_folders(path, &fault));
    assert_true(exists(path));
    assert_true(make_folders(path, &fault));
    assert_true(make_folders("/", &fault) && make_folders(".", &fault));
    unit_write_file(folder, "file", "", 0);
    snprintf(path, sizeof path, "%s/file/x", folder);
    assert_false(make_folders(path, &fault));
    assert_non_null(strstr(fault.text, "is a file"));
    assert_false(make_folders("", &fault));
    unit_remove_folder(folder);
}

enum { PIECES = 10000 };

static void count_piece(void *context, size_t index, unsigned worker)
{
    atomic_uint *seen = context;
    assert_true(worker < 7);
    atomic_fetch_add(&seen[index], 1);
}

static void test_workers(void **state)
{
    (void)state;
    atomic_uint *seen = calloc(PIECES, sizeof *seen);
    assert_non_null(seen);
    workers_run(PIECES, 7, count_piece, seen);
    for (size_t i = 0; i < PIECES; i++)
        assert_int_equal(atomic_load(&seen[i]), 1);
    workers_run(0, 7, count_piece, seen);
    assert_int_equal(workers_count(0, 7), 1);
    assert_int_equal(workers_count(3, 7), 3);
    assert_true(workers_count(1000, 0) >= 1);
    free(seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fault),
        cmocka_unit_test(test_commit_and_abandon),
        cmocka_unit_test(test_named_temporary_file),
        cmocka_unit_test(test_named_from_the_start),
        cmocka_unit_test(test_killed_while_writing),
        cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_bad_places),
        cmocka_unit_test(test_make_folders),
        cmocka_unit_test(test_workers),
        cmocka_unit_test(test_kept_descriptor),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
