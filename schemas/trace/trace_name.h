/* Trace file names: memory_trace_rank{R}[_{tags}].json or .gmtrace. See trace_name.md. */
#ifndef SCHEMAS_TRACE_TRACE_NAME_H
#define SCHEMAS_TRACE_TRACE_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum trace_format {
    TRACE_FORMAT_JSON,
    TRACE_FORMAT_RECORDING,
};

/* A tag: letters, then a value ("tp2"; "expNumNone"). Older spellings are stored as today's: "bs"
 * as "mbs", "ep" as "exp". Unknown ones are kept. */
struct name_tag {
    char key[16];
    char value[48];
};

enum { TRACE_NAME_MAX_TAGS = 24 };

struct trace_name {
    int64_t rank;
    enum trace_format format;
    size_t tag_count;
    struct name_tag tags[TRACE_NAME_MAX_TAGS]; /* in the order of the name */
};

/* Takes a file's name (without its folder) apart; false where it is not a trace's. */
bool trace_name_parse(const char *file_name, struct trace_name *name);

/* A tag's text, or NULL. `key` may be an older spelling. */
const char *trace_name_text(const struct trace_name *name, const char *key);

/* A tag's value where it is a whole number, else `otherwise`. A missing "dp" is wd/(tp*pp) where
 * these are there and divide. */
int64_t trace_name_number(const struct trace_name *name, const char *key, int64_t otherwise);

/* The pipeline stage of a rank: Megatron numbers the ranks so that those of one stage stand side by
 * side. -1 where the sizes are not known, or do not divide. */
int64_t trace_name_stage(int64_t rank, int64_t world_size, int64_t pp);

/* A choice among files, as --where has it: "wd=8192,l=96". Empty text chooses everything. */
struct tag_filter {
    size_t count;
    struct name_tag tags[TRACE_NAME_MAX_TAGS];
};
bool tag_filter_parse(const char *text, struct tag_filter *filter);

/* Every tag of the filter is in the name with that value; "rank" counts as a tag, and so does a
 * "dp" that follows from the others. */
bool tag_filter_matches(const struct tag_filter *filter, const struct trace_name *name);

/* Writes "memory_trace_rank{R}[_{tags}]" and the format's extension. `tags` may be "" and is used
 * as it is. False where it does not fit. */
bool trace_name_format(char *buffer, size_t size, int64_t rank, const char *tags,
                       enum trace_format format);

#endif
