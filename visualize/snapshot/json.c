#include "visualize/snapshot/json.h"

#include "schemas/support/output_json.h"
#include "visualize/snapshot/findings.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Numbers of JSON are doubles: exact up to 2^53, which sizes and times are below. */
static bool add_bytes(cJSON *object, const char *key, uint64_t bytes)
{
    return cJSON_AddNumberToObject(object, key, (double)bytes) != NULL;
}

static bool add_time(cJSON *object, const char *key, int64_t time_us)
{
    return time_us == SNAPSHOT_NO_TIME ||
           cJSON_AddNumberToObject(object, key, (double)time_us) != NULL;
}

/* Addresses and streams may be past 2^53: they are texts. */
static bool add_address(cJSON *object, const char *key, uint64_t address)
{
    char text[32];
    snprintf(text, sizeof text, "0x%" PRIx64, address);
    return cJSON_AddStringToObject(object, key, text) != NULL;
}

static bool add_stream(cJSON *object, const char *key, uint64_t stream)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRIu64, stream);
    return cJSON_AddStringToObject(object, key, text) != NULL;
}

/* Puts an object into an array; false (and the object gone) where it could not be made. */
static bool append(cJSON *array, cJSON *object, bool whole)
{
    if (object && whole && cJSON_AddItemToArray(array, object))
        return true;
    cJSON_Delete(object);
    return false;
}

static bool add_level(cJSON *object, const char *name, const struct replay_level *level,
                      int64_t peak_us, const char *time_key)
{
    char key[64];
    snprintf(key, sizeof key, "peak_%s_bytes", name);
    bool added = add_bytes(object, key, level->peak);
    if (time_key)
        added = added && add_time(object, time_key, peak_us);
    snprintf(key, sizeof key, "start_%s_bytes", name);
    added = added && add_bytes(object, key, level->start);
    snprintf(key, sizeof key, "end_%s_bytes", name);
    return added && add_bytes(object, key, level->end);
}

static bool add_categories(cJSON *object, const uint64_t categories[MEMORY_CATEGORIES])
{
    cJSON *inner = cJSON_AddObjectToObject(object, "categories");
    bool added = inner != NULL;
    for (int i = 0; added && i < MEMORY_CATEGORIES; i++)
        if (categories[i])
            added = add_bytes(inner, memory_category_text((enum memory_category)i), categories[i]);
    return added;
}

static bool add_sites(cJSON *object, const char *key, const struct site_list *list,
                      const char *label_key, bool with_category)
{
    cJSON *array = cJSON_AddArrayToObject(object, key);
    bool added = array != NULL;
    for (size_t i = 0; added && i < list->count; i++) {
        const struct site_sum *site = &list->list[i];
        cJSON *item = cJSON_CreateObject();
        bool whole =
            item && cJSON_AddStringToObject(item, label_key, site->label) &&
            (!with_category ||
             cJSON_AddStringToObject(item, "category", memory_category_text(site->category))) &&
            add_bytes(item, "bytes", site->bytes) && add_bytes(item, "blocks", site->blocks);
        added = append(array, item, whole);
    }
    return added;
}

static bool add_segments(cJSON *object, const struct device_analysis *device)
{
    cJSON *array = cJSON_AddArrayToObject(object, "segments");
    bool added = array != NULL;
    for (size_t i = 0; added && i < device->segment_count; i++) {
        const struct segment_fact *segment = &device->segments[i];
        cJSON *item = cJSON_CreateObject();
        double pool[2] = {(double)segment->pool.id[0], (double)segment->pool.id[1]};
        bool whole = item && add_address(item, "address", segment->address) &&
                     add_bytes(item, "bytes", segment->size) &&
                     add_stream(item, "stream", segment->stream) &&
                     cJSON_AddItemToObject(item, "pool", cJSON_CreateDoubleArray(pool, 2)) &&
                     cJSON_AddBoolToObject(item, "small", segment->is_small) &&
                     cJSON_AddBoolToObject(item, "expandable", segment->is_expandable) &&
                     add_bytes(item, "active_bytes", segment->active) &&
                     add_bytes(item, "largest_free_bytes", segment->largest_free) &&
                     add_bytes(item, "inactive_split_bytes", segment->inactive_split);
        added = append(array, item, whole);
    }
    return added && add_bytes(object, "inactive_split_bytes", snapshot_inactive_split(device));
}

static bool add_ooms(cJSON *object, const struct device_analysis *device)
{
    cJSON *array = cJSON_AddArrayToObject(object, "out_of_memory");
    bool added = array != NULL;
    for (size_t i = 0; added && i < device->oom_count; i++) {
        const struct oom_fact *oom = &device->ooms[i];
        cJSON *item = cJSON_CreateObject();
        bool whole = item && cJSON_AddNumberToObject(item, "event", oom->step) &&
                     add_time(item, "time_us", oom->time_us) &&
                     cJSON_AddStringToObject(item, "site", oom->label) &&
                     add_bytes(item, "asked_bytes", oom->asked) &&
                     add_bytes(item, "device_free_bytes", oom->device_free) &&
                     add_bytes(item, "allocated_bytes", oom->allocated) &&
                     add_bytes(item, "reserved_bytes", oom->reserved);
        if (whole && oom->has_gaps)
            whole = add_bytes(item, "largest_gap_bytes", oom->largest_gap) &&
                    add_bytes(item, "free_in_segments_bytes", oom->in_gaps);
        added = append(array, item, whole);
    }
    return added;
}

static bool add_counts(cJSON *object, const struct device_analysis *device)
{
    cJSON *actions = cJSON_AddObjectToObject(object, "events_by_action");
    cJSON *wrong = cJSON_AddObjectToObject(object, "inconsistencies");
    bool added = actions && wrong;
    for (int i = 0; added && i < SNAPSHOT_ACTIONS; i++)
        if (device->actions[i])
            added = add_bytes(actions, snapshot_action_text((enum snapshot_action)i),
                              device->actions[i]);
    for (int i = 0; added && i < REPLAY_INCONSISTENCIES; i++)
        if (device->inconsistencies[i])
            added = add_bytes(wrong, replay_inconsistency_text((enum replay_inconsistency)i),
                              device->inconsistencies[i]);
    return added;
}

static bool add_findings(cJSON *object, const struct device_analysis *device)
{
    struct snapshot_finding findings[SNAPSHOT_MOST_FINDINGS];
    size_t count = snapshot_findings(device, findings);
    cJSON *array = cJSON_AddArrayToObject(object, "findings");
    bool added = array != NULL;
    for (size_t i = 0; added && i < count; i++) {
        cJSON *item = cJSON_CreateObject();
        bool whole =
            item && cJSON_AddStringToObject(item, "kind", findings[i].kind) &&
            cJSON_AddStringToObject(item, "text", findings[i].text) &&
            (!findings[i].advice || cJSON_AddStringToObject(item, "advice", findings[i].advice));
        added = append(array, item, whole);
    }
    return added;
}

static bool fill_device(cJSON *object, const struct device_analysis *device)
{
    return cJSON_AddNumberToObject(object, "device", (double)device->device) &&
           cJSON_AddNumberToObject(object, "events", (double)device->events) &&
           add_time(object, "first_time_us", device->first_us) &&
           add_time(object, "last_time_us", device->last_us) &&
           add_level(object, "allocated", &device->allocated, device->allocated_peak_us,
                     "peak_time_us") &&
           cJSON_AddNumberToObject(object, "peak_event", device->allocated.peak_step) &&
           add_level(object, "active", &device->active, SNAPSHOT_NO_TIME, NULL) &&
           add_level(object, "reserved", &device->reserved, device->reserved_peak_us,
                     "peak_reserved_time_us") &&
           add_bytes(object, "end_rounded_bytes", device->end_rounded) &&
           cJSON_AddBoolToObject(object, "wrapped", device->lost > 0) &&
           add_categories(object, device->categories) &&
           add_sites(object, "sites", &device->at_peak, "site", true) &&
           add_sites(object, "streams", &device->streams, "stream", false) &&
           add_sites(object, "pools", &device->pools, "pool", false) &&
           add_sites(object, "largest_blocks", &device->largest, "site", true) &&
           add_sites(object, "lived_through", &device->lived_through, "site", true) &&
           add_sites(object, "allocated_and_freed", &device->churned, "site", true) &&
           add_segments(object, device) && add_ooms(object, device) && add_counts(object, device) &&
           add_findings(object, device);
}

static bool fill_file(cJSON *object, const struct file_analysis *file,
                      const struct analysis_options *options)
{
    cJSON *devices;
    bool filled = cJSON_AddStringToObject(object, "file", file->path) &&
                  (file->rank < 0 || cJSON_AddNumberToObject(object, "rank", (double)file->rank)) &&
                  cJSON_AddStringToObject(object, "sites_by", site_by_text(options->by)) &&
                  (devices = cJSON_AddArrayToObject(object, "devices"));
    for (size_t i = 0; filled && i < file->device_count; i++) {
        cJSON *item = cJSON_CreateObject();
        filled = append(devices, item, item && fill_device(item, &file->devices[i]));
    }
    return filled;
}

/* ---- two runs ---- */

static bool fill_change(cJSON *object, const struct device_change *change)
{
    cJSON *categories, *sites;
    bool filled = cJSON_AddStringToObject(object, "file", change->file->path) &&
                  (change->file->rank < 0 ||
                   cJSON_AddNumberToObject(object, "rank", (double)change->file->rank)) &&
                  cJSON_AddNumberToObject(object, "device", (double)change->after->device) &&
                  add_bytes(object, "peak_before_bytes", change->before->allocated.peak) &&
                  add_bytes(object, "peak_after_bytes", change->after->allocated.peak) &&
                  (categories = cJSON_AddObjectToObject(object, "categories")) &&
                  (sites = cJSON_AddArrayToObject(object, "sites"));
    for (int i = 0; filled && i < MEMORY_CATEGORIES; i++)
        if (change->categories[i])
            filled =
                cJSON_AddNumberToObject(categories, memory_category_text((enum memory_category)i),
                                        (double)change->categories[i]) != NULL;
    for (size_t i = 0; filled && i < change->count; i++) {
        const struct site_change *site = &change->sites[i];
        if (site->before == site->after)
            continue;
        cJSON *item = cJSON_CreateObject();
        bool whole =
            item && cJSON_AddStringToObject(item, "site", site->label) &&
            cJSON_AddStringToObject(item, "category", memory_category_text(site->category)) &&
            add_bytes(item, "before_bytes", site->before) &&
            add_bytes(item, "after_bytes", site->after) &&
            add_bytes(item, "before_blocks", site->blocks_before) &&
            add_bytes(item, "after_blocks", site->blocks_after);
        filled = append(sites, item, whole);
    }
    return filled;
}

static bool add_difference(cJSON *object, const struct difference *difference)
{
    if (!difference)
        return true;
    cJSON *array = cJSON_AddArrayToObject(object, "difference");
    bool added = array != NULL;
    for (size_t i = 0; added && i < difference->count; i++) {
        cJSON *item = cJSON_CreateObject();
        added = append(array, item, item && fill_change(item, &difference->devices[i]));
    }
    return added;
}

/* ---- the whole ---- */

static bool add_files(cJSON *object, const struct json_input *input)
{
    cJSON *files = cJSON_AddArrayToObject(object, "files");
    bool added = files != NULL;
    for (size_t i = 0; added && i < input->count; i++) {
        cJSON *item = cJSON_CreateObject();
        added = append(files, item, item && fill_file(item, &input->files[i], input->options));
    }
    cJSON *unreadable = added ? cJSON_AddArrayToObject(object, "unreadable") : NULL;
    added = unreadable != NULL;
    for (size_t i = 0; added && i < input->unreadable_count; i++) {
        cJSON *item = cJSON_CreateObject();
        bool whole = item && cJSON_AddStringToObject(item, "file", input->unreadable[i].path) &&
                     cJSON_AddStringToObject(item, "why", input->unreadable[i].why.text);
        added = append(unreadable, item, whole);
    }
    return added;
}

bool json_write_analysis(const struct json_input *input, const char *path, struct fault *fault)
{
    cJSON *document = cJSON_CreateObject();
    bool whole = document &&
                 (input->several ? add_files(document, input)
                                 : fill_file(document, &input->files[0], input->options)) &&
                 add_difference(document, input->difference);
    if (!whole) {
        cJSON_Delete(document);
        document = NULL;
    }
    return output_json(path, document, fault);
}
