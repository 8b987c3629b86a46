#include "schemas/configuration/configuration_json.h"

#include <stdio.h>
#include <string.h>

static const char TAGS[] = "tags";

void configuration_write_json(const struct configuration *configuration, struct json_writer *json)
{
    for (size_t i = 0; i < DIMENSION_COUNT; i++) {
        const char *word = configuration_word(configuration, i), *column = DIMENSIONS[i].column;
        if (word)
            json_put_text(json, column, word);
        else if (configuration->written & DIMENSION_BIT(i))
            json_put_count(json, column, configuration_number(configuration, i));
    }
    if (*configuration->tags)
        json_put_text(json, TAGS, configuration->tags);
}

bool configuration_to_json(const struct configuration *configuration, cJSON *object)
{
    for (size_t i = 0; i < DIMENSION_COUNT; i++) {
        const char *word = configuration_word(configuration, i), *column = DIMENSIONS[i].column;
        if (!(configuration->written & DIMENSION_BIT(i)))
            continue;
        if (word ? !cJSON_AddStringToObject(object, column, word)
                 : !cJSON_AddNumberToObject(object, column,
                                            (double)configuration_number(configuration, i)))
            return false;
    }
    return !*configuration->tags ||
           cJSON_AddStringToObject(object, TAGS, configuration->tags) != NULL;
}

bool configuration_from_json(struct configuration *configuration, const cJSON *object)
{
    for (size_t i = 0; i < DIMENSION_COUNT; i++) {
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, DIMENSIONS[i].column);
        char number[32];
        const char *text = cJSON_GetStringValue(item);
        if (!item)
            continue;
        if (cJSON_IsNumber(item)) {
            snprintf(number, sizeof number, "%.0f", item->valuedouble);
            text = number;
        }
        if (!text || !configuration_set_text(configuration, i, text, strlen(text), NULL))
            return false;
    }
    const char *tags = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, TAGS));
    for (const char *at = tags; at && *at; at += *at == '_') {
        size_t length = strcspn(at, "_");
        if (!configuration_add_tag(configuration, at, length, NULL))
            return false;
        at += length;
    }
    return true;
}
