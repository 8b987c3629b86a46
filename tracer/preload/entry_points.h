/* The driver's functions are also handed out by name, by the driver and by the runtime: PyTorch's
 * expandable segments get cuMemCreate and its kin so. */
#ifndef TRACER_PRELOAD_ENTRY_POINTS_H
#define TRACER_PRELOAD_ENTRY_POINTS_H

#include "tracer/preload/functions.h"

#include <stdbool.h>

/* What is handed out in place of a function. */
struct preload_entry {
    const char *name;
    enum preload_function which;
    void (*watched)(void);
};
extern const struct preload_entry PRELOAD_ENTRIES[];
extern const size_t PRELOAD_ENTRIES_COUNT;

/* The function in whose place one was handed out. Sets *function, a pointer to a function. */
bool entry_points_original(enum preload_function which, void *function);

#endif
