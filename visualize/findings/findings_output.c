#include "visualize/findings/findings_output.h"

#include "schemas/configuration/configuration_json.h"
#include "schemas/support/output_json.h"
#include "schemas/support/units.h"
#include "schemas/trace/trace_words.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 92, INDENT = 4, COLUMN_LEAST = 32, COLUMN_MOST = 52 };

/* ---- for people ---- */

/* Breaks text between words, each line indented. */
static void put_wrapped(const char *before, const char *text, FILE *stream)
{
    size_t column = strlen(before);
    if (column > 0)
        fprintf(stream, "%*s%s", INDENT, "", before);
    bool begun = false; /* a word stands in this line */
    while (*text) {
        size_t word = strcspn(text, " ");
        if (begun && column + 1 + word > WIDTH - INDENT) {
            fputc('\n', stream);
            column = 0;
            begun = false;
        }
        fprintf(stream, "%*s%.*s", begun ? 1 : column ? 0 : INDENT, "", (int)word, text);
        column += word + begun;
        begun = true;
        text += word;
        text += strspn(text, " ");
    }
    fputc('\n', stream);
}

/* Few digits, as many as tell something: 17415, 2.01, 0.00042. */
static void number_text(double value, char text[32])
{
    double size = fabs(value);
    if (size >= 1000 && size < 1e7)
        snprintf(text, 32, "%.0f", value);
    else
        snprintf(text, 32, "%.3g", value);
}

void finding_values_text(const struct finding *finding, char text[FINDING_VALUES_TEXT])
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < finding->value_count && used < FINDING_VALUES_TEXT; i++) {
        const struct finding_value *value = &finding->values[i];
        char number[32];
        number_text(value->value, number);
        bool percent = strcmp(value->unit, "%") == 0;
        used +=
            (size_t)snprintf(text + used, FINDING_VALUES_TEXT - used, "%s%s %s%s%s", i ? ", " : "",
                             value->name, number, *value->unit && !percent ? " " : "", value->unit);
    }
}

static void print_one(const struct findings *findings, const struct finding *finding,
                      bool with_meaning, FILE *stream)
{
    char values[FINDING_VALUES_TEXT];
    fprintf(stream, "%*s%s", INDENT / 2, "", findings->configurations[finding->configuration].text);
    if (*finding->ranks)
        fprintf(stream, "; rank %s", finding->ranks);
    if (*finding->iterations)
        fprintf(stream, "; iteration %s", finding->iterations);
    fputc('\n', stream);
    finding_values_text(finding, values);
    if (*values)
        put_wrapped("", values, stream);
    if (with_meaning)
        put_wrapped("", finding->meaning, stream);
}

/* The same finding over several configurations, under one heading, with one advice. */
static size_t print_group(const struct findings *findings, size_t first, FILE *stream)
{
    const struct finding *list = findings->list;
    bool same_meaning;
    size_t end = findings_group_end(findings, first, &same_meaning);
    fprintf(stream, "%s: %s\n", finding_severity_text(list[first].severity),
            finding_kind_text(list[first].kind));
    for (size_t i = first; i < end; i++)
        print_one(findings, &list[i], !same_meaning || i + 1 == end, stream);
    if (list[first].severity > FINDING_INFO)
        put_wrapped("To do: ", list[first].advice, stream);
    fputc('\n', stream);
    return end;
}

static void put_cell(double value, const char *unit, FILE *stream)
{
    if (isnan(value))
        fprintf(stream, " %9s", "-");
    else
        fprintf(stream, " %6.1f%s", value, unit);
}

/* As wide as the longest text, within bounds. */
static int column_width(const struct findings *findings)
{
    size_t width = COLUMN_LEAST;
    for (size_t i = 0; i < findings->configuration_count; i++)
        if (strlen(findings->configurations[i].text) > width)
            width = strlen(findings->configurations[i].text);
    return (int)(width < COLUMN_MOST ? width : COLUMN_MOST);
}

static void print_configurations(const struct findings *findings, FILE *stream)
{
    int width = column_width(findings);
    fprintf(stream, "%-*s %6s %9s %9s %9s  %s\n", width, "configuration", "ranks", "peak",
            "iteration", "theory", "score of 10");
    for (size_t i = 0; i < findings->configuration_count; i++) {
        const struct finding_configuration *of = &findings->configurations[i];
        if (strlen(of->text) > (size_t)width) /* on a line of its own */
            fprintf(stream, "%s\n%*s %6zu", of->text, width, "", of->ranks);
        else
            fprintf(stream, "%-*s %6zu", width, of->text, of->ranks);
        put_cell(gb_from_mb(of->peak_mb), " GB", stream);
        if (isnan(of->peak_mb))
            fprintf(stream, " %9s", "-");
        else
            fprintf(stream, " %9" PRId64, of->peak_iteration);
        put_cell(gb_from_mb(of->theory_mb), " GB", stream);
        if (isnan(of->score))
            fputs("  -\n", stream);
        else
            fprintf(stream, "  %.0f\n", of->score);
    }
}

void findings_print(const struct findings *findings, FILE *stream)
{
    for (size_t i = 0; i < findings->count;)
        i = print_group(findings, i, stream);
    print_configurations(findings, stream);
    size_t critical = findings_at_least(findings, FINDING_CRITICAL);
    size_t warnings = findings_at_least(findings, FINDING_WARNING) - critical;
    fprintf(stream, "%zu critical, %zu warning%s, %zu for information\n", critical, warnings,
            warnings == 1 ? "" : "s", findings->count - critical - warnings);
    if (findings->configuration_count > 0)
        fputs("score: " FINDINGS_SCORE "\n", stream);
}

/* ---- for programs ---- */

static bool add_known(cJSON *object, const char *key, double value)
{
    return isnan(value) || cJSON_AddNumberToObject(object, key, value);
}

static cJSON *finding_json(const struct findings *findings, const struct finding *finding)
{
    cJSON *object = cJSON_CreateObject();
    bool made =
        object &&
        cJSON_AddStringToObject(object, "severity", finding_severity_text(finding->severity)) &&
        cJSON_AddStringToObject(object, "kind", finding_kind_text(finding->kind)) &&
        cJSON_AddStringToObject(object, "configuration",
                                findings->configurations[finding->configuration].text) &&
        cJSON_AddStringToObject(object, "ranks", finding->ranks) &&
        cJSON_AddStringToObject(object, "iterations", finding->iterations) &&
        cJSON_AddStringToObject(object, "meaning", finding->meaning) &&
        cJSON_AddStringToObject(object, "advice", finding->advice);
    cJSON *values = made ? cJSON_AddArrayToObject(object, "figures") : NULL;
    made = values != NULL;
    for (size_t i = 0; i < finding->value_count && made; i++) {
        cJSON *value = cJSON_CreateObject();
        made = value && cJSON_AddItemToArray(values, value) &&
               cJSON_AddStringToObject(value, "name", finding->values[i].name) &&
               add_known(value, "value", finding->values[i].value) &&
               cJSON_AddStringToObject(value, "unit", finding->values[i].unit);
    }
    if (made)
        return object;
    cJSON_Delete(object);
    return NULL;
}

/* What was given and what follows from it, by the names of their columns. */
static bool add_dimensions(cJSON *object, const struct configuration *configuration)
{
    struct configuration known = *configuration;
    configuration_forget(&known, DIMENSION_STAMP); /* of one file, not of the configuration */
    for (size_t i = 0; i < DIMENSION_COUNT; i++)
        if (DIMENSIONS[i].absent == DIMENSION_ABSENT_DERIVED &&
            configuration_value(&known, i).known)
            configuration_set_number(&known, i, configuration_number(&known, i));
    return configuration_to_json(&known, object);
}

/* The peak, with whose it is and what it measures. */
static bool add_peak(cJSON *object, const struct finding_configuration *of)
{
    return isnan(of->peak_mb) ||
           (cJSON_AddNumberToObject(object, "peak_MB", of->peak_mb) &&
            cJSON_AddNumberToObject(object, "peak_iteration", (double)of->peak_iteration) &&
            cJSON_AddStringToObject(object, "peak_of", trace_peak_word(of->peak_sampled)) &&
            cJSON_AddStringToObject(object, "peak_measures", trace_measure_word(of->peak_measure)));
}

static cJSON *configuration_json(const struct finding_configuration *of)
{
    cJSON *object = cJSON_CreateObject();
    bool made = object && cJSON_AddStringToObject(object, "configuration", of->text) &&
                add_dimensions(object, of->configuration) &&
                cJSON_AddNumberToObject(object, "ranks", (double)of->ranks) &&
                add_peak(object, of) && add_known(object, "theory_MB", of->theory_mb) &&
                add_known(object, "tokens_per_GB", of->tokens_per_gb) &&
                add_known(object, "score", of->score);
    if (made)
        return object;
    cJSON_Delete(object);
    return NULL;
}

static cJSON *to_json(const struct findings *findings)
{
    cJSON *object = cJSON_CreateObject();
    cJSON *list = object ? cJSON_AddArrayToObject(object, "findings") : NULL;
    cJSON *configurations = list ? cJSON_AddArrayToObject(object, "configurations") : NULL;
    bool made = configurations != NULL;
    for (size_t i = 0; i < findings->count && made; i++) {
        cJSON *one = finding_json(findings, &findings->list[i]);
        made = one && cJSON_AddItemToArray(list, one);
    }
    for (size_t i = 0; i < findings->configuration_count && made; i++) {
        cJSON *one = configuration_json(&findings->configurations[i]);
        made = one && cJSON_AddItemToArray(configurations, one);
    }
    if (made)
        return object;
    cJSON_Delete(object);
    return NULL;
}

bool findings_write_json(const struct findings *findings, const char *path, struct fault *fault)
{
    return output_json(path, to_json(findings), fault);
}
