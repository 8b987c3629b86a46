/* Amounts of memory for people, in the unit that fits their size. */
#ifndef SCHEMAS_SUPPORT_MEMORY_TEXT_H
#define SCHEMAS_SUPPORT_MEMORY_TEXT_H

#include <stdbool.h>

/* The largest unit of which it is one at least, MB being the smallest: "MB", "GB" or "TB". Of
 * amounts that stand side by side take the unit of the largest. */
struct memory_unit {
    const char *name;
    double mb; /* how many MB it is */
};
struct memory_unit memory_unit_of(double mb);

/* By its name, in which GB and GiB are the same: see units.h. False: there is none of that name. */
#define MEMORY_UNIT_NAMES "MB, MiB, GB, GiB, TB or TiB"
bool memory_unit_named(const char *name, struct memory_unit *unit);

/* "45.0 MB", "136.9 GB", "0.25 MB"; "-" for NAN. */
enum { MEMORY_TEXT = 32 };
const char *memory_text(double mb, char text[MEMORY_TEXT]);

/* The same in at most seven letters: "45.0 MB", "137 GB". */
const char *memory_text_short(double mb, char text[MEMORY_TEXT]);

#endif
