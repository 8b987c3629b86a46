/* The live view without ncurses: each look is printed as a plain table, over the one before where
 * the terminal knows how. There are no keys: Ctrl-C ends. */
#include "schemas/support/standard_output.h"
#include "visualize/monitor/ranks.h"
#include "visualize/monitor/screen.h"

#include <langinfo.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { COLUMNS = 80, LINES = 24, MOST_STAGES = 8, LINES_BELOW = 3 };

static bool clears; /* the terminal can be cleared */

bool screen_begin(void)
{
    const char *terminal = getenv("TERM");
    clears = terminal && *terminal && strcmp(terminal, "dumb") != 0;
    return true;
}

void screen_end(void)
{
}

static struct winsize terminal_size(void)
{
    struct winsize size = {0};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0)
        size = (struct winsize){.ws_row = LINES, .ws_col = COLUMNS};
    return size;
}

static size_t print_stages(const struct table *table, size_t room)
{
    struct table_stage *stages;
    size_t count = table_stages(table, &stages), shown = 0;
    for (; shown < count && shown < MOST_STAGES && shown < room; shown++) {
        char line[TABLE_LINE];
        table_stage(&stages[shown], line);
        puts(line);
    }
    free(stages);
    return shown;
}

static void print_rows(const struct screen *screen, const struct table *table, size_t room)
{
    char line[TABLE_LINE];
    size_t shown = 0, rows = room < table->count ? room : table->count;
    if (screen->top && rows > screen->top)
        rows = screen->top;
    table_heading(table, line);
    puts(line);
    for (; shown < rows; shown++) {
        table_row(table, table->entries[shown].row, line);
        puts(line);
    }
    if (shown < table->count)
        printf("and %zu more\n", table->count - shown);
}

static void print_title(const struct watch *watch, const struct table *table)
{
    char clock[16], line[TABLE_LINE];
    time_t now = time(NULL);
    struct tm parts;
    strftime(clock, sizeof clock, "%H:%M:%S", localtime_r(&now, &parts));
    printf("%s  %s  (built without ncurses: no keys; Ctrl-C ends)\n", clock,
           table->gpus ? "GPUs of this machine" : watch->folder);
    table_summary(table, line);
    puts(line);
    if (table->gpus && watch->folder)
        printf("waiting for recordings in %s\n", watch->folder);
}

void screen_draw(struct screen *screen, const struct watch *watch)
{
    enum { TITLE = 3 };
    struct winsize size = terminal_size();
    struct table table = {.gpus = watch_shows_gpus(watch),
                          .blocks = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
                          .width = size.ws_col};
    if (clears)
        standard_output_control("\033[H\033[2J");
    if (table_sort(&table, watch_rows(watch), &TABLE_ORDERS[screen->order])) {
        size_t room =
            size.ws_row > TITLE + LINES_BELOW ? (size_t)(size.ws_row - TITLE - LINES_BELOW) : 1;
        print_title(watch, &table);
        size_t stages = print_stages(&table, room / 4);
        print_rows(screen, &table, room - stages);
        if (*screen->news)
            puts(screen->news);
    }
    free(table.entries);
    fflush(stdout);
}

bool screen_wait(struct screen *screen, const struct watch *watch, double seconds)
{
    (void)screen, (void)watch;
    if (seconds <= 0)
        return true;
    const struct timespec pause = {.tv_sec = (time_t)seconds,
                                   .tv_nsec = (long)((seconds - floor(seconds)) * 1e9)};
    nanosleep(&pause, NULL); /* a signal ends it */
    return true;
}
