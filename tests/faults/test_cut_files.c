/* Files that are cut short or written anew while they are mapped: a tool that reads one goes on,
 * and every SIGBUS that is not of a guarded mapping is what it was before. */
#include "schemas/recording/recording.h"
#include "schemas/support/mapped_file.h"
#include "schemas/support/mapping_guard.h"
#include "schemas/trace/json/trace_json.h"
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGES = 8 };

static size_t page(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* A file of PAGES pages of the letter a, without a name. */
static int make_file(void)
{
    char *folder = unit_make_folder(), path[4200];
    snprintf(path, sizeof path, "%s/file", folder);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    char *bytes = malloc(PAGES * page());
    if (fd < 0 || !bytes)
        _exit(90);
    memset(bytes, 'a', PAGES * page());
    if (write(fd, bytes, PAGES * page()) != (ssize_t)(PAGES * page()))
        _exit(91);
    free(bytes);
    unit_remove_folder(folder);
    return fd;
}

/* Each in a process of its own: 0, the number of a condition that did not hold, or how it died. */
static int in_child(int (*test)(void))
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        signal(SIGBUS, SIG_DFL); /* a sanitizer has its own */
        _exit(test());
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

#define RUN(test) assert_int_equal(in_child(test), 0)

static bool is_default(void)
{
    struct sigaction now;
    return sigaction(SIGBUS, NULL, &now) == 0 && !(now.sa_flags & SA_SIGINFO) &&
           now.sa_handler == SIG_DFL;
}

/* ---- guarded ---- */

static int cut_and_read(void)
{
    struct mapped_file file;
    int fd = make_file();
    if (!is_default() || !mapped_file_open(&file, fd, MAP_SHARED) || is_default())
        return 1;
    if (file.bytes[5 * page()] != 'a' || mapped_file_is_cut(&file) || mapped_file_is_changed(&file))
        return 2;
    if (ftruncate(fd, (off_t)(3 * page())) != 0)
        return 3;
    volatile const char *bytes = file.bytes;
    if (bytes[5 * page() + 7] != 0 || bytes[PAGES * page() - 1] != 0)
        return 4; /* zeros from the page that was touched */
    if (bytes[3 * page() - 1] != 'a' || bytes[4 * page()] != 0)
        return 5; /* what is there is there; a page before those is repaired, too */
    /* What has been lost stays lost. */
    if (ftruncate(fd, (off_t)(PAGES * page())) != 0 || !mapped_file_is_cut(&file))
        return 6;
    mapped_file_close(&file);
    return mapping_guard_withdraw() && is_default() ? 0 : 7;
}

static int change_and_read(void)
{
    struct mapped_file file;
    int fd = make_file();
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = 1000}};
    if (!mapped_file_open(&file, fd, MAP_SHARED) || pwrite(fd, "b", 1, 0) != 1 ||
        futimens(fd, times) != 0)
        return 1;
    return mapped_file_is_cut(&file) ? 2 : mapped_file_is_changed(&file) ? 0 : 3;
}

/* More mappings than a block of the register has places, each with its own mark. */
static int many_mappings(void)
{
    enum { MANY = 200 };
    static struct mapped_file files[MANY];
    int fd = make_file();
    for (int i = 0; i < MANY; i++)
        if (!mapped_file_open(&files[i], fd, MAP_SHARED))
            return 1;
    if (mapping_guard_withdraw() && is_default())
        return 2; /* some are guarded yet */
    if (ftruncate(fd, 0) != 0)
        return 3;
    for (int i = 0; i < MANY; i += 3)
        if (*(volatile const char *)files[i].bytes != 0)
            return 4;
    for (int i = 0; i < MANY; i++) {
        if (atomic_load(&files[i].broken) != (i % 3 == 0))
            return 5;
        mapped_file_close(&files[i]);
    }
    return mapping_guard_withdraw() && is_default() ? 0 : 6;
}

/* A thread's SIGBUS on its way while memory is put in the place of the mapping. */
static bool comes_late(const void *address)
{
    siginfo_t info = {.si_signo = SIGBUS, .si_code = BUS_ADRERR, .si_addr = (void *)address};
    return syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), SIGBUS, &info) == 0;
}

static int replaced(void)
{
    static _Atomic bool broken;
    int fd = make_file();
    char *bytes = mmap(NULL, PAGES * page(), PROT_READ, MAP_SHARED, fd, 0);
    struct mapping_guard *guard = mapping_guard_add(bytes, PAGES * page(), &broken);
    struct mapping_guard *other = mapping_guard_add(&fd, sizeof fd, &broken);
    if (!guard || !other ||
        mmap(bytes, PAGES * page(), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
            bytes)
        return 1;
    mapping_guard_retire(guard);
    if (!comes_late(bytes + 3 * page()) || is_default() || atomic_load(&broken))
        return 2; /* passed on, as it was before there was a guard */
    if (!comes_late(bytes + PAGES * page()) || !is_default())
        return 3;
    mapping_guard_remove(other);
    return 0;
}

static void test_guarded(void **state)
{
    (void)state;
    RUN(cut_and_read);
    RUN(change_and_read);
    RUN(many_mappings);
    RUN(replaced);
}

/* ---- not of a guarded mapping ---- */

/* Touches a mapping of a file of nothing, which is not guarded, beside one that is. */
static void touch_other(void)
{
    static struct mapped_file file;
    int fd = make_file();
    if (!mapped_file_open(&file, fd, MAP_SHARED))
        _exit(80);
    volatile char *other = mmap(NULL, page(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (other == MAP_FAILED || ftruncate(fd, 0) != 0)
        _exit(81);
    (void)other[0];
}

static sigjmp_buf back;
static int seen;
static const void *seen_at;

static void with_info(int number, siginfo_t *info, void *context)
{
    sigset_t mask;
    seen = number == SIGBUS && info->si_code == BUS_ADRERR && context ? 1 : -1;
    seen_at = info->si_addr;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    if (!sigismember(&mask, SIGUSR1) || !sigismember(&mask, SIGBUS))
        seen = -2; /* as it was installed */
    siglongjmp(back, 1);
}

static void old_style(int number)
{
    seen = number == SIGBUS ? 2 : -1;
    siglongjmp(back, 1);
}

static int to_handler_with_info(void)
{
    struct sigaction theirs = {.sa_sigaction = with_info, .sa_flags = SA_SIGINFO};
    sigaddset(&theirs.sa_mask, SIGUSR1);
    sigaction(SIGBUS, &theirs, NULL);
    if (sigsetjmp(back, 1) == 0)
        touch_other();
    return seen == 1 && seen_at ? 0 : 1;
}

static int to_old_handler(void)
{
    signal(SIGBUS, old_style);
    if (sigsetjmp(back, 1) == 0)
        touch_other();
    return seen == 2 ? 0 : 1;
}

/* Once; then as if there were none. */
static int to_handler_once(void)
{
    struct sigaction theirs = {.sa_handler = old_style, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGBUS, &theirs, NULL);
    if (sigsetjmp(back, 1) == 0)
        touch_other();
    if (seen != 2)
        return 1;
    touch_other();
    return 2;
}

static int to_default(void)
{
    touch_other();
    return 1;
}

static int to_ignored(void)
{
    signal(SIGBUS, SIG_IGN);
    touch_other();
    return 1;
}

static int sent_to_ignored(void)
{
    struct mapped_file file;
    signal(SIGBUS, SIG_IGN);
    if (!mapped_file_open(&file, make_file(), MAP_SHARED))
        return 1;
    return raise(SIGBUS);
}

static int sent_to_default(void)
{
    struct mapped_file file;
    if (!mapped_file_open(&file, make_file(), MAP_SHARED))
        return 1;
    raise(SIGBUS);
    return 2;
}

static bool died_of_bus_error(int status)
{
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS;
}

static void test_passed_on(void **state)
{
    (void)state;
    RUN(to_handler_with_info);
    RUN(to_old_handler);
    assert_true(died_of_bus_error(in_child(to_handler_once)));
    assert_true(died_of_bus_error(in_child(to_default)));
    assert_true(died_of_bus_error(in_child(to_ignored)));
    RUN(sent_to_ignored);
    assert_true(died_of_bus_error(in_child(sent_to_default)));
}

/* ---- a handler that was installed later ---- */

static struct sigaction before_theirs;

static void calls_ours(int number, siginfo_t *info, void *context)
{
    seen++;
    before_theirs.sa_sigaction(number, info, context);
}

static int later_handler(void)
{
    static struct mapped_file file, second;
    struct sigaction theirs = {.sa_sigaction = calls_ours, .sa_flags = SA_SIGINFO}, now;
    int fd = make_file();
    if (!mapped_file_open(&file, fd, MAP_SHARED))
        return 1;
    sigaction(SIGBUS, &theirs, &before_theirs);
    if (!mapped_file_open(&second, fd, MAP_SHARED) || ftruncate(fd, 0) != 0)
        return 2;
    sigaction(SIGBUS, NULL, &now);
    if (now.sa_sigaction != calls_ours)
        return 3;
    if (*(volatile const char *)second.bytes != 0 || seen != 1)
        return 4; /* by way of theirs */
    mapped_file_close(&file);
    mapped_file_close(&second);
    if (mapping_guard_withdraw())
        return 5; /* theirs may call ours: it must stay */
    sigaction(SIGBUS, NULL, &now);
    return now.sa_sigaction == calls_ours ? 0 : 6;
}

static void test_later_handler(void **state)
{
    (void)state;
    RUN(later_handler);
}

/* ---- readers ---- */

struct rewriting {
    const char *path, *content;
    size_t length;
    _Atomic bool done;
};

/* As `cp other over it`: emptied, and written a piece at a time. */
static void *rewrite(void *argument)
{
    struct rewriting *rewriting = argument;
    while (!atomic_load(&rewriting->done)) {
        int fd = open(rewriting->path, O_WRONLY | O_TRUNC | O_CLOEXEC);
        for (size_t at = 0; at < rewriting->length;) {
            size_t piece = rewriting->length - at < 65536 ? rewriting->length - at : 65536;
            ssize_t written = write(fd, rewriting->content + at, piece);
            at += written > 0 ? (size_t)written : piece;
        }
        close(fd);
    }
    return NULL;
}

static char *make_json(size_t samples, size_t *length)
{
    char *text = NULL;
    FILE *stream = open_memstream(&text, length);
    fprintf(stream, "{\"0\": {\"samples\": [");
    for (size_t i = 0; i < samples; i++)
        fprintf(stream,
                "%s{\"timestamp_s\": %zu, \"reserved_memory_MB\": 2, \"allocated_memory_MB\": 1}",
                i ? ",\n" : "", i);
    fprintf(stream, "]}}\n");
    fclose(stream);
    return text;
}

static void test_rewritten_json(void **state)
{
    (void)state;
    enum { SAMPLES = 20000, MOST = 50000, ENOUGH = 20 };
    char *folder = unit_make_folder(), path[4200];
    snprintf(path, sizeof path, "%s/memory_trace_rank0.json", folder);
    struct rewriting rewriting = {.path = path};
    char *content = make_json(SAMPLES, &rewriting.length);
    rewriting.content = content;
    close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, rewrite, &rewriting), 0);
    int changed = 0;
    struct trace trace = {0};
    for (int i = 0; i < MOST && changed < ENOUGH; i++) {
        struct fault fault = {0};
        if (trace_json_read(path, TRACE_FULL, &trace, &fault)) {
            assert_int_equal(trace.iterations[0].samples.count, SAMPLES);
        } else {
            assert_int_equal(trace.count, 0);
            assert_non_null(strstr(fault.text, path));
            changed += strstr(fault.text, "changed while it was read") != NULL;
        }
    }
    atomic_store(&rewriting.done, true);
    pthread_join(thread, NULL);
    assert_int_equal(changed, ENOUGH);
    struct fault fault = {0};
    assert_true(trace_json_read(path, TRACE_FULL, &trace, &fault));
    trace_free(&trace);
    free(content);
    unit_remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_guarded),
        cmocka_unit_test(test_passed_on),
        cmocka_unit_test(test_later_handler),
        cmocka_unit_test(test_rewritten_json),
    };
    return cmocka_run_group_tests_name("faults_cut_files", tests, NULL, NULL);
}
