#include "visualize/heatmap/table.h"

#include "schemas/support/output_file.h"
#include "schemas/support/output_json.h"
#include "schemas/support/units.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text), end = strlen(ending);
    return length > end && strcmp(text + length - end, ending) == 0;
}

bool heatmap_table_path_valid(const char *path)
{
    return ends_with(path, ".csv") || ends_with(path, ".json");
}

/* ---- CSV, as RFC 4180 has it ---- */

static void put_gb(FILE *stream, double mb)
{
    if (isnan(mb))
        fputc(',', stream);
    else
        fprintf(stream, ",%.4f", gb_from_mb(mb));
}

static void put_quoted(FILE *stream, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, stream);
        return;
    }
    fputc('"', stream);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', stream);
        fputc(*text, stream);
    }
    fputc('"', stream);
}

static void write_csv(FILE *stream, const struct heatmap_grid *grid)
{
    fputs("tp,pp,dp,status,actual_gb,theory_gb,static_gb,ranks,iterations,file\n", stream);
    for (size_t i = 0; i < grid->tp_count * grid->pp_count; i++) {
        const struct heatmap_cell *cell = &grid->cells[i];
        fprintf(stream, "%lld,%lld,", (long long)cell->tp, (long long)cell->pp);
        if (cell->dp > 0)
            fprintf(stream, "%lld", (long long)cell->dp);
        fprintf(stream, ",%s", heatmap_status_text(cell->status));
        put_gb(stream, cell->actual_mb);
        put_gb(stream, cell->theory_mb);
        put_gb(stream, cell->static_mb);
        fprintf(stream, ",%zu,%zu,", cell->ranks, cell->iterations);
        put_quoted(stream, cell->file ? cell->file : "");
        fputc('\n', stream);
    }
}

/* ---- JSON ---- */

static void add_gb(cJSON *row, const char *name, double mb)
{
    if (isnan(mb))
        cJSON_AddNullToObject(row, name);
    else
        cJSON_AddNumberToObject(row, name, round(gb_from_mb(mb) * 1e4) / 1e4);
}

static cJSON *json_row(const struct heatmap_cell *cell)
{
    cJSON *row = cJSON_CreateObject();
    cJSON_AddNumberToObject(row, "tp", (double)cell->tp);
    cJSON_AddNumberToObject(row, "pp", (double)cell->pp);
    if (cell->dp > 0)
        cJSON_AddNumberToObject(row, "dp", (double)cell->dp);
    else
        cJSON_AddNullToObject(row, "dp");
    cJSON_AddStringToObject(row, "status", heatmap_status_text(cell->status));
    add_gb(row, "actual_gb", cell->actual_mb);
    add_gb(row, "theory_gb", cell->theory_mb);
    add_gb(row, "static_gb", cell->static_mb);
    cJSON_AddNumberToObject(row, "ranks", (double)cell->ranks);
    cJSON_AddNumberToObject(row, "iterations", (double)cell->iterations);
    if (cell->file)
        cJSON_AddStringToObject(row, "file", cell->file);
    else
        cJSON_AddNullToObject(row, "file");
    return row;
}

static cJSON *json_of(const struct heatmap_grid *grid)
{
    cJSON *rows = cJSON_CreateArray();
    for (size_t i = 0; i < grid->tp_count * grid->pp_count; i++)
        cJSON_AddItemToArray(rows, json_row(&grid->cells[i]));
    return rows;
}

bool heatmap_table_write(const struct heatmap_grid *grid, const char *path, struct fault *fault)
{
    if (!heatmap_table_path_valid(path))
        return fault_set(fault, "%s: a table ends in .csv or .json", path);
    if (!ends_with(path, ".csv"))
        return output_json(path, json_of(grid), fault);
    struct output_file file;
    if (!output_file_open(&file, path, fault))
        return false;
    write_csv(file.stream, grid);
    return output_file_commit(&file, fault);
}
