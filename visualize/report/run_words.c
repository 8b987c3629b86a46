/* What a run that failed said at its end: the sweep's log, and the run's own, where the sweep's
 * folder has it. */
#include "schemas/support/input_file.h"
#include "visualize/report/gather_internal.h"

#include <cjson/cJSON.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_RESULT = 1 << 16, LINE = 2048 };

static char *sweep_line(const struct sweep_entry *entry)
{
    char line[LINE];
    sweep_log_format_line(line, sizeof line, entry);
    return strdup(line);
}

/* result.json's `detail` is the line of the run's output by which its end was known. A folder
 * without one, or one that cannot be read, has nothing to say. */
static bool take_detail(struct report_configuration *row, const char *folder)
{
    char *path = NULL;
    size_t length;
    struct fault fault;
    if (asprintf(&path, "%s/result.json", folder) < 0)
        return false;
    char *text = input_file_read(path, "a run's result", MOST_RESULT, &length, &fault);
    free(path);
    cJSON *result = text ? cJSON_ParseWithLength(text, length) : NULL;
    const char *detail = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(result, "detail"));
    bool whole = true;
    if (detail && *detail)
        whole = (row->words = strdup(detail)) != NULL;
    cJSON_Delete(result);
    free(text);
    return whole;
}

static int is_log(const struct dirent *entry)
{
    const char *end = strrchr(entry->d_name, '.');
    return end && end != entry->d_name && strcmp(end, ".log") == 0;
}

/* The first of the folder's logs. */
static bool take_log(struct report_configuration *row, const char *folder, const char *name)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_log, versionsort);
    if (count < 0)
        return true;
    bool whole = count == 0 || asprintf(&row->log, "%s/%s", name, entries[0]->d_name) >= 0;
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free((void *)entries);
    return whole;
}

bool report_take_last_output(struct report_configuration *row, const struct sweep_entry *entry,
                             const char *log_dir)
{
    char name[CONFIGURATION_TEXT], *folder = NULL;
    row->line = sweep_line(entry);
    if (!row->line)
        return false;
    configuration_folder(name, sizeof name, &entry->configuration);
    if (!*name || asprintf(&folder, "%s/%s", log_dir, name) < 0)
        return !*name;
    bool whole = take_detail(row, folder) && take_log(row, folder, name);
    free(folder);
    return whole;
}
