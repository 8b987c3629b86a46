/* What is to be said beside the figures: on stderr, and in JSON with them. */
#ifndef VISUALIZE_ESTIMATE_MESSAGES_H
#define VISUALIZE_ESTIMATE_MESSAGES_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

struct messages {
    size_t count;
    char **texts;
    bool incomplete;    /* something that matters is not modelled */
    bool out_of_memory; /* one is missing */
};

/* Adds a line, printf-like. */
void messages_add(struct messages *messages, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void messages_print(const struct messages *messages);

/* Adds "complete" and "messages"; false when out of memory. */
bool messages_to_json(const struct messages *messages, cJSON *object);
void messages_free(struct messages *messages);

#endif
