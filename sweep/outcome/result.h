/* How a configuration's run ended, and its file: result.json in the configuration's folder. The
 * log's line is short and final; this says the rest. */
#ifndef SWEEP_OUTCOME_RESULT_H
#define SWEEP_OUTCOME_RESULT_H

#include "schemas/support/fault.h"
#include "schemas/support/json_writer.h"
#include "schemas/sweep_log/sweep_log.h"
#include "sweep/outcome/output_scan.h"

#include <stdint.h>

struct result {
    enum sweep_outcome outcome; /* SWEEP_PLANNED: none: ended on request, or not begun */
    int64_t status, signal;     /* -1: none */
    char cause[64];             /* as the log writes it */
    char detail[OUTPUT_SCAN_MESSAGE];
    char memory[16]; /* of an OOM: "device" or "host" */
    double tried_mb, capacity_mb, in_use_mb, free_mb;
    double seconds;
    int64_t started; /* seconds since the epoch */
    int64_t attempts;
    uint64_t output_bytes, output_left_out;
    char warning[256]; /* about the run itself: its log could not be written, say; or "" */
};

/* Nothing known yet. */
void result_begin(struct result *result);

/* The result's words for a log's line. */
void result_to_entry(const struct result *result, struct sweep_entry *entry);

/* Writes every value that is known, as members of the object that is open. */
void result_write_json(const struct result *result, struct json_writer *json);

bool result_write(const char *path, const struct result *result, struct fault *fault);

/* False where there is none, or none that can be read. */
bool result_read(const char *path, struct result *result, struct fault *fault);

#endif
