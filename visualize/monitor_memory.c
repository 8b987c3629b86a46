/* monitor_memory: the memory of a running job, live, from what its ranks record. */
#include "schemas/support/options.h"
#include "schemas/support/units.h"
#include "schemas/trace_folder/trace_folder.h"
#include "visualize/monitor/outputs.h"
#include "visualize/monitor/screen.h"
#include "visualize/monitor/table.h"

#include <err.h>
#include <langinfo.h>
#include <locale.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

struct options {
    struct watch watch;
    double interval_s, duration_s; /* duration 0: until told to end */
    double gpu_gb;                 /* 0: not given */
    bool once, quiet;
    unsigned order;
    unsigned top; /* 0: all */
    const char *memory_dir, *csv, *prometheus, *json;
};

/* ---- the command line ---- */

static bool take_order(const struct option_row *row, void *target, const char *text,
                       struct fault *fault)
{
    (void)row;
    for (unsigned i = 0; i < TABLE_ORDERS_COUNT; i++)
        if (strcmp(TABLE_ORDERS[i].name, text) == 0) {
            *(unsigned *)target = i;
            return true;
        }
    return fault_set(fault,
                     "expected need, rank, allocated, reserved, peak, static, iteration or alive, "
                     "found '%s'",
                     text);
}

#define AT(member) offsetof(struct options, member)
#define LEVEL_ROW(level, text)                                                                     \
    {                                                                                              \
        .name = #level, .kind = OPTION_PERCENT, .target = AT(watch.limits.level), .least = 0.1,    \
        .most = 100, .argument = "PERCENT", .tells_default = true, .help = (text)                  \
    }

static const struct option_row OPTIONS[] = {
    {.name = "memory-dir",
     .kind = OPTION_TEXT,
     .target = AT(memory_dir),
     .argument = "DIR",
     .help = "folder of the recordings, as an argument is"},
    {.name = "once", .kind = OPTION_FLAG, .target = AT(once), .help = "one look, as a table"},
    {.name = "interval",
     .kind = OPTION_DURATION,
     .target = AT(interval_s),
     .least = 0.05,
     .most = 86400,
     .argument = "SECONDS",
     .help = "between looks",
     .tells_default = true},
    {.name = "duration",
     .kind = OPTION_DURATION,
     .target = AT(duration_s),
     .least = 0.01,
     .argument = "SECONDS",
     .help = "end after so long"},
    {.name = "sort",
     .kind = OPTION_TAKEN,
     .target = AT(order),
     .take = take_order,
     .argument = "need|rank|allocated|reserved|peak|static|iteration|alive",
     .help = "what decides the order (default: need, killed ranks first, then the fullest)"},
    {.name = "top",
     .kind = OPTION_COUNT,
     .target = AT(top),
     .least = 1,
     .most = 1000000,
     .argument = "N",
     .help = "show no more than N ranks"},
    OPTION_GPU_MEMORY_ROW(AT(gpu_gb), "where the recordings do not know it"),
    LEVEL_ROW(warning, "of the GPU's memory"),
    LEVEL_ROW(critical, "of the GPU's memory"),
    {.name = "exec",
     .kind = OPTION_TEXT,
     .target = AT(watch.command),
     .argument = "COMMAND",
     .help = "run by the shell when a rank reaches a level, with GMT_LEVEL, GMT_RANK, GMT_PERCENT, "
             "GMT_USED_BYTES, GMT_TOTAL_BYTES, GMT_TRACE and GMT_MESSAGE in its environment"},
    {.name = "csv",
     .kind = OPTION_TEXT,
     .target = AT(csv),
     .argument = "FILE",
     .help = "append each look, one line per rank"},
    {.name = "prometheus",
     .kind = OPTION_TEXT,
     .target = AT(prometheus),
     .argument = "FILE.prom",
     .help = "replaced at each look, for node_exporter's textfile collector"},
    OPTION_JSON_ROW(AT(json), "write each look in the place of the last one"),
    OPTION_QUIET_ROW(AT(quiet)),
    {0},
};

static const struct option_command COMMAND = {
    .arguments = "[DIR]",
    .about = "Shows the memory of a running job, one line per rank, from the recordings in DIR. "
             "Without recordings: the GPUs of this machine.",
    .notes = "Example:\n"
             "  monitor_memory memory_traces --warning 80 --critical 95 --exec 'notify "
             "\"$GMT_MESSAGE\"'\n\n"
             "On a terminal: q quits, s sorts by something else, arrows scroll. Without one it "
             "prints a line when a rank reaches a level, dies or ends. Exit status: 0 done, 1 "
             "failed, 2 wrong usage.\n",
};

static void parse(int argc, char **argv, struct options *options)
{
    size_t count;
    const struct option_table tables[] = {{OPTIONS, options}, {0}};
    char **arguments = options_parse(&COMMAND, tables, argc, argv, &count);
    const struct alert_limits *limits = &options->watch.limits;
    const char *folder = options_folder(arguments, options->memory_dir);
    options->watch.folder = folder ? folder : options->memory_dir;
    options->watch.recordings.total = (uint64_t)(mb_from_gb(options->gpu_gb) * UNITS_BYTES_PER_MB);
    options->quiet = options->quiet || options_print_alone(options->json);
    if (options_print_alone(options->json) && !options->once)
        options_error("--json -: wants --once; without it, name a file");
    if (limits->warning > limits->critical)
        options_error("--warning: expected at most --critical = %g, found %g", limits->critical,
                      limits->warning);
}

/* ---- one look ---- */

/* An output that cannot be written is told once; the monitor goes on, and fails at its end. */
static bool write_outputs(const struct options *options, bool *failed)
{
    struct fault fault = {0};
    bool written = !options->csv || output_csv(&options->watch, options->csv, &fault);
    if (options->prometheus)
        written = output_prometheus(&options->watch, options->prometheus, &fault) && written;
    if (options->json)
        written = output_look_json(&options->watch, options->json, &fault) && written;
    if (!written && !*failed)
        warnx("%s", fault.text);
    *failed = *failed || !written;
    return written;
}

static int terminal_width(void)
{
    enum { WIDE = 100 };
    struct winsize size;
    const char *columns = getenv("COLUMNS");
    long wanted = columns ? strtol(columns, NULL, 10) : 0;
    if (wanted >= 40 && wanted <= 1000)
        return (int)wanted;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40 ? size.ws_col : WIDE;
}

static void print_stages(const struct table *table, size_t top)
{
    char line[TABLE_LINE];
    struct table_stage *stages;
    size_t count = table_stages(table, &stages);
    size_t shown = top && top < count ? top : count;
    for (size_t i = 0; i < shown; i++) {
        table_stage(&stages[i], line);
        puts(line);
    }
    if (shown < count)
        printf("and %zu more stages\n", count - shown);
    free(stages);
}

static bool print_table(const struct options *options)
{
    enum { MANY = 16 };
    const struct watch *watch = &options->watch;
    struct table table = {.gpus = watch_shows_gpus(watch),
                          .blocks = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
                          .width = terminal_width()};
    char line[TABLE_LINE], histogram[TABLE_HISTOGRAM_LINES][TABLE_LINE];
    if (!table_sort(&table, watch_rows(watch), &TABLE_ORDERS[options->order]))
        return false;
    table_summary(&table, line);
    puts(line);
    print_stages(&table, options->top);
    table_heading(&table, line);
    puts(line);
    size_t shown = options->top && options->top < table.count ? options->top : table.count;
    for (size_t i = 0; i < shown; i++) {
        table_row(&table, table.entries[i].row, line);
        puts(line);
    }
    if (shown < table.count)
        printf("and %zu more\n", table.count - shown);
    if (table.count > MANY) {
        table_histogram(&table, histogram);
        for (int i = 0; i < TABLE_HISTOGRAM_LINES; i++)
            puts(histogram[i]);
    }
    free(table.entries);
    return true;
}

static bool look_once(struct options *options, struct fault *fault)
{
    const struct watch *watch = &options->watch;
    bool failed = false;
    if (!watch_look(&options->watch, fault))
        return false;
    if (watch_rows(watch)->count == 0)
        return fault_set(fault, "%s%s, and no GPU is found here",
                         watch->folder ? watch->folder : "no folder is given",
                         !watch->folder          ? ""
                         : watch->folder_missing ? ": there is no such folder"
                                                 : ": there is no recording in it");
    return (options->quiet || print_table(options) || fault_set(fault, "out of memory")) &&
           (write_outputs(options, &failed) || fault_set(fault, "not all is written"));
}

/* ---- many looks ---- */

static volatile sig_atomic_t told_to_end;

static void end(int signal)
{
    (void)signal;
    told_to_end = 1;
}

static void catch_signals(void)
{
    const struct sigaction action = {.sa_handler = end};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

static void print_line(void *context, enum news news, enum alert_level level, const char *line)
{
    (void)context, (void)news, (void)level;
    char clock[32];
    time_t now = time(NULL);
    struct tm parts;
    strftime(clock, sizeof clock, "%Y-%m-%dT%H:%M:%S", localtime_r(&now, &parts));
    printf("%s %s\n", clock, line);
    fflush(stdout);
}

/* With --quiet: what is a warning, or worse. */
static void print_warnings(void *context, enum news news, enum alert_level level, const char *line)
{
    if (level >= ALERT_WARNING)
        print_line(context, news, level, line);
}

static void show_on_screen(void *context, enum news news, enum alert_level level, const char *line)
{
    (void)news;
    struct screen *screen = context;
    snprintf(screen->news, sizeof screen->news, "%s", line);
    screen->news_level = level;
}

static void sleep_until(double until_s)
{
    double left = until_s - ranks_monotonic_s();
    if (left <= 0)
        return;
    const struct timespec pause = {.tv_sec = (time_t)left,
                                   .tv_nsec = (long)((left - floor(left)) * 1e9)};
    nanosleep(&pause, NULL);
}

/* The screen is NULL where there is no terminal. */
static bool keep_looking(struct options *options, struct screen *screen, struct fault *fault)
{
    double begun = ranks_monotonic_s(), next = begun;
    bool failed = false, stays = true;
    while (!told_to_end && stays) {
        if (!watch_look(&options->watch, fault))
            return false;
        write_outputs(options, &failed);
        double now = ranks_monotonic_s();
        next = fmax(next + options->interval_s, now);
        bool last = options->duration_s > 0 && next > begun + options->duration_s;
        if (screen)
            screen_draw(screen, &options->watch);
        if (last)
            next = begun + options->duration_s;
        if (screen)
            stays = screen_wait(screen, &options->watch, next - now);
        else
            sleep_until(next);
        stays = stays && !last;
    }
    return !failed || fault_set(fault, "not all is written");
}

static bool watch_without_terminal(struct options *options, struct fault *fault)
{
    options->watch.say = options->quiet ? print_warnings : print_line;
    return keep_looking(options, NULL, fault);
}

static bool watch_on_terminal(struct options *options, struct fault *fault)
{
    struct screen screen = {.order = options->order, .top = options->top};
    if (!screen_begin())
        return watch_without_terminal(options, fault);
    options->watch.say = show_on_screen;
    options->watch.context = &screen;
    bool done = keep_looking(options, &screen, fault);
    screen_end();
    options->watch.context = NULL;
    return done;
}

/* All else is in the table. */
static void print_files_alone(void *context, enum news news, enum alert_level level,
                              const char *line)
{
    (void)context, (void)level;
    if (news == NEWS_FILE)
        warnx("%s", line);
}

int main(int argc, char **argv)
{
    command_setup("monitor_memory");
    setlocale(LC_CTYPE, "");
    struct options options = {.interval_s = 1,
                              .watch = {.limits = {.warning = 75, .critical = 90}}};
    parse(argc, argv, &options);
    options.watch.say = print_files_alone;
    char *meant = options.watch.folder ? trace_folder_meant(options.watch.folder) : NULL;
    if (options.watch.folder && !meant)
        errx(EXIT_FAILED, "out of memory");
    options.watch.folder = meant;
    struct fault fault = {0};
    bool done;
    if (options.once) {
        done = look_once(&options, &fault);
    } else {
        catch_signals();
        done = !options.quiet && isatty(STDOUT_FILENO) && isatty(STDIN_FILENO)
                   ? watch_on_terminal(&options, &fault)
                   : watch_without_terminal(&options, &fault);
    }
    if (!done)
        warnx("%s", fault.text);
    watch_free(&options.watch);
    free(meant);
    return done ? EXIT_DONE : EXIT_FAILED;
}
