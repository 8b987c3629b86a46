#include "schemas/support/memory_text.h"

#include "schemas/support/units.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct memory_unit memory_unit_of(double mb)
{
    static const struct memory_unit units[] = {
        {"TB", UNITS_MB_PER_GB * 1024}, {"GB", UNITS_MB_PER_GB}, {"MB", 1}};
    /* What is rounded to 1024 of a unit is one of the next: a thousandth below it counts already.
     */
    static const double NEARLY = 0.9995;
    for (int i = 0; i < 2; i++)
        if (fabs(mb) >= NEARLY * units[i].mb)
            return units[i];
    return units[2];
}

bool memory_unit_named(const char *name, struct memory_unit *unit)
{
    static const struct memory_unit units[] = {
        {"MB", 1},  {"GB", UNITS_MB_PER_GB},  {"TB", UNITS_MB_PER_GB * 1024},
        {"MiB", 1}, {"GiB", UNITS_MB_PER_GB}, {"TiB", UNITS_MB_PER_GB * 1024}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(units[i].name, name) == 0) {
            *unit = units[i];
            return true;
        }
    return false;
}

/* From `whole` on there are no digits behind the point. */
static const char *put(double mb, double whole, char text[MEMORY_TEXT])
{
    struct memory_unit unit = memory_unit_of(mb);
    double amount = mb / unit.mb;
    if (isnan(mb))
        snprintf(text, MEMORY_TEXT, "-");
    else if (fabs(amount) >= whole)
        snprintf(text, MEMORY_TEXT, "%.0f %s", amount, unit.name);
    else if (fabs(amount) >= 0.995 || fabs(amount) <= 0)
        snprintf(text, MEMORY_TEXT, "%.1f %s", amount, unit.name);
    else
        snprintf(text, MEMORY_TEXT, "%.2g %s", amount, unit.name);
    return text;
}

const char *memory_text(double mb, char text[MEMORY_TEXT])
{
    return put(mb, 999.95, text);
}

const char *memory_text_short(double mb, char text[MEMORY_TEXT])
{
    return put(mb, 99.95, text);
}
