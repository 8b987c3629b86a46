#include "tracer/library/preload_link.h"

#include <dlfcn.h>

const struct preload_link *preload_link_find(void)
{
    const struct preload_link *link = dlsym(RTLD_DEFAULT, PRELOAD_LINK_SYMBOL);
    return link && link->struct_size >= sizeof *link ? link : NULL;
}
