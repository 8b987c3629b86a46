#include "visualize/monitor/screen.h"

#include "schemas/support/standard_output.h"

#include <langinfo.h>
#include <ncurses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { COLOUR_WARNING = 1, COLOUR_CRITICAL, MOST_STAGES = 8, FEW_RANKS = 16 };

bool screen_begin(void)
{
    if (!newterm(NULL, standard_output_plain(), stdin))
        return false;
    cbreak();
    noecho();
    keypad(stdscr, TRUE);
    curs_set(0);
    if (has_colors()) {
        start_color();
        use_default_colors();
        init_pair(COLOUR_WARNING, COLOR_YELLOW, -1);
        init_pair(COLOUR_CRITICAL, COLOR_RED, -1);
    }
    return true;
}

void screen_end(void)
{
    endwin();
}

/* ---- drawing ---- */

/* Colour is not alone in saying it: levels are sorted, and named in the news. */
static attr_t attributes_of(enum alert_level level)
{
    switch (level) {
    case ALERT_WARNING:
        return A_BOLD | (attr_t)COLOR_PAIR(COLOUR_WARNING);
    case ALERT_CRITICAL:
        return A_BOLD | (attr_t)COLOR_PAIR(COLOUR_CRITICAL);
    case ALERT_NONE:
        break;
    }
    return A_NORMAL;
}

static void put_line(int at, attr_t attributes, const char *text)
{
    if (at >= LINES)
        return;
    attrset((int)attributes);
    mvaddnstr(at, 0, text, -1);
    attrset(A_NORMAL);
}

static attr_t row_attributes(const struct rank_row *row)
{
    if (row->state == RANK_KILLED)
        return attributes_of(ALERT_CRITICAL) | A_REVERSE;
    return row->state == RANK_ENDED ? A_DIM : attributes_of(row->level);
}

static int draw_title(const struct watch *watch, const struct table *table)
{
    char line[TABLE_LINE], clock[16];
    time_t now = time(NULL);
    struct tm parts;
    localtime_r(&now, &parts);
    strftime(clock, sizeof clock, "%H:%M:%S", &parts);
    put_line(0, A_BOLD, table->gpus ? "GPUs of this machine" : watch->folder);
    if (COLS > 10)
        mvaddstr(0, COLS - 8, clock);
    table_summary(table, line);
    put_line(1, A_NORMAL, line);
    if (!table->gpus || !watch->folder)
        return 2;
    snprintf(line, sizeof line, "waiting for recordings in %s", watch->folder);
    put_line(2, A_NORMAL, line);
    return 3;
}

static int draw_stages(int at, const struct table *table)
{
    struct table_stage *stages;
    size_t count = table_stages(table, &stages), room = (size_t)(LINES / 4);
    for (size_t i = 0; i < count && i < MOST_STAGES && i < room; i++) {
        char line[TABLE_LINE];
        table_stage(&stages[i], line);
        put_line(at++, attributes_of(stages[i].level), line);
    }
    free(stages);
    return at;
}

static void draw_bottom(const struct screen *screen, int rows, size_t shown,
                        const struct table *table)
{
    char line[TABLE_LINE];
    size_t last = screen->first + shown;
    put_line(LINES - 2, attributes_of(screen->news_level), screen->news);
    snprintf(line, sizeof line, "q quit   s sort: %s   arrows scroll   rows %zu-%zu of %zu",
             TABLE_ORDERS[screen->order].name, table->count ? screen->first + 1 : 0, last,
             table->count);
    put_line(LINES - 1, A_DIM, line);
    (void)rows;
}

static void draw_histogram(int at, const struct table *table)
{
    char lines[TABLE_HISTOGRAM_LINES][TABLE_LINE];
    table_histogram(table, lines);
    for (int i = 0; i < TABLE_HISTOGRAM_LINES; i++)
        put_line(at + i, A_NORMAL, lines[i]);
}

static void draw_rows(struct screen *screen, int at, const struct table *table)
{
    char line[TABLE_LINE];
    int room = LINES - 2 - at - 1;
    bool all = room > 0 && table->count <= (size_t)room;
    if (!all && room > 2 * TABLE_HISTOGRAM_LINES && table->count > FEW_RANKS) {
        draw_histogram(LINES - 2 - TABLE_HISTOGRAM_LINES, table);
        room -= TABLE_HISTOGRAM_LINES;
    }
    size_t rows = room > 0 ? (size_t)room : 0;
    if (screen->top && rows > screen->top)
        rows = screen->top;
    if (screen->first + rows > table->count)
        screen->first = table->count > rows ? table->count - rows : 0;
    table_heading(table, line);
    put_line(at++, A_UNDERLINE, line);
    size_t shown = 0;
    for (; shown < rows && screen->first + shown < table->count; shown++) {
        const struct rank_row *row = table->entries[screen->first + shown].row;
        table_row(table, row, line);
        put_line(at++, row_attributes(row), line);
    }
    draw_bottom(screen, room, shown, table);
}

void screen_draw(struct screen *screen, const struct watch *watch)
{
    struct table table = {.gpus = watch_shows_gpus(watch),
                          .blocks = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
                          .width = COLS};
    erase();
    if (table_sort(&table, watch_rows(watch), &TABLE_ORDERS[screen->order])) {
        int at = draw_title(watch, &table);
        draw_rows(screen, draw_stages(at, &table), &table);
    }
    free(table.entries);
    refresh();
}

/* ---- keys ---- */

static size_t lower(size_t first, size_t by)
{
    return first > by ? first - by : 0;
}

static bool take_key(struct screen *screen, int key)
{
    size_t page = LINES > 8 ? (size_t)LINES - 8 : 1;
    switch (key) {
    case 'q':
        return false;
    case 's':
        screen->order = (screen->order + 1) % TABLE_ORDERS_COUNT;
        screen->first = 0;
        break;
    case KEY_UP:
        screen->first = lower(screen->first, 1);
        break;
    case KEY_DOWN:
        screen->first++;
        break;
    case KEY_PPAGE:
        screen->first = lower(screen->first, page);
        break;
    case KEY_NPAGE:
        screen->first += page;
        break;
    case KEY_HOME:
        screen->first = 0;
        break;
    default: /* a new size, too */
        break;
    }
    return true;
}

bool screen_wait(struct screen *screen, const struct watch *watch, double seconds)
{
    double until = ranks_monotonic_s() + seconds, left;
    while ((left = until - ranks_monotonic_s()) > 0) {
        timeout((int)(left * 1000) + 1);
        int key = getch();
        if (key == ERR)
            return true; /* a signal, or the time has come */
        if (!take_key(screen, key))
            return false;
        screen_draw(screen, watch);
    }
    return true;
}
