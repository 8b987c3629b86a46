#include "schemas/configuration/configuration_json.h"
#include "schemas/support/output_file.h"
#include "sweep/plan/plan.h"

#include <math.h>

static void put_item(struct json_writer *json, const struct plan_item *item)
{
    bool left_out = item->left_out[0] != '\0';
    json_object_begin(json, NULL);
    json_put_count(json, "number", left_out ? -1 : item->entry.number);
    configuration_write_json(&item->entry.configuration, json);
    json_put_number(json, "theory_MB", item->theory_mb);
    json_put_text(json, "left_out", left_out ? item->left_out : NULL);
    json_put_bool(json, "skipped", item->entry.outcome == SWEEP_SKIPPED);
    json_end(json);
}

bool plan_write_json(const struct plan_rules *rules, const struct plan *plan, const char *path,
                     struct fault *fault)
{
    struct output_file file;
    if (!output_file_open(&file, path, fault))
        return false;
    struct json_writer json = json_writer_begin(file.stream);
    json_object_begin(&json, NULL);
    json_put_count(&json, "world_size", rules->world_size);
    json_put_count(&json, "kept", (int64_t)plan->kept);
    json_put_count(&json, "not_filling", (int64_t)plan->not_filling);
    json_array_begin(&json, "configurations");
    for (size_t i = 0; i < plan->count; i++)
        put_item(&json, &plan->items[i]);
    json_end(&json);
    json_end(&json);
    return output_file_commit(&file, fault);
}
