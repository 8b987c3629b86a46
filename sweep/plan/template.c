#include "sweep/plan/template.h"

#include "schemas/support/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the names ---- */

/* The two folders stand behind the dimensions. */
static const char TRACE_DIR[] = "trace_dir", LOG_DIR[] = "log_dir";

enum { KEYS = 4, NAME_TEXT = 64 };

static void keys_of(size_t dimension, const char *keys[KEYS])
{
    const struct dimension *row = &DIMENSIONS[dimension];
    keys[0] = row->tag;
    keys[1] = row->column;
    keys[2] = row->older_tag;
    keys[3] = row->other_key;
}

/* The name in the braces at `at`, "{word}"; its length, 0 where there is no word in braces. */
static size_t word_in_braces(const char *at, char word[NAME_TEXT])
{
    size_t length = 0;
    while (isalnum((unsigned char)at[1 + length]) || at[1 + length] == '_')
        length++;
    if (*at != '{' || length == 0 || length >= NAME_TEXT || at[1 + length] != '}')
        return 0;
    memcpy(word, at + 1, length);
    word[length] = '\0';
    return length;
}

/* The dimension of a name; DIMENSION_COUNT: none. */
static size_t dimension_named(const char *word)
{
    const char *keys[KEYS];
    for (size_t i = 0; i < DIMENSION_COUNT; i++) {
        keys_of(i, keys);
        for (int k = 0; k < KEYS && !DIMENSIONS[i].not_compared; k++)
            if (keys[k] && strcmp(keys[k], word) == 0)
                return i;
    }
    return DIMENSION_COUNT;
}

static bool is_name(const char *word)
{
    return dimension_named(word) < DIMENSION_COUNT || strcmp(word, TRACE_DIR) == 0 ||
           strcmp(word, LOG_DIR) == 0;
}

/* What stands for a name, or NULL where it has no value. */
static const char *value_of(const char *word, const struct template_values *values,
                            char text[DIMENSION_WORD_SIZE])
{
    if (strcmp(word, TRACE_DIR) == 0)
        return values->trace_dir;
    if (strcmp(word, LOG_DIR) == 0)
        return values->log_dir;
    size_t dimension = dimension_named(word);
    struct dimension_value value = plan_value(values->rules, values->entry, dimension);
    return value.known ? dimension_value_key_text(dimension, &value, text) : NULL;
}

/* ---- slips ---- */

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

/* Letters to add, take away or change. */
static size_t distance(const char *a, const char *b)
{
    size_t row[NAME_TEXT + 1], columns = strlen(b);
    for (size_t k = 0; k <= columns; k++)
        row[k] = k;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t k = 1; k <= columns; k++) {
            size_t above = row[k];
            row[k] = smallest(above + 1, row[k - 1] + 1, diagonal + (a[i - 1] != b[k - 1]));
            diagonal = above;
        }
    }
    return row[columns];
}

/* The known name within two letters of the word, of which at least one is right; or NULL. */
static const char *near_name(const char *word)
{
    const char *nearest = NULL, *keys[KEYS];
    size_t best = 3 < strlen(word) ? 3 : strlen(word);
    for (size_t i = 0; i <= DIMENSION_COUNT; i++) {
        if (i < DIMENSION_COUNT)
            keys_of(i, keys);
        else
            memcpy(keys, (const char *[KEYS]){TRACE_DIR, LOG_DIR, NULL, NULL}, sizeof keys);
        for (int k = 0; k < KEYS; k++)
            if (keys[k] && distance(word, keys[k]) < best) {
                best = distance(word, keys[k]);
                nearest = keys[k];
            }
    }
    return nearest;
}

/* ---- texts ---- */

/* Walks through a text: calls `name` for each word in braces, `other` for each byte between. */
struct reader {
    bool (*name)(void *context, const char *word);
    void (*other)(void *context, char byte);
    void *context;
};

static bool read_text(const char *text, const struct reader *reader)
{
    char word[NAME_TEXT];
    for (const char *at = text; *at;) {
        bool of_shell = at > text && at[-1] == '$'; /* ${HOME} */
        size_t length = of_shell ? 0 : word_in_braces(at, word);
        if (at[0] == '{' && at[1] == '{') {
            reader->other(reader->context, '{');
            at += 2;
        } else if (length > 0 && !reader->name(reader->context, word)) {
            return false;
        } else if (length > 0) {
            at += length + 2;
        } else {
            reader->other(reader->context, *at++);
        }
    }
    return true;
}

static void pass_over(void *context, char byte)
{
    (void)context;
    (void)byte;
}

struct check {
    const struct template_values *values;
    struct fault *fault;
};

static bool check_name(void *context, const char *word)
{
    const struct check *check = context;
    char text[DIMENSION_WORD_SIZE];
    const char *near = is_name(word) ? NULL : near_name(word);
    if (near)
        return fault_set(check->fault,
                         "{%s} is no name; did you mean {%s}? ({{%s} stays as it is, with one "
                         "brace)",
                         word, near, word);
    if (is_name(word) && !value_of(word, check->values, text))
        return fault_set(check->fault, "{%s} has no value here (give it by --axis %s=...)", word,
                         word);
    return true;
}

bool template_check(const char *text, const struct template_values *values, struct fault *fault)
{
    struct check check = {values, fault};
    return read_text(text, &(struct reader){check_name, pass_over, &check});
}

static bool found_name(void *context, const char *word)
{
    *(bool *)context |= is_name(word);
    return true;
}

bool template_has_names(const char *text)
{
    bool found = false;
    read_text(text, &(struct reader){found_name, pass_over, &found});
    return found;
}

/* ---- arguments ---- */

struct writer {
    const struct template_values *values;
    FILE *stream;
};

static bool put_name(void *context, const char *word)
{
    const struct writer *writer = context;
    char text[DIMENSION_WORD_SIZE];
    const char *value = is_name(word) ? value_of(word, writer->values, text) : NULL;
    if (value)
        fputs(value, writer->stream);
    else
        fprintf(writer->stream, "{%s}", word);
    return true;
}

static void put_byte(void *context, char byte)
{
    fputc(byte, ((const struct writer *)context)->stream);
}

static char *replace(const char *text, const struct template_values *values)
{
    struct growing_text result;
    if (!growing_text_begin(&result))
        return NULL;
    struct writer writer = {values, result.stream};
    read_text(text, &(struct reader){put_name, put_byte, &writer});
    return growing_text_end(&result);
}

static size_t count_of(char *const *texts)
{
    size_t count = 0;
    while (texts[count])
        count++;
    return count;
}

char **template_arguments(char *const *arguments, const struct template_values *values)
{
    size_t count = count_of(arguments);
    char **result = calloc(count + 1, sizeof *result);
    for (size_t i = 0; result && i < count; i++) {
        result[i] = replace(arguments[i], values);
        if (!result[i]) {
            template_free(result);
            return NULL;
        }
    }
    return result;
}

/* ---- environment ---- */

/* A dimension's variables: GMT_ and its log word, its folder word, its other key. */
enum { VARIABLES = 3 };

static size_t variables_of(size_t dimension, char variables[VARIABLES][NAME_TEXT])
{
    const struct dimension *row = &DIMENSIONS[dimension];
    const char *const names[VARIABLES] = {row->log_word, row->folder_word, row->other_key};
    size_t count = 0;
    for (int i = 0; i < VARIABLES && !row->not_compared; i++) {
        if (!names[i])
            continue;
        char *variable = variables[count++];
        snprintf(variable, NAME_TEXT, "GMT_%s", names[i]);
        for (; *variable; variable++)
            *variable = (char)toupper((unsigned char)*variable);
    }
    return count;
}

static bool names_variable(const char *text, const char *name)
{
    size_t length = strcspn(text, "=");
    return strlen(name) == length && strncmp(name, text, length) == 0;
}

/* Is "NAME=value" one of those that are set (or must not be there)? */
static bool is_ours(const char *text, bool devices)
{
    char variables[VARIABLES][NAME_TEXT];
    for (size_t i = 0; i < DIMENSION_COUNT; i++)
        for (size_t count = variables_of(i, variables), k = 0; k < count; k++)
            if (names_variable(text, variables[k]))
                return true;
    return names_variable(text, "GMT_DIR") || names_variable(text, "GMT_TRACE_DIR") ||
           names_variable(text, "GMT_LOG_DIR") ||
           (devices && names_variable(text, "CUDA_VISIBLE_DEVICES"));
}

static bool add(char **environment, size_t *count, const char *name, const char *value)
{
    if (asprintf(&environment[*count], "%s=%s", name, value) < 0) {
        environment[*count] = NULL;
        return false;
    }
    (*count)++;
    return true;
}

static bool add_dimensions(char **environment, size_t *count, const struct template_values *values)
{
    char variables[VARIABLES][NAME_TEXT], text[DIMENSION_WORD_SIZE];
    for (size_t i = 0; i < DIMENSION_COUNT; i++) {
        struct dimension_value value = plan_value(values->rules, values->entry, i);
        size_t names = value.known ? variables_of(i, variables) : 0;
        for (size_t k = 0; k < names; k++)
            if (!add(environment, count, variables[k], dimension_value_key_text(i, &value, text)))
                return false;
    }
    return true;
}

char **template_environment(const struct template_values *values)
{
    enum { FOLDERS_AND_DEVICES = 4 };
    size_t count = 0;
    char **result = calloc(
        count_of(environ) + VARIABLES * DIMENSION_COUNT + FOLDERS_AND_DEVICES + 1, sizeof *result);
    if (!result)
        return NULL;
    for (char **variable = environ; *variable; variable++) {
        if (is_ours(*variable, values->devices != NULL))
            continue;
        result[count] = strdup(*variable);
        if (!result[count++])
            goto failed;
    }
    if (!add_dimensions(result, &count, values) ||
        !add(result, &count, "GMT_TRACE_DIR", values->trace_dir) ||
        !add(result, &count, "GMT_LOG_DIR", values->log_dir) ||
        !add(result, &count, "GMT_DIR", values->trace_dir))
        goto failed;
    if (values->devices && !add(result, &count, "CUDA_VISIBLE_DEVICES", values->devices))
        goto failed;
    return result;

failed:
    template_free(result);
    return NULL;
}

void template_free(char **texts)
{
    for (char **text = texts; text && *text; text++)
        free(*text);
    free(texts);
}
