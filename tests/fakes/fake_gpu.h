/* What the stand-ins agree on. */
#ifndef TESTS_FAKES_FAKE_GPU_H
#define TESTS_FAKES_FAKE_GPU_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAKE_EXPORT __attribute__((visibility("default")))

enum { FAKE_MOST_GPUS = 16 };
static const size_t FAKE_MB = 1 << 20;

static inline long fake_number(const char *name, long otherwise)
{
    const char *text = getenv(name);
    return text ? strtol(text, NULL, 10) : otherwise;
}

/* The nth of a list of numbers. */
static inline long fake_number_at(const char *name, int at, long otherwise)
{
    const char *text = getenv(name);
    while (text && at-- > 0) {
        text = strchr(text, ',');
        text = text ? text + 1 : NULL;
    }
    return text ? strtol(text, NULL, 10) : otherwise;
}

static inline int fake_count(void)
{
    long count = fake_number("FAKE_GPUS", 1);
    return count > FAKE_MOST_GPUS ? FAKE_MOST_GPUS : (int)count;
}

static inline size_t fake_capacity(void)
{
    return (size_t)fake_number("FAKE_GPU_MB", 81920) * FAKE_MB;
}

/* The UUID's bytes are all the same. */
static inline unsigned char fake_uuid_byte(int physical)
{
    return (unsigned char)(0xa0 + physical);
}

static inline void fake_uuid_text(int physical, char *text, size_t size)
{
    unsigned byte = fake_uuid_byte(physical);
    size_t used = (size_t)snprintf(text, size, "GPU-");
    for (int i = 0; i < 16 && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%02x",
                                 i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", byte);
}

#endif
