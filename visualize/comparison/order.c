#include "visualize/comparison/order.h"

#include "schemas/support/number.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char BY_RANK[] = "rank=", BY_PEAK[] = "peak";

/* The next number of a list, and what follows it; "" behind the last. */
static bool next_rank(const char **list, int64_t *rank, struct fault *fault)
{
    char text[32];
    size_t length = strcspn(*list, ",");
    snprintf(text, sizeof text, "%.*s", (int)(length < sizeof text ? length : sizeof text - 1),
             *list);
    if (!integer_parse(text, 0, INT64_MAX, rank, fault))
        return false;
    *list += length + ((*list)[length] == ',');
    return true;
}

bool comparison_order_check(const char *order, struct fault *fault)
{
    int64_t rank;
    if (strcmp(order, BY_PEAK) == 0)
        return true;
    if (strncmp(order, BY_RANK, strlen(BY_RANK)) != 0)
        return fault_set(fault, "expected rank=RANKS like rank=6,4,2,0, or peak, found '%s'",
                         order);
    const char *list = order + strlen(BY_RANK);
    do
        if (!next_rank(&list, &rank, fault))
            return false;
    while (*list);
    return true;
}

/* The real peak, else the simulated one. */
static double peak_of(const struct comparison_row *row)
{
    double real = row->peak_mb[COMPARISON_REAL], simulated = row->peak_mb[COMPARISON_SIMULATED];
    return !isnan(real) ? real : !isnan(simulated) ? simulated : -1;
}

static int compare_peaks(const void *a, const void *b)
{
    const struct comparison_row *first = a, *second = b;
    double left = peak_of(first), right = peak_of(second);
    if (left != right)
        return left > right ? -1 : 1;
    return (first->rank > second->rank) - (first->rank < second->rank);
}

/* Brings the row of a rank, which is at `from` or behind it, to `from`. */
static bool bring(struct comparison_row *rows, size_t count, size_t from, int64_t rank,
                  struct fault *fault)
{
    size_t at = 0;
    while (at < count && rows[at].rank != rank)
        at++;
    if (at == count)
        return fault_set(fault, "--order: the figure has no rank %" PRId64, rank);
    if (at < from)
        return fault_set(fault, "--order: rank %" PRId64 " is named twice", rank);
    struct comparison_row row = rows[at];
    memmove(&rows[from + 1], &rows[from], (at - from) * sizeof *rows);
    rows[from] = row;
    return true;
}

bool comparison_order_apply(const char *order, struct comparison_row *rows, size_t count,
                            struct fault *fault)
{
    int64_t rank;
    if (strcmp(order, BY_PEAK) == 0) {
        qsort(rows, count, sizeof *rows, compare_peaks);
        return true;
    }
    const char *list = order + strlen(BY_RANK);
    for (size_t placed = 0; *list; placed++)
        if (!next_rank(&list, &rank, fault) || !bring(rows, count, placed, rank, fault))
            return false;
    return true;
}
