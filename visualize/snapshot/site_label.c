#include "visualize/snapshot/sites.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Python files that call others' code and are never the answer, as long as there is another. */
static const char *const PASSED_OVER[] = {
    "/torch/", "/einops/", "<frozen ", "/contextlib.py", "/functools.py",
};

/* Of torch's own, these are. */
static const char *const OF_INTEREST[] = {
    "/torch/optim/",
    "/torch/distributed/",
    "/torch/nn/parallel/",
};

/* C++ functions of the allocator, the dispatcher, the interpreter and the threads' own: parts of
 * their names, and beginnings. */
static const char *const MACHINERY[] = {
    "torch::unwind",
    "CapturedTraceback",
    "gather_with_cpp",
    "c10::",
    "at::detail::",
    "at::_ops::",
    "wrapper_CUDA",
    "create_out",
    "set_output",
    "torch::autograd::",
    "vectorcall",
    "cfunction",
    "std::error_code",
    "pthread",
    "__clone",
    "__libc",
    "run_mod",
    "run_eval",
    "pymain",
    "pyrun",
    "at::TensorIterator",
    "at::TensorBase",
    "at::meta::",
    "at::empty",
    "at::native::empty",
    "at::(anonymous namespace)",
};
static const char *const MACHINERY_BEGINS[] = {"Py", "_Py", "_start", "slot_"};

#define LENGTH(array) (sizeof(array) / sizeof *(array))

static bool has_any(const char *text, const char *const *parts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strstr(text, parts[i]))
            return true;
    return false;
}

static bool begins_with_any(const char *text, const char *const *parts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strncmp(text, parts[i], strlen(parts[i])) == 0)
            return true;
    return false;
}

/* From what tells most to what tells least. */
enum worth { WORTH_OWN, WORTH_LIBRARY, WORTH_BACKWARD, WORTH_CPP, WORTH_MACHINERY, WORTHS };

static enum worth worth_of_cpp(const char *function)
{
    /* A node of the backward pass: MmBackward0::apply. */
    if (strstr(function, "Backward") && strstr(function, "::apply("))
        return WORTH_BACKWARD;
    return has_any(function, MACHINERY, LENGTH(MACHINERY)) ||
                   begins_with_any(function, MACHINERY_BEGINS, LENGTH(MACHINERY_BEGINS))
               ? WORTH_MACHINERY
               : WORTH_CPP;
}

static enum worth worth_of(const char *file, const char *function)
{
    size_t length = strlen(file);
    bool python = (length > 3 && strcmp(file + length - 3, ".py") == 0) || file[0] == '<';
    if (!python)
        return worth_of_cpp(function);
    bool passed = has_any(file, PASSED_OVER, LENGTH(PASSED_OVER)) &&
                  !has_any(file, OF_INTEREST, LENGTH(OF_INTEREST));
    return passed ? WORTH_LIBRARY : WORTH_OWN;
}

/* The last two parts of a path: "core/attention.py". */
static const char *short_path(const char *path)
{
    const char *slash = strrchr(path, '/');
    while (slash && slash > path && slash[-1] != '/')
        slash--;
    return slash ? slash : path;
}

/* A C++ function without its arguments and namespaces that all have. */
static void put_function(FILE *stream, const char *function)
{
    static const char generated[] = "torch::autograd::generated::";
    if (strncmp(function, generated, sizeof generated - 1) == 0)
        function += sizeof generated - 1;
    const char *end = function;
    while (*end && (*end != '(' || strncmp(end, "(anonymous", 10) == 0))
        end++;
    fprintf(stream, "%.*s", (int)(end - function < 100 ? end - function : 100), function);
}

static void put_frame(FILE *stream, const struct snapshot *snapshot,
                      const struct snapshot_frame *frame, enum site_by by)
{
    const char *file = snapshot_text(snapshot, frame->file);
    bool python = worth_of(file, "") < WORTH_BACKWARD;
    if (python)
        fputs(short_path(file), stream);
    else if (by == SITE_BY_FILE)
        fputs(*file ? short_path(file) : "??", stream);
    if (by == SITE_BY_FILE)
        return;
    if (python && by != SITE_BY_FUNCTION && frame->line > 0)
        fprintf(stream, ":%" PRId64, frame->line);
    if (python)
        fputc(' ', stream);
    put_function(stream, snapshot_text(snapshot, frame->function));
}

char *site_label(const struct snapshot *snapshot, uint32_t number, enum site_by by, unsigned depth)
{
    const struct snapshot_stack *stack = &snapshot->stacks[number];
    enum worth best = WORTHS;
    for (size_t i = 0; i < stack->count; i++) {
        const struct snapshot_frame *frame =
            &snapshot->frames[snapshot->stack_frames[stack->first + i]];
        enum worth worth = worth_of(snapshot_text(snapshot, frame->file),
                                    snapshot_text(snapshot, frame->function));
        if (worth < best)
            best = worth;
    }
    char *label = NULL;
    size_t size;
    FILE *stream = open_memstream(&label, &size);
    if (!stream)
        return NULL;
    unsigned put = 0;
    for (size_t i = 0; i < stack->count && put < depth; i++) {
        const struct snapshot_frame *frame =
            &snapshot->frames[snapshot->stack_frames[stack->first + i]];
        if (worth_of(snapshot_text(snapshot, frame->file),
                     snapshot_text(snapshot, frame->function)) != best)
            continue;
        if (put++ > 0)
            fputs(" < ", stream);
        put_frame(stream, snapshot, frame, by);
    }
    if (put == 0)
        fputs("(no stack)", stream);
    if (fclose(stream) == 0)
        return label;
    free(label);
    return NULL;
}
