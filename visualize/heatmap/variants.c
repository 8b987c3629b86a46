#include "visualize/heatmap/variants.h"

#include "schemas/trace_folder/trace_kinds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool variants_agree(const struct heatmap_input *input, struct fault *fault)
{
    struct trace_kinds kinds = {0};
    int64_t world_size = -1;
    for (size_t i = 0; input->folder && i < input->folder->count; i++) {
        const struct trace_file *file = &input->folder->files[i];
        if (!input->figures[i].read || trace_name_number(&file->name, "tp", -1) < 1 ||
            trace_name_number(&file->name, "pp", -1) < 1)
            continue;
        trace_kinds_add(&kinds, TRACE_KIND_SWEEP, &file->name, file->base);
        world_size = trace_name_number(&file->name, "wd", world_size);
    }
    bool traces_agree = kinds.count < 2;
    for (size_t i = 0; input->log && i < input->log->count; i++) {
        const struct sweep_entry *entry = &input->log->entries[i];
        if (entry->dp < 1 || !variants_choose_entry(input->filter, entry))
            continue;
        int64_t logged = entry->tp * entry->pp * entry->dp;
        if (world_size < 0)
            world_size = logged;
        if (logged == world_size)
            continue;
        char text[64];
        snprintf(text, sizeof text, "wd=%lld", (long long)logged);
        trace_kinds_add_text(&kinds, text, "lines in the logs");
        traces_agree = false;
    }
    return traces_agree || trace_kinds_refuse(&kinds, fault);
}

bool variants_choose_entry(const struct tag_filter *filter, const struct sweep_entry *entry)
{
    const struct {
        const char *key;
        int64_t value;
    } known[] = {
        {"tp", entry->tp},
        {"pp", entry->pp},
        {"dp", entry->dp},
        {"nmbs", entry->micro_batches},
        {"gbs", entry->global_batch_size},
        {"wd", entry->dp > 0 ? entry->tp * entry->pp * entry->dp : -1},
    };
    for (size_t i = 0; filter && i < filter->count; i++)
        for (size_t k = 0; k < sizeof known / sizeof *known; k++)
            if (strcmp(filter->tags[i].key, known[k].key) == 0 && known[k].value >= 0 &&
                strtoll(filter->tags[i].value, NULL, 10) != known[k].value)
                return false;
    return true;
}

/* ---- duplicates ---- */

struct place {
    const struct trace_file *file;
};

static int compare_places(const void *a, const void *b)
{
    const struct trace_file *first = ((const struct place *)a)->file;
    const struct trace_file *second = ((const struct place *)b)->file;
    const char *keys[] = {"tp", "pp"};
    for (size_t i = 0; i < 2; i++) {
        int64_t left = trace_name_number(&first->name, keys[i], -1);
        int64_t right = trace_name_number(&second->name, keys[i], -1);
        if (left != right)
            return left < right ? -1 : 1;
    }
    return (first->name.rank > second->name.rank) - (first->name.rank < second->name.rank);
}

void variants_duplicates(const struct heatmap_input *input,
                         void (*found)(void *context, const struct trace_file *first,
                                       const struct trace_file *second),
                         void *context)
{
    if (!input->folder || input->folder->count < 2)
        return;
    struct place *sorted = calloc(input->folder->count, sizeof *sorted);
    if (!sorted)
        return;
    size_t count = 0;
    for (size_t i = 0; i < input->folder->count; i++)
        if (input->figures[i].read)
            sorted[count++].file = &input->folder->files[i];
    qsort(sorted, count, sizeof *sorted, compare_places);
    for (size_t i = 1; i < count; i++)
        if (compare_places(&sorted[i - 1], &sorted[i]) == 0)
            found(context, sorted[i - 1].file, sorted[i].file);
    free(sorted);
}
