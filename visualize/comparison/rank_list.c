#include "visualize/comparison/rank_list.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *take_rank(const char *at, int64_t *rank)
{
    if (!isdigit((unsigned char)*at))
        return NULL;
    char *end;
    errno = 0;
    *rank = strtoll(at, &end, 10);
    return errno == 0 ? end : NULL;
}

bool rank_list_parse(const char *text, struct rank_list *list)
{
    *list = (struct rank_list){.all = strcmp(text, "all") == 0};
    if (list->all)
        return true;
    for (const char *at = text; list->count < RANK_LIST_MOST; at++) {
        int64_t first, last;
        at = take_rank(at, &first);
        last = first;
        if (at && *at == '-')
            at = take_rank(at + 1, &last);
        if (!at || last < first)
            return false;
        list->ranges[list->count].first = first;
        list->ranges[list->count++].last = last;
        if (*at == '\0')
            return true;
        if (*at != ',')
            return false;
    }
    return false;
}

bool rank_list_has(const struct rank_list *list, int64_t rank)
{
    for (size_t i = 0; i < list->count; i++)
        if (rank >= list->ranges[i].first && rank <= list->ranges[i].last)
            return true;
    return list->all;
}
