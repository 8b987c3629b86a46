/* A number that cannot be guessed, from the kernel. */
#ifndef SCHEMAS_SUPPORT_RANDOM_NUMBER_H
#define SCHEMAS_SUPPORT_RANDOM_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* False where there is none: early in a boot, or before Linux 3.17. Never waits. */
bool random_number(uint64_t *number);

#endif
