#include "visualize/findings/markers.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A rise is a step of at least half the largest one; an event belongs to it when most rises have it
 * in the iteration before, and few other iterations do. */
static const double RISE_PART = 0.5, MOST_RISES = 0.8, FEW_OTHERS = 0.5;
enum { MOST_NAMES = 64 };

static bool has_mark(const struct trace_iteration *iteration, const char *name)
{
    for (size_t i = 0; i < iteration->marker_count; i++)
        if (strcmp(iteration->markers[i].name, name) == 0)
            return true;
    return false;
}

static double largest_step(const double *settled, size_t count)
{
    double largest = 0;
    for (size_t i = 0; i + 1 < count; i++)
        if (settled[i + 1] - settled[i] > largest)
            largest = settled[i + 1] - settled[i];
    return largest;
}

struct tally {
    size_t rises, others, with_rises, with_others;
};

static struct tally tally_of(const struct trace *trace, const double *settled, size_t from,
                             double least, const char *name)
{
    struct tally tally = {0};
    for (size_t i = from; i + 1 < trace->count; i++) {
        bool rise = settled[i + 1 - from] - settled[i - from] >= least;
        bool with = has_mark(&trace->iterations[i], name);
        tally.rises += rise;
        tally.others += !rise;
        tally.with_rises += rise && with;
        tally.with_others += !rise && with;
    }
    return tally;
}

static double part(size_t some, size_t all)
{
    return all > 0 ? (double)some / (double)all : 0;
}

static void try_name(const struct trace *trace, const double *settled, size_t from, double least,
                     const char *name, struct rank_facts *facts)
{
    struct tally tally = tally_of(trace, settled, from, least, name);
    if (part(tally.with_rises, tally.rises) < MOST_RISES ||
        part(tally.with_others, tally.others) > FEW_OTHERS || tally.with_rises <= facts->mark_rises)
        return;
    snprintf(facts->mark, sizeof facts->mark, "%s", name);
    facts->mark_rises = tally.with_rises;
    facts->rises = tally.rises;
    facts->mark_others = tally.with_others;
    facts->others = tally.others;
}

void markers_find(const struct trace *trace, const double *settled, size_t from,
                  struct rank_facts *facts)
{
    double least = largest_step(settled, trace->count - from) * RISE_PART;
    const char *tried[MOST_NAMES];
    size_t count = 0;
    for (size_t i = from; least > 0 && i + 1 < trace->count; i++) {
        /* Only events of iterations before a rise can be the one. */
        if (!(settled[i + 1 - from] - settled[i - from] >= least))
            continue;
        for (size_t m = 0; m < trace->iterations[i].marker_count && count < MOST_NAMES; m++) {
            const char *name = trace->iterations[i].markers[m].name;
            bool known = false;
            for (size_t k = 0; k < count && !known; k++)
                known = strcmp(tried[k], name) == 0;
            if (known)
                continue;
            tried[count++] = name;
            try_name(trace, settled, from, least, name, facts);
        }
    }
}
