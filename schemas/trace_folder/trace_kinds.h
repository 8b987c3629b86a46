/* Do the files of a folder belong to one run? Told by their names' tags. */
#ifndef SCHEMAS_TRACE_FOLDER_TRACE_KINDS_H
#define SCHEMAS_TRACE_FOLDER_TRACE_KINDS_H

#include "schemas/support/fault.h"
#include "schemas/trace/trace_name.h"

enum { TRACE_KINDS_MOST = 16 };

enum trace_kind_tags {
    TRACE_KIND_SWEEP, /* world size, layers, micro-batch size, experts */
    TRACE_KIND_RUN,   /* and the tensor, pipeline and data parallel sizes */
};

/* Start with all zero bytes. */
struct trace_kinds {
    size_t count; /* of different kinds; past TRACE_KINDS_MOST no more are told apart */
    struct {
        char text[320]; /* as --where takes it: "wd=8,l=40" */
        size_t count;
        const char *example;
    } list[TRACE_KINDS_MOST];
};

/* Counts a file. `example` is its name, which must live as long as the kinds. A tag that stands for
 * what its absence means (exp1, expNumNone) makes no difference. */
void trace_kinds_add(struct trace_kinds *kinds, enum trace_kind_tags tags,
                     const struct trace_name *name, const char *example);

/* The same for something else that tells its kind, in the words of --where. */
void trace_kinds_add_text(struct trace_kinds *kinds, const char *text, const char *example);

/* Sets the fault: the kinds with their numbers and examples, and that --where chooses. */
bool trace_kinds_refuse(const struct trace_kinds *kinds, struct fault *fault);

#endif
