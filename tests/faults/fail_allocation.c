/* Preloaded: fails one allocation of a program's own code, so that tests can fail each in turn.
 *
 * Calls count that are made from the text of the program itself, of libcjson (which allocates for
 * it) or of the object that FAIL_OBJECT names; those that libc, GLib and others make for themselves
 * do not. FAIL_PROGRAM is the program that is meant: what it starts is left alone. FAIL_STATE is a
 * file of three 64-bit numbers, which a program and its forks share: how many calls there were, the
 * one that fails (0: none), and where it was made (an offset into the object). */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <regex.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): libc has names of its own */
#define EXPORTED __attribute__((visibility("default")))
enum { MOST_RANGES = 8 };

struct state {
    _Atomic uint64_t calls;
    uint64_t failing, where;
};

struct range {
    uintptr_t base, begin, end;
};

static struct state *state;
static struct range ranges[MOST_RANGES];
static size_t range_count;

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);

static int add_ranges(struct dl_phdr_info *object, size_t size, void *context)
{
    (void)size;
    const char *wanted = context;
    const char *name = object->dlpi_name;
    bool counts =
        wanted ? strstr(name, wanted) != NULL : !*name || strstr(name, "libcjson") != NULL;
    for (int i = 0; counts && i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        if (part->p_type == PT_LOAD && (part->p_flags & PF_X) && range_count < MOST_RANGES)
            ranges[range_count++] =
                (struct range){object->dlpi_addr, object->dlpi_addr + part->p_vaddr,
                               object->dlpi_addr + part->p_vaddr + part->p_memsz};
    }
    return 0;
}

__attribute__((constructor)) static void begin(void)
{
    const char *program = getenv("FAIL_PROGRAM"), *path = getenv("FAIL_STATE");
    if (!program || !path || strcmp(program, program_invocation_short_name) != 0)
        return;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    void *memory = mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    dl_iterate_phdr(add_ranges, getenv("FAIL_OBJECT"));
    if (memory != MAP_FAILED)
        state = memory;
}

/* Is this the call that fails? */
static bool fails(const void *caller)
{
    uintptr_t address = (uintptr_t)caller;
    for (size_t i = 0; state && i < range_count; i++) {
        if (address < ranges[i].begin || address >= ranges[i].end)
            continue;
        if (atomic_fetch_add(&state->calls, 1) + 1 != state->failing)
            return false;
        state->where = address - ranges[i].base;
        errno = ENOMEM;
        return true;
    }
    return false;
}

#define FAILS() fails(__builtin_return_address(0))

/* What stands behind the function of that name. */
#define NEXT(name)                                                                                 \
    __extension__({                                                                                \
        __typeof__(&(name)) next;                                                                  \
        *(void **)&next = dlsym(RTLD_NEXT, #name);                                                 \
        next;                                                                                      \
    })

EXPORTED void *malloc(size_t size)
{
    return FAILS() ? NULL : __libc_malloc(size);
}

EXPORTED void *calloc(size_t count, size_t size)
{
    return FAILS() ? NULL : __libc_calloc(count, size);
}

EXPORTED void *realloc(void *memory, size_t size)
{
    return FAILS() ? NULL : __libc_realloc(memory, size);
}

EXPORTED void *reallocarray(void *memory, size_t count, size_t size)
{
    size_t bytes;
    if (FAILS() || __builtin_mul_overflow(count, size, &bytes))
        return NULL;
    return __libc_realloc(memory, bytes);
}

EXPORTED char *strdup(const char *text)
{
    return FAILS() ? NULL : NEXT(strdup)(text);
}

EXPORTED char *strndup(const char *text, size_t most)
{
    return FAILS() ? NULL : NEXT(strndup)(text, most);
}

EXPORTED int vasprintf(char **text, const char *format, va_list arguments)
{
    return FAILS() ? -1 : NEXT(vasprintf)(text, format, arguments);
}

EXPORTED int asprintf(char **text, const char *format, ...)
{
    if (FAILS())
        return -1;
    va_list arguments;
    va_start(arguments, format);
    int length = NEXT(vasprintf)(text, format, arguments);
    va_end(arguments);
    return length;
}

EXPORTED ssize_t getdelim(char **line, size_t *size, int end, FILE *stream)
{
    return FAILS() ? -1 : NEXT(getdelim)(line, size, end, stream);
}

EXPORTED ssize_t getline(char **line, size_t *size, FILE *stream)
{
    return FAILS() ? -1 : NEXT(getdelim)(line, size, '\n', stream);
}

EXPORTED FILE *open_memstream(char **text, size_t *length)
{
    return FAILS() ? NULL : NEXT(open_memstream)(text, length);
}

EXPORTED FILE *fopencookie(void *cookie, const char *mode, cookie_io_functions_t functions)
{
    return FAILS() ? NULL : NEXT(fopencookie)(cookie, mode, functions);
}

EXPORTED FILE *fopen(const char *path, const char *mode)
{
    return FAILS() ? NULL : NEXT(fopen)(path, mode);
}

EXPORTED FILE *fdopen(int fd, const char *mode)
{
    return FAILS() ? NULL : NEXT(fdopen)(fd, mode);
}

EXPORTED DIR *opendir(const char *path)
{
    return FAILS() ? NULL : NEXT(opendir)(path);
}

EXPORTED int scandir(const char *path, struct dirent ***entries,
                     int (*wanted)(const struct dirent *),
                     int (*compare)(const struct dirent **, const struct dirent **))
{
    return FAILS() ? -1 : NEXT(scandir)(path, entries, wanted, compare);
}

EXPORTED char *realpath(const char *path, char *resolved)
{
    return !resolved && FAILS() ? NULL : NEXT(realpath)(path, resolved);
}

EXPORTED int setenv(const char *name, const char *value, int replace)
{
    return FAILS() ? -1 : NEXT(setenv)(name, value, replace);
}

EXPORTED int regcomp(regex_t *compiled, const char *pattern, int flags)
{
    return FAILS() ? REG_ESPACE : NEXT(regcomp)(compiled, pattern, flags);
}

EXPORTED int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                            void *(*work)(void *), void *context)
{
    return FAILS() ? EAGAIN : NEXT(pthread_create)(thread, attributes, work, context);
}
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
