/* Folders of traces, reduced to facts a rank: memory does not grow with the samples. */
#ifndef VISUALIZE_FINDINGS_READING_H
#define VISUALIZE_FINDINGS_READING_H

#include "visualize/findings/findings.h"

struct reading {
    size_t folder_count;
    struct trace_folder *folders;
    size_t count;
    const struct trace_file **files; /* of all folders */
    struct rank_facts *facts;        /* one a file; not read: the fault says why */
    struct fault *faults;
};

/* Lists the folders. Fails where one cannot be read. */
bool reading_list(struct reading *reading, char *const *folders, size_t count,
                  const struct tag_filter *filter, struct fault *fault);

/* Reads all files by several threads (0: one a processor). `done` may be NULL. */
void reading_read(struct reading *reading, unsigned jobs, trace_done_fn done, void *context);
void reading_free(struct reading *reading);

#endif
