/* A choice of ranks on the command line: "0,3,7", "0-15", "all". */
#ifndef VISUALIZE_COMPARISON_RANK_LIST_H
#define VISUALIZE_COMPARISON_RANK_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RANK_LIST_MOST = 256 };

struct rank_list {
    bool all;
    size_t count;
    struct {
        int64_t first, last;
    } ranges[RANK_LIST_MOST];
};

bool rank_list_parse(const char *text, struct rank_list *list);
bool rank_list_has(const struct rank_list *list, int64_t rank);

#endif
