/* All commands, in the order in which `gmtrace` lists them: the one home of what each does, in a
 * line. */
#ifndef SCHEMAS_SUPPORT_COMMAND_LIST_H
#define SCHEMAS_SUPPORT_COMMAND_LIST_H

struct command_entry {
    const char *word;    /* as in `gmtrace heatmap` */
    const char *name;    /* "visualize_heatmap" */
    const char *summary; /* of its man page's NAME, after the name */
};

/* Ends with a row of zero bytes. */
extern const struct command_entry COMMAND_LIST[];

/* By either of its names; NULL: there is none. */
const struct command_entry *command_list_find(const char *name);

#endif
