/* What others do to a recording while it is written: cut it short, overwrite it, close its
 * descriptor. The host lives, is told in one line, and nothing of its own is touched. */
#include "tests/unit/tracing.h"

#include "schemas/recording/recording_layout.h"

#include <errno.h>
#include <linux/fs.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define RECORDING QUIET_NAME ".gmtrace"

/* What the tracer of the tests may say on stderr, kept in a file of the folder. */
static char *folder, said_path[4200], path[4400];

static void begin(void)
{
    folder = unit_make_folder();
    snprintf(said_path, sizeof said_path, "%s/said", folder);
    snprintf(path, sizeof path, "%s/" RECORDING, folder);
}

/* Runs the test in a process of its own, as this one has handlers (cmocka's) and must not get ours.
 * Each condition has a number. */
static void run(int (*test)(void), int lines, const char *line)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        int said = open(said_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (said < 0 || dup2(said, STDERR_FILENO) < 0)
            _exit(99);
        close(said);
        signal(SIGBUS, SIG_DFL); /* a sanitizer has its own */
        _exit(test());
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    char text[4096] = "";
    FILE *said = fopen(said_path, "r");
    assert_non_null(said);
    size_t length = fread(text, 1, sizeof text - 1, said);
    fclose(said);
    text[length] = '\0';
    int found = 0;
    for (const char *at = text; (at = strchr(at, '\n')); at++)
        found++;
    if (status != 0 || found != lines || (line && (!strstr(text, line) || !strstr(text, path))))
        fail_msg("status %#x, and it said: %s", (unsigned)status, text);
}

static void end(void)
{
    unit_remove_folder(folder);
}

static bool is_default(void)
{
    struct sigaction now;
    return sigaction(SIGBUS, NULL, &now) == 0 && !(now.sa_flags & SA_SIGINFO) &&
           now.sa_handler == SIG_DFL;
}

static gmt_tracer *begin_tracing(double interval_s)
{
    gmt_options options = quiet();
    options.max_bytes = 1 << 20;
    options.interval_s = interval_s;
    gmt_tracer *tracer = start(folder, options);
    gmt_next_iteration(tracer, 0);
    return tracer;
}

/* ---- cut short ---- */

struct logging {
    gmt_tracer *tracer;
    _Atomic bool done;
};

static void *log_on(void *argument)
{
    struct logging *logging = argument;
    for (int64_t i = 0; !atomic_load(&logging->done); i++) {
        gmt_log_sample(logging->tracer, (uint64_t)i, 1);
        gmt_log_peak(logging->tracer, i, 1);
        gmt_mark(logging->tracer, "mark");
    }
    return NULL;
}

/* Under threads that log, and the sampling thread. */
static int cut_to(off_t length)
{
    struct logging logging = {.tracer = begin_tracing(0.001)};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        if (pthread_create(&threads[i], NULL, log_on, &logging) != 0)
            return 1;
    usleep(20000);
    if (truncate(path, length) != 0)
        return 2;
    usleep(50000);
    atomic_store(&logging.done, true);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    if (is_default())
        return 3;
    return gmt_stop(logging.tracer) != GMT_NOT_WRITTEN ? 4 : is_default() ? 0 : 5;
}

static int cut_to_nothing(void)
{
    return cut_to(0);
}

static int cut_in_the_extent(void)
{
    return cut_to(300000);
}

static int cut_in_the_ring(void)
{
    return cut_to(600000);
}

/* Logs peaks until there is an extent behind all that was there at first. */
static bool add_extent(gmt_tracer *tracer, off_t *first_bytes)
{
    enum { MOST = 400000, A_LOOK = 1000 };
    struct stat now;
    if (stat(path, &now) != 0)
        return false;
    *first_bytes = now.st_size;
    for (int64_t i = 0; now.st_size == *first_bytes && i < MOST; i++) {
        gmt_log_peak(tracer, i, 1);
        if (i % A_LOOK == 0 && (usleep(2000) != 0 || stat(path, &now) != 0))
            return false;
    }
    return now.st_size > *first_bytes;
}

static int cut_in_a_later_extent(void)
{
    off_t first_bytes;
    gmt_tracer *tracer = begin_tracing(0);
    if (!add_extent(tracer, &first_bytes) || truncate(path, first_bytes) != 0)
        return 1;
    for (int64_t i = 0; i < 400000; i++)
        gmt_log_peak(tracer, i, 1);
    return gmt_stop(tracer) == GMT_NOT_WRITTEN ? 0 : 2;
}

static void exit_well(int number)
{
    _exit(number == SIGBUS ? 0 : 98);
}

/* A file of the host's is none of ours, whatever has been mapped by then. */
static int other_file_beside_extents(void)
{
    off_t first_bytes;
    signal(SIGBUS, exit_well);
    gmt_tracer *tracer = begin_tracing(0);
    int fd = open(said_path, O_RDWR | O_CLOEXEC);
    if (!add_extent(tracer, &first_bytes) || fd < 0 || ftruncate(fd, 4096) != 0)
        return 1;
    volatile char *theirs = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (theirs == MAP_FAILED || ftruncate(fd, 0) != 0)
        return 2;
    theirs[0] = 1;
    return 3;
}

/* At the very end, where only the tracer itself looks. */
static int cut_and_stop(void)
{
    gmt_tracer *tracer = begin_tracing(0);
    gmt_log_sample(tracer, 1, 1);
    if (truncate(path, 4096) != 0)
        return 1;
    return gmt_stop(tracer) == GMT_NOT_WRITTEN ? 0 : 2;
}

/* What is left is not taken for the whole. */
static int refuse_the_rest(void)
{
    struct trace trace = {0};
    struct fault fault = {0};
    if (recording_read(path, TRACE_FULL, &trace, &fault))
        return 1;
    return strstr(fault.text, "it is not whole") ||
                   strstr(fault.text, "expected a recording") /* without its header */
               ? 0
               : 2;
}

static void test_cut_short(void **state)
{
    (void)state;
    int (*tests[])(void) = {cut_to_nothing, cut_in_the_extent, cut_in_the_ring,
                            cut_in_a_later_extent, cut_and_stop};
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
        begin();
        run(tests[i], 1, "another program has cut or overwritten it");
        assert_false(exists(folder, QUIET_NAME ".json"));
        run(refuse_the_rest, 0, NULL);
        end();
    }
}

static void test_other_files(void **state)
{
    (void)state;
    begin();
    run(other_file_beside_extents, 0, NULL);
    end();
}

/* ---- overwritten ---- */

static int copy_over(void)
{
    char command[9000];
    gmt_tracer *tracer = begin_tracing(0);
    snprintf(command, sizeof command, "head -c 3000000 /dev/zero | tr '\\0' x >'%s'", path);
    if (system(command) != 0) /* NOLINT(cert-env33-c): a path of our own making */
        return 1;
    usleep(50000);
    for (int64_t i = 0; i < 40000; i++)
        gmt_log_peak(tracer, i, 1);
    if (gmt_stop(tracer) != GMT_NOT_WRITTEN)
        return 2;
    /* The other's file is left as it is. */
    struct stat status;
    char *bytes = malloc(3000000);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) != 0 || status.st_size != 3000000 || !bytes ||
        read(fd, bytes, 3000000) != 3000000)
        return 3;
    for (int i = 0; i < 3000000; i++)
        if (bytes[i] != 'x')
            return 4;
    free(bytes);
    return 0;
}

/* In place: what stands in the header now would make the file grow without end. */
static int write_into(void)
{
    gmt_tracer *tracer = begin_tracing(0);
    struct stat before, after;
    char junk[4096];
    memset(junk, 0x7F, sizeof junk);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &before) != 0 || pwrite(fd, junk, sizeof junk, 0) != sizeof junk)
        return 1;
    usleep(50000);
    gmt_log_peak(tracer, 1, 1);
    if (gmt_stop(tracer) != GMT_NOT_WRITTEN || fstat(fd, &after) != 0)
        return 2;
    return after.st_size == before.st_size ? 0 : 3;
}

static void test_overwritten(void **state)
{
    (void)state;
    int (*tests[])(void) = {copy_over, write_into};
    for (int i = 0; i < 2; i++) {
        begin();
        run(tests[i], 1, "another program has cut or overwritten it");
        assert_false(exists(folder, QUIET_NAME ".json"));
        assert_true(exists(folder, RECORDING)); /* whoever's it is now */
        end();
    }
}

/* ---- the signal's handler ---- */

static int only_while_one_runs(void)
{
    gmt_options none = quiet();
    gmt_tracer *tracers[2];
    none.directory = "/proc/none";
    if (!is_default() || gmt_start(&none, &tracers[0]) == GMT_OK || !is_default())
        return 1;
    for (int i = 0; i < 2; i++) {
        gmt_options options = quiet();
        options.rank = i;
        tracers[i] = start(folder, options);
        if (is_default())
            return 2;
    }
    pid_t child = fork();
    if (child == 0)
        _exit(is_default() ? 0 : 1);
    int status = 0;
    if (waitpid(child, &status, 0) != child || status != 0)
        return 3;
    if (gmt_stop(tracers[0]) != GMT_OK || is_default())
        return 4;
    return gmt_stop(tracers[1]) == GMT_OK && is_default() ? 0 : 5;
}

static void test_handler(void **state)
{
    (void)state;
    begin();
    run(only_while_one_runs, 1, NULL); /* that of the start that failed */
    end();
}

/* ---- descriptors ---- */

enum { OWN_FILES = 64 };

/* As a daemon does: everything is closed, and files of its own get the numbers. */
static bool take_all_numbers(const char *own)
{
    for (int fd = 3; fd < 256; fd++)
        close(fd);
    for (int i = 0; i < OWN_FILES; i++) {
        int fd = open(own, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 3 || pwrite(fd, "12345678", 8, 0) != 8)
            return false;
    }
    return true;
}

/* None of them closed, none grown. */
static bool are_untouched(const char *own)
{
    struct stat status, now;
    if (stat(own, &status) != 0 || status.st_size != 8)
        return false;
    for (int fd = 3, found = 0; found < OWN_FILES; fd++)
        if (fd == 256)
            return false;
        else if (fstat(fd, &now) == 0 && now.st_ino == status.st_ino)
            found++;
    return true;
}

static const struct recording_header *map_header(void)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    void *header = mmap(NULL, sizeof(struct recording_header), PROT_READ, MAP_SHARED, fd, 0);
    assert_true(fd >= 0 && header != MAP_FAILED);
    close(fd);
    return header;
}

/* Whether the file has grown as the notes in it ask for. */
static bool has_room(const struct recording_header *header)
{
    uint64_t room = 0;
    for (unsigned k = 0; k < RECORDING_EXTENTS && atomic_load(&header->extents[k].offset); k++)
        room += recording_extent_records(k);
    return atomic_load(&header->claimed_notes) <= room / 2;
}

/* For which the file must grow. `header`: each time there is room, however busy the machine. */
static int log_peaks(gmt_tracer *tracer, const struct recording_header *header)
{
    for (int64_t i = 0; i < 40000; i++) {
        gmt_next_iteration(tracer, i);
        gmt_log_peak(tracer, i, MB);
        for (int k = 0; i % 1000 == 0 && header && !has_room(header) && k < 10000; k++)
            usleep(1000);
    }
    return 40000;
}

static int closed_by_the_host(void)
{
    char own[4200];
    struct trace trace = {0};
    snprintf(own, sizeof own, "%s/checkpoint.bin", folder);
    gmt_tracer *tracer = begin_tracing(0.002);
    const struct recording_header *header = map_header();
    if (!take_all_numbers(own))
        return 1;
    int peaks = log_peaks(tracer, header);
    read_trace(folder, RECORDING, &trace);
    if (trace.ending != TRACE_ENDED_NOT_YET)
        return 2; /* the lock is there */
    if (gmt_stop(tracer) != GMT_OK)
        return 3;
    read_trace(folder, QUIET_NAME ".json", &trace);
    if ((int)trace.count != peaks || trace.lost_records != 0)
        return 4;
    /* The process's memory comes from a file that is kept open as well. */
    size_t samples = 0;
    for (size_t i = 0; i < trace.count; i++)
        for (size_t k = 0; k < trace.iterations[i].samples.count; k++, samples++)
            if (!(trace.iterations[i].samples.allocated_mb[k] > 0.5))
                return 5;
    return samples < 10 ? 6 : are_untouched(own) ? 0 : 7;
}

/* The name is another file's by then: there is nothing to open again. */
static int closed_and_renamed(void)
{
    char own[4200], aside[4200];
    snprintf(own, sizeof own, "%s/checkpoint.bin", folder);
    snprintf(aside, sizeof aside, "%s/aside.gmtrace", folder);
    gmt_tracer *tracer = begin_tracing(0);
    const struct recording_header *header = map_header();
    if (rename(path, aside) != 0)
        return 1;
    int other = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (other < 0 || write(other, "theirs", 6) != 6 || !take_all_numbers(own))
        return 2;
    log_peaks(tracer, NULL);
    for (int k = 0; __atomic_load_n(&header->locked, __ATOMIC_RELAXED); k++)
        if (k == 10000 || usleep(1000) != 0)
            return 3;
    if (gmt_stop(tracer) != GMT_NOT_WRITTEN)
        return 4;
    char text[16] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, text, sizeof text) != 6 || strcmp(text, "theirs") != 0)
        return 5;
    return are_untouched(own) ? 0 : 6;
}

static void test_descriptors(void **state)
{
    (void)state;
#ifdef __SANITIZE_THREAD__
    skip(); /* it takes a number that changes hands for a race, which is what the test is about */
#endif
    begin();
    run(closed_by_the_host, 0, NULL);
    end();
    begin();
    run(closed_and_renamed, 1, "cannot be read");
    end();
}

/* ---- a full disk that copies what is written ---- */

static bool can_run(const char *format, const char *argument)
{
    char command[9000];
    snprintf(command, sizeof command, format, argument);
    return system(command) == 0; /* NOLINT(cert-env33-c): paths of our own making */
}

static bool fill(const char *disk)
{
    char name[4400];
    snprintf(name, sizeof name, "%s/filler", disk);
    int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600), error = 0;
    off_t end = 0;
    for (off_t piece = 64 << 20; fd >= 0 && piece >= 4096;) {
        error = posix_fallocate(fd, end, piece);
        if (error)
            piece /= 2;
        else
            end += piece;
    }
    close(fd);
    return error == ENOSPC;
}

/* The recording has all its room before the disk is full, or cannot grow on it. */
static int record_on_full_btrfs(bool grows)
{
    char disk[4160];
    if (snprintf(disk, sizeof disk, "%s/disk", folder) >= (int)sizeof disk)
        return 9;
    gmt_options options = quiet();
    options.max_bytes = 4 << 20;
    keep_all(!grows);
    gmt_tracer *tracer = start(disk, options);
    snprintf(path, sizeof path, "%s/" RECORDING, disk);
    int flags = 0, fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || ioctl(fd, FS_IOC_GETFLAGS, &flags) != 0 || !(flags & FS_NOCOW_FL))
        return 1;
    if (!fill(disk))
        return 2;
    gmt_next_iteration(tracer, 0);
    for (int i = 0; i < 40000; i++) {
        gmt_log_sample(tracer, MB + (grows ? (uint64_t)i : 0), MB);
        if (i % 20000 == 0)
            syncfs(fd); /* the next write to a page would be a copy */
        if (grows && i % 1000 == 0)
            usleep(12000);
    }
    struct trace trace = {0};
    struct fault fault = {0};
    if (!recording_read(path, TRACE_FULL, &trace, &fault) ||
        trace.iterations[0].samples.count + trace.iterations[0].dropped_samples != 40000 ||
        trace.iterations[0].samples.count < 14000 ||
        (trace.iterations[0].samples.count < 40000) != grows)
        return 3;
    (void)gmt_stop(tracer); /* there may be no room for the JSON file */
    return 0;
}

static void full_btrfs(bool grows)
{
    begin();
    bool mounted = can_run("truncate -s 128M '%s/image' 2>/dev/null", folder) &&
                   can_run("mkfs.btrfs -q \"%s/image\" >/dev/null 2>&1", folder) &&
                   can_run("cd '%s' && mkdir disk && mount -o loop image disk 2>/dev/null", folder);
    if (!mounted) {
        end();
        skip();
        return;
    }
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        (void)hush();
        signal(SIGBUS, SIG_DFL);
        _exit(record_on_full_btrfs(grows));
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(can_run("umount '%s/disk'", folder));
    end();
    assert_int_equal(status, 0);
}

static void test_full_btrfs(void **state)
{
    (void)state;
    full_btrfs(false);
    full_btrfs(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_other_files), cmocka_unit_test(test_cut_short),
        cmocka_unit_test(test_overwritten), cmocka_unit_test(test_handler),
        cmocka_unit_test(test_descriptors), cmocka_unit_test(test_full_btrfs),
    };
    return cmocka_run_group_tests_name("faults_taken_away", tests, NULL, NULL);
}
