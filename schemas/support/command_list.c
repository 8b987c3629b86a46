#include "schemas/support/command_list.h"

#include <stddef.h>
#include <string.h>

const struct command_entry COMMAND_LIST[] = {
    {"sweep", "run_sweep", "try every way to parallelise a job, and log what fits in GPU memory"},
    {"trace", "trace_command", "record the GPU memory of a command's processes, unchanged"},
    {"monitor", "monitor_memory", "watch the GPU memory of a running job, rank by rank"},
    {"import", "import_logs", "make memory traces and a sweep's logs from logs of Megatron-LM"},
    {"export", "export_trace", "turn recordings of GPU memory into JSON, CSV or Chrome traces"},
    {"heatmap", "visualize_heatmap", "draw which configurations fit in GPU memory, as a heatmap"},
    {"breakdown", "visualize_breakdown", "draw what GPU memory goes to, as stacked bars"},
    {"tradeoff", "visualize_tradeoff", "draw GPU memory against speed, with what is worth running"},
    {"accuracy", "visualize_accuracy", "draw how well peak GPU memory is predicted"},
    {"comparison", "visualize_comparison", "compare a real run's GPU memory with its simulation"},
    {"report", "visualize_report", "write a report of memory traces, as a web page and a PDF"},
    {"analyze", "analyze_traces", "find leaks, spikes and imbalance in memory traces"},
    {"snapshot", "analyze_snapshot", "say what was in GPU memory, by PyTorch's memory snapshots"},
    {"estimate", "estimate_memory", "estimate a training job's GPU memory, by Megatron's formula"},
    {0},
};

const struct command_entry *command_list_find(const char *name)
{
    for (const struct command_entry *entry = COMMAND_LIST; entry->word; entry++)
        if (strcmp(entry->word, name) == 0 || strcmp(entry->name, name) == 0)
            return entry;
    return NULL;
}
