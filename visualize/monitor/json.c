#include "schemas/support/json_writer.h"
#include "schemas/support/output_file.h"
#include "visualize/monitor/outputs.h"

#include <math.h>

static void put_bytes(struct json_writer *json, const char *key, uint64_t bytes)
{
    if (bytes != RECORDING_NOT_KNOWN)
        json_put_number(json, key, (double)bytes);
}

static void put_row(struct json_writer *json, const struct rank_row *row)
{
    json_object_begin(json, NULL);
    json_put_count(json, "rank", row->rank);
    json_put_text(json, "state", rank_state_word(row->state));
    json_put_text(json, "level", alert_word(row->level));
    json_put_count(json, "tp", row->tp);
    json_put_count(json, "pp", row->pp);
    json_put_count(json, "stage", row->stage);
    put_bytes(json, "allocated_bytes", row->allocated);
    put_bytes(json, "reserved_bytes", row->reserved);
    put_bytes(json, "peak_bytes", row->peak);
    put_bytes(json, "static_bytes", row->static_bytes);
    put_bytes(json, "used_bytes", row->used);
    put_bytes(json, "device_bytes", row->total ? row->total : RECORDING_NOT_KNOWN);
    json_put_number(json, "percent", row->percent);
    if (row->has_iteration)
        json_put_number(json, "iteration", (double)row->iteration);
    json_put_number(json, "samples_per_s", row->samples_per_s);
    json_put_number(json, "alive", row->alive_s > 0 ? row->alive_s : NAN);
    json_put_text(json, "trace", row->name);
    json_end(json);
}

bool output_look_json(const struct watch *watch, const char *path, struct fault *fault)
{
    const struct ranks *ranks = watch_rows(watch);
    struct output_file file;
    if (!output_file_open(&file, path, fault))
        return false;
    struct json_writer json = json_writer_begin(file.stream);
    json_object_begin(&json, NULL);
    json_put_number(&json, "time", ranks_realtime_s());
    json_put_text(&json, "kind", watch_shows_gpus(watch) ? "gpu" : "rank");
    json_array_begin(&json, "rows");
    for (size_t i = 0; i < ranks->count; i++)
        put_row(&json, &ranks->rows[i]);
    json_end(&json);
    json_end(&json);
    return output_file_commit(&file, fault);
}
