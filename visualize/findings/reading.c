#include "visualize/findings/reading.h"

#include <errno.h>
#include <stdlib.h>

bool reading_list(struct reading *reading, char *const *folders, size_t count,
                  const struct tag_filter *filter, struct fault *fault)
{
    *reading = (struct reading){.folders = calloc(count + 1, sizeof *reading->folders)};
    if (!reading->folders)
        return fault_set_errno(fault, ENOMEM, "%zu folders", count);
    for (size_t i = 0; i < count; i++) {
        if (!trace_folder_list(folders[i], filter, &reading->folders[i], fault)) {
            reading_free(reading);
            return false;
        }
        reading->folder_count++;
        reading->count += reading->folders[i].count;
    }
    reading->files = calloc(reading->count + 1, sizeof(void *));
    reading->facts = calloc(reading->count + 1, sizeof *reading->facts);
    reading->faults = calloc(reading->count + 1, sizeof *reading->faults);
    if (!reading->files || !reading->facts || !reading->faults) {
        fault_set_errno(fault, ENOMEM, "%zu traces", reading->count);
        reading_free(reading);
        return false;
    }
    size_t at = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < reading->folders[i].count; k++)
            reading->files[at++] = &reading->folders[i].files[k];
    return true;
}

/* One folder at work: its files' places in the whole, and how many were done before it. */
struct part {
    struct reading *reading;
    size_t first;
    trace_done_fn done;
    void *context;
};

static void visit(void *context, size_t index, const struct trace *trace, const struct fault *fault)
{
    const struct part *part = context;
    if (trace)
        part->reading->facts[part->first + index] = rank_facts_of(trace);
    else
        part->reading->faults[part->first + index] = *fault;
}

static void count_done(void *context, size_t done)
{
    const struct part *part = context;
    if (part->done)
        part->done(part->context, part->first + done);
}

void reading_read(struct reading *reading, unsigned jobs, trace_done_fn done, void *context)
{
    size_t first = 0;
    for (size_t i = 0; i < reading->folder_count; i++) {
        struct part part = {reading, first, done, context};
        trace_folder_read(&reading->folders[i], TRACE_FULL, jobs, visit, count_done, &part);
        first += reading->folders[i].count;
    }
}

void reading_free(struct reading *reading)
{
    for (size_t i = 0; i < reading->folder_count; i++)
        trace_folder_free(&reading->folders[i]);
    free(reading->folders);
    free(reading->files);
    free(reading->facts);
    free(reading->faults);
    *reading = (struct reading){0};
}
