#include "tracer/estimator/model/model_file.h"

#include "schemas/support/input_file.h"
#include "tracer/estimator/model/hugging_face.h"
#include "tracer/estimator/model/presets.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_FILE = 1 << 20 }; /* a model file has some lines */

/* The whole file as text; NULL with the fault set. */
static char *read_text(const char *path, struct fault *fault)
{
    size_t length;
    char *text = input_file_read(path, "a model file", LARGEST_FILE, &length, fault);
    if (!text || strlen(text) == length)
        return text;
    fault_set(fault, "%s: not JSON, at byte %zu: a NUL", path, strlen(text));
    free(text);
    return NULL;
}

static bool unknown_key(const char *path, const char *key, struct fault *fault)
{
    const char *nearest = setting_nearest(key);
    char named[64] = "";
    for (size_t i = 0; nearest && nearest[i] && i < sizeof named - 1; i++)
        named[i] = nearest[i];
    for (char *dash; (dash = strchr(named, '-'));)
        *dash = '_';
    return fault_set(fault, "%s: '%s': there is no such key%s%s%s", path, key,
                     nearest ? "; is it '" : "", named, nearest ? "'?" : "");
}

static bool take_value(const char *path, const struct setting *setting, const cJSON *item,
                       struct model_settings *settings, struct fault *fault)
{
    char text[512];
    struct fault why = {0};
    bool words = setting->kind == SETTING_CHOICE || setting->kind == SETTING_LAYERS ||
                 setting->kind == SETTING_MODULES || setting->kind == SETTING_TEXT ||
                 setting->kind == SETTING_VERSION;
    if (cJSON_IsBool(item) && setting->kind == SETTING_SWITCH)
        snprintf(text, sizeof text, "%s", cJSON_IsTrue(item) ? "true" : "false");
    else if (cJSON_IsNumber(item) && setting->kind != SETTING_SWITCH &&
             setting->kind != SETTING_CHOICE && setting->kind != SETTING_TEXT &&
             setting->kind != SETTING_MODULES && setting->kind != SETTING_VERSION)
        snprintf(text, sizeof text, "%.17g", item->valuedouble);
    else if (cJSON_IsString(item) && words && strlen(item->valuestring) < sizeof text)
        snprintf(text, sizeof text, "%s", item->valuestring);
    else
        return fault_set(fault, "%s: '%s': expected %s", path, item->string,
                         setting->kind == SETTING_SWITCH ? "true or false"
                         : words                         ? setting->value
                                                         : "a number");
    if (setting_take(setting, text, settings, &why))
        return true;
    return fault_set(fault, "%s: '%s'%s", path, item->string, strchr(why.text, ':'));
}

/* Of two values for one thing none is taken: which would be a guess. */
static bool is_repeated(const cJSON *first, const cJSON *item)
{
    const struct setting *setting = setting_find(item->string, strlen(item->string));
    for (; first != item; first = first->next)
        if (strcmp(first->string, item->string) == 0 ||
            (setting && setting_find(first->string, strlen(first->string)) == setting))
            return true;
    return false;
}

static bool take_item(const char *path, const cJSON *item, struct model_settings *settings,
                      struct fault *fault)
{
    if (strcmp(item->string, "name") == 0) {
        if (!cJSON_IsString(item))
            return fault_set(fault, "%s: 'name': expected text", path);
        snprintf(settings->name, sizeof settings->name, "%s", item->valuestring);
        return true;
    }
    const struct setting *setting = setting_find(item->string, strlen(item->string));
    return setting ? take_value(path, setting, item, settings, fault)
                   : unknown_key(path, item->string, fault);
}

/* ---- Hugging Face's ---- */

static bool is_hugging_face(const cJSON *object)
{
    return cJSON_IsString(cJSON_GetObjectItemCaseSensitive(object, "model_type"));
}

static bool look_up(const void *of, const char *key, char *text, size_t size)
{
    cJSON *item = cJSON_GetObjectItemCaseSensitive(of, key);
    if (!item || cJSON_IsNull(item))
        return false;
    if (cJSON_IsString(item))
        return (size_t)snprintf(text, size, "%s", item->valuestring) < size;
    return cJSON_PrintPreallocated(item, text, (int)size, false);
}

static bool take_object(const char *path, const char *text, struct model_settings *settings,
                        struct fault *fault)
{
    const char *end = text;
    cJSON *object = cJSON_ParseWithOpts(text, &end, 1);
    if (!object)
        return fault_set(fault, "%s: not JSON, at byte %zu", path, (size_t)(end - text));
    bool taken = cJSON_IsObject(object);
    if (taken && is_hugging_face(object)) {
        struct fault why = {0};
        const cJSON *text_part = cJSON_GetObjectItemCaseSensitive(object, "text_config");
        const struct hugging_face_source source = {
            look_up, cJSON_IsObject(text_part) ? text_part : object}; /* models that see as well */
        taken = hugging_face_take(&source, settings, &why) ||
                fault_set(fault, "%s: %s", path, why.text);
        cJSON_Delete(object);
        return taken;
    }
    if (!taken)
        fault_set(fault, "%s: expected an object: {\"num_layers\": 96, ...}", path);
    for (const cJSON *item = object->child; item && taken; item = item->next)
        taken = is_repeated(object->child, item)
                    ? fault_set(fault, "%s: '%s': is given twice", path, item->string)
                    : take_item(path, item, settings, fault);
    cJSON_Delete(object);
    return taken;
}

/* Behind what was wrong with the file: perhaps it was not meant to be one. */
static void suggest_preset(const char *text, struct fault *fault)
{
    const struct preset *like = preset_like(text);
    size_t used = strlen(fault->text);
    if (like)
        snprintf(fault->text + used, sizeof fault->text - used,
                 ", and there is no such preset; is it %s? --list-presets names all", like->name);
    else if (!strchr(text, '/') && !strchr(text, '.'))
        snprintf(fault->text + used, sizeof fault->text - used,
                 ", and there is no such preset; --list-presets names them");
}

bool model_load(const char *file_or_preset, struct model_settings *settings, struct fault *fault)
{
    const struct preset *preset = preset_find(file_or_preset);
    if (preset) {
        preset_take(preset, settings);
        snprintf(settings->name, sizeof settings->name, "%s", preset->name);
        return true;
    }
    char *text = read_text(file_or_preset, fault);
    if (!text) {
        suggest_preset(file_or_preset, fault);
        return false;
    }
    bool taken = take_object(file_or_preset, text, settings, fault);
    free(text);
    return taken;
}
