#include "visualize/estimate/job_yaml.h"

#include "schemas/support/input_file.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LARGEST_FILE = 1 << 20 };

bool job_yaml_is(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

/* The file's text; NULL with the fault set. */
static char *read_text(const char *path, struct fault *fault)
{
    size_t length = 0;
    int fd = input_file_open(path, "a job's settings", &length, fault);
    if (fd < 0)
        return NULL;
    char *text = length <= LARGEST_FILE ? calloc(1, length + 1) : NULL;
    ssize_t got = text ? read(fd, text, length) : -1;
    if (length > LARGEST_FILE)
        fault_set(fault, "%s: expected a job's settings, found %zu bytes", path, length);
    else if (got < 0)
        fault_set_errno(fault, text ? errno : ENOMEM, "%s", path);
    close(fd);
    if (got >= 0)
        return text;
    free(text);
    return NULL;
}

/* Cuts blanks, quotes around, and a comment behind. */
static char *trimmed(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    char quote = (char)(*text == '"' || *text == '\'' ? *text : '\0');
    char *end = quote ? strchr(text + 1, quote) : NULL;
    if (end) {
        *end = '\0';
        return text + 1;
    }
    char *comment = *text == '#' ? text : strstr(text, " #");
    if (comment)
        *comment = '\0';
    end = text + strlen(text);
    while (end > text && isspace((unsigned char)end[-1]))
        end--;
    *end = '\0';
    return text;
}

static bool add_word(struct job_yaml *job, const char *word, struct fault *fault)
{
    char **words = realloc(job->words, ((size_t)job->count + 2) * sizeof *words);
    char *copy = words ? strdup(word) : NULL;
    if (words)
        job->words = words;
    if (!copy)
        return fault_set_errno(fault, ENOMEM, "a job's settings");
    words[job->count++] = copy;
    words[job->count] = NULL;
    return true;
}

enum block { BLOCK_OTHER, BLOCK_ARGUMENTS, BLOCK_ENVIRONMENT };

static enum block block_of(const char *line)
{
    return strncmp(line, "MODEL_ARGS:", 11) == 0 ? BLOCK_ARGUMENTS
           : strncmp(line, "ENV_VARS:", 9) == 0  ? BLOCK_ENVIRONMENT
                                                 : BLOCK_OTHER;
}

/* "  --num-layers: 12" */
static bool take_line(struct job_yaml *job, enum block block, char *line, struct fault *fault)
{
    char *colon = strstr(line, ": "), *joined = NULL;
    size_t length = strlen(line);
    if (!colon && length > 0 && line[length - 1] == ':')
        colon = line + length - 1;
    if (!colon)
        return true;
    *colon = '\0';
    const char *key = trimmed(line), *value = colon[1] ? trimmed(colon + 1) : "";
    if (block == BLOCK_ENVIRONMENT) {
        if (asprintf(&joined, "%s=%s", key, value) < 0)
            return fault_set_errno(fault, ENOMEM, "a job's settings");
        bool added = add_word(job, joined, fault);
        free(joined);
        return added;
    }
    if (asprintf(&joined, "%s%s", strncmp(key, "--", 2) == 0 ? "" : "--", key) < 0)
        return fault_set_errno(fault, ENOMEM, "a job's settings");
    bool added = add_word(job, joined, fault) && (!*value || add_word(job, value, fault));
    free(joined);
    return added;
}

/* The name of "  <<: *NAME", by which a block takes over the lines of another one; NULL: another
 * line. */
static const char *merged_name(char *line)
{
    const char *at = trimmed(line);
    if (strncmp(at, "<<:", 3) != 0)
        return NULL;
    at += 3 + strspn(at + 3, " \t");
    return *at == '*' ? at + 1 : NULL;
}

/* Is this line "ANYTHING: &NAME"? */
static bool is_named(const char *line, const char *name)
{
    const char *at = strchr(line, '&');
    size_t length = strlen(name);
    return at && strncmp(at + 1, name, length) == 0 &&
           (!at[1 + length] || isspace((unsigned char)at[1 + length]));
}

/* Takes the lines below "ANYTHING: &NAME". Names within are not followed. */
static bool take_named(struct job_yaml *job, enum block block, const char *text, const char *name,
                       struct fault *fault)
{
    char *copy = strdup(text), *rest = copy;
    bool well = copy != NULL || fault_set_errno(fault, ENOMEM, "a job's settings"), within = false;
    while (well && rest) {
        char *line = strsep(&rest, "\n");
        if (*line && *line != '#' && !isspace((unsigned char)*line))
            within = is_named(line, name);
        else if (within && *trimmed(line))
            well = take_line(job, block, line, fault);
    }
    free(copy);
    return well;
}

/* All lines: those of other blocks that are merged into this one (`merged`), or its own, which rule
 * over them. */
static bool take_all(struct job_yaml *job, const char *text, bool merged, bool *found,
                     struct fault *fault)
{
    char *copy = strdup(text), *rest = copy;
    enum block block = BLOCK_OTHER;
    bool well = copy != NULL || fault_set_errno(fault, ENOMEM, "a job's settings");
    while (well && rest) {
        char *line = strsep(&rest, "\n");
        bool indented = isspace((unsigned char)*line);
        if (*line && *line != '#' && !indented)
            block = block_of(line);
        *found = *found || block == BLOCK_ARGUMENTS;
        if (!indented || block == BLOCK_OTHER || !*trimmed(line))
            continue;
        const char *name = merged_name(line);
        if (merged && name)
            well = take_named(job, block, text, name, fault);
        else if (!merged && !name)
            well = take_line(job, block, line, fault);
    }
    free(copy);
    return well;
}

bool job_yaml_read(const char *path, struct job_yaml *job, struct fault *fault)
{
    char *text = read_text(path, fault);
    bool found = false;
    *job = (struct job_yaml){0};
    bool well = text && take_all(job, text, true, &found, fault) &&
                take_all(job, text, false, &found, fault);
    free(text);
    if (well && !found)
        well = fault_set(fault, "%s: expected MODEL_ARGS:, with a flag a line below it", path);
    if (!well)
        job_yaml_free(job);
    return well;
}

void job_yaml_free(struct job_yaml *job)
{
    for (int i = 0; i < job->count; i++)
        free(job->words[i]);
    free(job->words);
    *job = (struct job_yaml){0};
}
