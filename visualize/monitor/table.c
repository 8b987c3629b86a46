#include "visualize/monitor/table.h"

#include "schemas/support/units.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SMALL_TEXT = 32, BINS = 10, LEAST_BAR = 4, FIXED_COLUMNS = 76 };

/* ---- figures ---- */

/* At most seven letters. */
static void memory_text(uint64_t bytes, char text[SMALL_TEXT])
{
    double mb = mb_from_bytes(bytes), gb = gb_from_mb(mb);
    if (bytes == RECORDING_NOT_KNOWN)
        snprintf(text, SMALL_TEXT, "-");
    else if (gb < 1)
        snprintf(text, SMALL_TEXT, "%.0f MB", mb);
    else if (gb < 99.95)
        snprintf(text, SMALL_TEXT, "%.1f GB", gb);
    else if (gb < 9999.5)
        snprintf(text, SMALL_TEXT, "%.0f GB", gb);
    else
        snprintf(text, SMALL_TEXT, "%.0f TB", gb / 1024);
}

static void age_text(double seconds, char text[SMALL_TEXT])
{
    if (seconds < 60)
        snprintf(text, SMALL_TEXT, "%.0fs", fmax(seconds, 0));
    else if (seconds < 3600)
        snprintf(text, SMALL_TEXT, "%.0fm", floor(seconds / 60));
    else if (seconds < 86400)
        snprintf(text, SMALL_TEXT, "%.0fh", floor(seconds / 3600));
    else
        snprintf(text, SMALL_TEXT, "%.0fd", floor(seconds / 86400));
}

/* How the rank is: "now", "5s ago", "killed 12s", "ended". */
static void life_text(const struct rank_row *row, char text[SMALL_TEXT])
{
    char age[SMALL_TEXT];
    double silent_s = ranks_realtime_s() - row->alive_s;
    age_text(silent_s, age);
    if (row->state == RANK_ENDED)
        snprintf(text, SMALL_TEXT, "ended");
    else if (row->state == RANK_NEW)
        snprintf(text, SMALL_TEXT, "begins");
    else if (row->state == RANK_KILLED)
        snprintf(text, SMALL_TEXT, "killed %.6s", age);
    else if (silent_s < 2)
        snprintf(text, SMALL_TEXT, "now");
    else
        snprintf(text, SMALL_TEXT, "%.10s ago", age);
}

static void rate_text(double per_s, char text[SMALL_TEXT])
{
    if (isnan(per_s))
        snprintf(text, SMALL_TEXT, "-");
    else if (per_s < 9999.5)
        snprintf(text, SMALL_TEXT, "%.0f", per_s);
    else if (per_s < 9999500)
        snprintf(text, SMALL_TEXT, "%.0fk", per_s / 1e3);
    else
        snprintf(text, SMALL_TEXT, "%.0fM", per_s / 1e6);
}

static void percent_text(double percent, char text[SMALL_TEXT])
{
    if (isnan(percent))
        snprintf(text, SMALL_TEXT, "-");
    else
        snprintf(text, SMALL_TEXT, "%.0f%%", fmin(percent, 9999));
}

static void number_text(bool known, int64_t number, char text[SMALL_TEXT])
{
    if (known)
        snprintf(text, SMALL_TEXT, "%" PRId64, number);
    else
        snprintf(text, SMALL_TEXT, "-");
}

/* A bar of so many columns; returns its bytes. */
static size_t put_bar(const struct table *table, double percent, int columns, char *text)
{
    int full = isnan(percent) ? 0 : (int)lround(fmin(fmax(percent, 0), 100) / 100 * columns);
    char *at = text;
    for (int i = 0; i < columns; i++) {
        const char *piece =
            i < full ? (table->blocks ? "\u2588" : "#") : (table->blocks ? "\u2591" : ".");
        at = stpcpy(at, piece);
    }
    return (size_t)(at - text);
}

static int bar_columns(const struct table *table)
{
    int columns = table->width - FIXED_COLUMNS;
    int most = TABLE_LINE / 4 - FIXED_COLUMNS / 2; /* a block has three bytes */
    return columns < LEAST_BAR ? LEAST_BAR : columns > most ? most : columns;
}

/* ---- rows ---- */

static const char ROW_FORMAT[] = "%5s %5s%8s%9s%8s%8s ";

void table_heading(const struct table *table, char line[TABLE_LINE])
{
    int used = snprintf(line, TABLE_LINE, ROW_FORMAT, table->gpus ? "gpu" : "rank", "stage",
                        "alloc", "reserved", "peak", "static");
    snprintf(line + used, TABLE_LINE - (size_t)used, "%-*s%5s%8s%7s %s", bar_columns(table),
             "share", "", "iter", "smp/s", "alive");
}

void table_row(const struct table *table, const struct rank_row *row, char line[TABLE_LINE])
{
    char rank[SMALL_TEXT], stage[SMALL_TEXT], memory[4][SMALL_TEXT], percent[SMALL_TEXT];
    char iteration[SMALL_TEXT], rate[SMALL_TEXT], life[SMALL_TEXT];
    const uint64_t bytes[] = {row->allocated, row->reserved, row->peak, row->static_bytes};
    number_text(true, row->rank, rank);
    number_text(row->stage >= 0, row->stage, stage);
    for (int i = 0; i < 4; i++)
        memory_text(bytes[i], memory[i]);
    if (row->behind)
        snprintf(memory[2] + strlen(memory[2]), 2, "+");
    percent_text(row->percent, percent);
    number_text(row->has_iteration, row->iteration, iteration);
    rate_text(row->state == RANK_LIVE ? row->samples_per_s : NAN, rate);
    life_text(row, life);
    size_t used = (size_t)snprintf(line, TABLE_LINE, ROW_FORMAT, rank, stage, memory[0], memory[1],
                                   memory[2], memory[3]);
    used += put_bar(table, row->percent, bar_columns(table), line + used);
    snprintf(line + used, TABLE_LINE - used, "%5s%8s%7s %s", percent, iteration, rate, life);
}

/* ---- order ---- */

static const struct rank_row *row_of(const void *entry)
{
    return ((const struct table_entry *)entry)->row;
}

static int by_rank(const void *a, const void *b)
{
    const struct rank_row *x = row_of(a), *y = row_of(b);
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* The larger first, what is not known last. */
static int by_bytes(uint64_t x, uint64_t y, const void *a, const void *b)
{
    x = x == RECORDING_NOT_KNOWN ? 0 : x + 1;
    y = y == RECORDING_NOT_KNOWN ? 0 : y + 1;
    return x != y ? (x > y ? -1 : 1) : by_rank(a, b);
}

static int by_allocated(const void *a, const void *b)
{
    return by_bytes(row_of(a)->allocated, row_of(b)->allocated, a, b);
}

static int by_reserved(const void *a, const void *b)
{
    return by_bytes(row_of(a)->reserved, row_of(b)->reserved, a, b);
}

static int by_peak(const void *a, const void *b)
{
    return by_bytes(row_of(a)->peak, row_of(b)->peak, a, b);
}

static int by_static(const void *a, const void *b)
{
    return by_bytes(row_of(a)->static_bytes, row_of(b)->static_bytes, a, b);
}

/* The one that is furthest behind first. */
static int by_iteration(const void *a, const void *b)
{
    const struct rank_row *x = row_of(a), *y = row_of(b);
    if (x->has_iteration != y->has_iteration)
        return x->has_iteration ? 1 : -1;
    if (x->iteration != y->iteration)
        return x->iteration < y->iteration ? -1 : 1;
    return by_rank(a, b);
}

static int by_alive(const void *a, const void *b)
{
    double x = row_of(a)->alive_s, y = row_of(b)->alive_s;
    return x != y ? (x < y ? -1 : 1) : by_rank(a, b);
}

/* Killed ranks, then by level, then by how full; ended ones last. */
static int urgency(const struct rank_row *row)
{
    return row->state == RANK_KILLED ? 4 : row->state == RANK_ENDED ? 0 : 1 + (int)row->level;
}

static int by_need(const void *a, const void *b)
{
    const struct rank_row *x = row_of(a), *y = row_of(b);
    if (urgency(x) != urgency(y))
        return urgency(x) > urgency(y) ? -1 : 1;
    double full_x = isnan(x->percent) ? -1 : x->percent,
           full_y = isnan(y->percent) ? -1 : y->percent;
    return full_x != full_y ? (full_x > full_y ? -1 : 1) : by_bytes(x->used, y->used, a, b);
}

const struct table_order TABLE_ORDERS[] = {
    {"need", by_need},           {"rank", by_rank},   {"allocated", by_allocated},
    {"reserved", by_reserved},   {"peak", by_peak},   {"static", by_static},
    {"iteration", by_iteration}, {"alive", by_alive},
};
const unsigned TABLE_ORDERS_COUNT = sizeof TABLE_ORDERS / sizeof *TABLE_ORDERS;

bool table_sort(struct table *table, const struct ranks *ranks, const struct table_order *order)
{
    table->count = ranks->count;
    table->entries = calloc(ranks->count + 1, sizeof *table->entries);
    if (!table->entries)
        return false;
    for (size_t i = 0; i < ranks->count; i++)
        table->entries[i].row = &ranks->rows[i];
    qsort(table->entries, table->count, sizeof *table->entries, order->compare);
    return true;
}

/* ---- all of them ---- */

void table_summary(const struct table *table, char line[TABLE_LINE])
{
    size_t states[4] = {0}, used;
    const struct rank_row *worst = NULL;
    for (size_t i = 0; i < table->count; i++) {
        const struct rank_row *row = table->entries[i].row;
        states[row->state]++;
        if (!isnan(row->percent) && (!worst || row->percent > worst->percent))
            worst = row;
    }
    used = (size_t)snprintf(line, TABLE_LINE, "%zu %s%s", table->count,
                            table->gpus ? "GPU" : "rank", table->count == 1 ? "" : "s");
    static const char *const words[] = {[RANK_LIVE] = "live",
                                        [RANK_KILLED] = "killed",
                                        [RANK_ENDED] = "ended",
                                        [RANK_NEW] = "beginning"};
    static const enum rank_state order[] = {RANK_LIVE, RANK_KILLED, RANK_ENDED, RANK_NEW};
    const char *before = ": ";
    for (size_t i = 0; i < 4 && !table->gpus; i++)
        if (states[order[i]]) {
            used += (size_t)snprintf(line + used, TABLE_LINE - used, "%s%zu %s", before,
                                     states[order[i]], words[order[i]]);
            before = ", ";
        }
    if (worst)
        snprintf(line + used, TABLE_LINE - used, "; most used: %s %" PRId64 ", %.0f%%",
                 table->gpus ? "GPU" : "rank", worst->rank, worst->percent);
}

static int by_fullness(const void *a, const void *b)
{
    const struct table_stage *x = a, *y = b;
    if (x->worst_percent != y->worst_percent)
        return x->worst_percent > y->worst_percent ? -1 : 1;
    return x->stage < y->stage ? -1 : x->stage > y->stage;
}

static int by_stage(const void *a, const void *b)
{
    const struct rank_row *x = row_of(a), *y = row_of(b);
    return x->stage != y->stage ? (x->stage < y->stage ? -1 : 1) : by_rank(a, b);
}

static void take_row(struct table_stage *stage, const struct rank_row *row)
{
    stage->ranks++;
    if (row->level > stage->level)
        stage->level = row->level;
    if (isnan(row->percent))
        return;
    stage->known++;
    stage->sum_percent += row->percent;
    if (row->percent <= stage->worst_percent)
        return;
    stage->worst_percent = row->percent;
    stage->worst_rank = row->rank;
    stage->worst_used = row->used;
}

size_t table_stages(const struct table *table, struct table_stage **stages)
{
    *stages = calloc(table->count + 1, sizeof **stages);
    struct table_entry *entries = calloc(table->count + 1, sizeof *entries);
    size_t count = 0;
    if (*stages && entries) {
        memcpy(entries, table->entries, table->count * sizeof *entries);
        qsort(entries, table->count, sizeof *entries, by_stage);
    }
    for (size_t i = 0; *stages && entries && i < table->count; i++) {
        const struct rank_row *row = entries[i].row;
        if (row->stage < 0)
            continue;
        if (count == 0 || (*stages)[count - 1].stage != row->stage)
            (*stages)[count++] = (struct table_stage){
                .stage = row->stage, .worst_percent = -1, .worst_used = RECORDING_NOT_KNOWN};
        take_row(&(*stages)[count - 1], row);
    }
    free(entries);
    if (count > 0)
        qsort(*stages, count, sizeof **stages, by_fullness);
    return count;
}

void table_stage(const struct table_stage *stage, char line[TABLE_LINE])
{
    char memory[SMALL_TEXT];
    size_t used = (size_t)snprintf(line, TABLE_LINE, "stage %-4" PRId64 " %5zu rank%s",
                                   stage->stage, stage->ranks, stage->ranks == 1 ? " " : "s");
    if (stage->known == 0)
        return;
    memory_text(stage->worst_used, memory);
    snprintf(line + used, TABLE_LINE - used,
             "   worst %7s, %3.0f%% (rank %" PRId64 ")   mean %3.0f%%", memory,
             stage->worst_percent, stage->worst_rank, stage->sum_percent / (double)stage->known);
}

void table_histogram(const struct table *table, char lines[TABLE_HISTOGRAM_LINES][TABLE_LINE])
{
    static const char *const blocks[] = {" ",      "\u2581", "\u2582", "\u2583", "\u2584",
                                         "\u2585", "\u2586", "\u2587", "\u2588"};
    static const char *const plain[] = {" ", ".", ":", "-", "=", "+", "*", "%", "#"};
    size_t bins[BINS] = {0}, most = 1;
    char *at[TABLE_HISTOGRAM_LINES];
    for (size_t i = 0; i < table->count; i++)
        if (!isnan(table->entries[i].row->percent))
            bins[(int)fmin(fmax(table->entries[i].row->percent, 0) / (100.0 / (double)BINS),
                           BINS - 1)]++;
    for (int i = 0; i < BINS; i++)
        most = bins[i] > most ? bins[i] : most;
    static const char *const labels[] = {"share", "", "ranks"};
    for (int i = 0; i < TABLE_HISTOGRAM_LINES; i++)
        at[i] = lines[i] + sprintf(lines[i], "%-6s", labels[i]);
    for (int i = 0; i < BINS; i++) {
        size_t height = bins[i] ? 1 + bins[i] * 7 / most : 0;
        const char *block = table->blocks ? blocks[height] : plain[height];
        at[0] += sprintf(at[0], "%d%%%*s", i * 100 / BINS, i ? 4 : 5, "");
        at[1] += sprintf(at[1], "%s%s%s%s%s  ", block, block, block, block, block);
        at[2] += sprintf(at[2], "%-7zu", bins[i]);
    }
}
