/* gmtrace: the front door. `gmtrace heatmap ...` runs visualize_heatmap, and `gmtrace` alone lists
 * what there is. */
#include "schemas/support/command_list.h"
#include "schemas/support/options.h"

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct option_row OPTIONS[] = {{0}};

static const struct option_command COMMAND = {
    .arguments = "[COMMAND [ARGUMENT...]]",
    .about = "Runs one of gmtrace's commands, which can be run by their own names, too. Without a "
             "command: lists them.",
    .notes = "Example:\n"
             "  gmtrace heatmap sweeps/485b --output fig13\n"
             "  gmtrace help heatmap\n\n"
             "Exit status: the command's; 2 where there is no such command.\n",
    .runs_command = true,
    .front_door = true,
};

static void list(void)
{
    puts("GPU-memory flight recorder and figure maker. Commands:\n");
    for (const struct command_entry *entry = COMMAND_LIST; entry->word; entry++)
        printf("  %-11s %s (%s)\n", entry->word, entry->summary, entry->name);
    puts("\n'gmtrace help COMMAND' says more. 'gmtrace COMMAND ...' and its own name, in brackets, "
         "are the same.");
}

/* The commands are beside this one; else they are where the shell finds them. */
static void run(const char *name, char **arguments)
{
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    char *slash = NULL;
    path[length > 0 ? length : 0] = '\0';
    slash = strrchr(path, '/');
    if (slash && (size_t)(slash + 1 - path) + strlen(name) < sizeof path) {
        memcpy(slash + 1, name, strlen(name) + 1);
        execv(path, arguments);
    }
    execvp(name, arguments);
    err(EXIT_FAILED, "%s", name);
}

int main(int argc, char **argv)
{
    command_setup("gmtrace");
    const struct option_table tables[] = {{OPTIONS, NULL}, {0}};
    size_t count;
    char **arguments = options_parse(&COMMAND, tables, argc, argv, &count);
    bool help = count > 0 && strcmp(arguments[0], "help") == 0;
    char *named = arguments[0] && help ? arguments[1] : arguments[0], asks_help[] = "--help";
    if (!named) {
        list();
        return EXIT_DONE;
    }
    const struct command_entry *entry = command_list_find(named);
    if (entry) {
        char *for_help[] = {(char *)entry->name, asks_help, NULL};
        arguments[0] = (char *)entry->name;
        run(entry->name, help ? for_help : arguments);
    }
    options_error("'%s' is none of gmtrace's commands; 'gmtrace' lists them", named);
}
