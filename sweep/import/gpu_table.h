/* What `nvidia-smi --query-gpu=... --format=csv -l N` prints: the use of a machine's GPUs. */
#ifndef SWEEP_IMPORT_GPU_TABLE_H
#define SWEEP_IMPORT_GPU_TABLE_H

#include "sweep/import/imported_run.h"

/* Is this the beginning of such a table: has its first line a column "memory.used [MiB]"? */
bool gpu_table_is(const char *bytes, size_t length);

/* Reads one into a run that has just begun: a rank per GPU, one iteration. */
bool gpu_table_read(struct import_run *run, const char *path, struct fault *fault);

#endif
