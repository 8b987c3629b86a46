/* Command lines by their tables: every kind of option, what is wrong with a line, and the help. */
#include "schemas/support/number.h"
#include "schemas/support/options.h"
#include "schemas/support/text.h"
#include "tests/unit/unit.h"

enum colour { RED, GREEN };
static const char *const COLOURS[] = {"red", "green", NULL};

struct own {
    bool flag;
    const char *text;
    struct option_texts texts;
    double number, seconds;
    uint64_t bytes;
    int64_t integer;
    unsigned count;
    enum colour colour;
    size_t taken;
};

struct shared {
    bool quiet;
};

/* What has more to it. */
struct more {
    double share, size[2], delay, memory;
    const char *output, *json;
    enum colour colour;
    bool bold;
    struct option_file file;
};

static bool take_length(const struct option_row *row, void *target, const char *text,
                        struct fault *fault)
{
    if (strlen(text) > row->detail)
        return fault_set(fault, "expected at most %zu letters, found '%s'", row->detail, text);
    *(size_t *)target += strlen(text);
    return true;
}

static const struct option_row OWN[] = {
    {.kind = OPTION_HEADING, .help = "Its own:"},
    {.name = "flag",
     .letter = 'f',
     .kind = OPTION_FLAG,
     .target = offsetof(struct own, flag),
     .help = "a flag"},
    {.name = "text",
     .letter = 't',
     .kind = OPTION_TEXT,
     .target = offsetof(struct own, text),
     .argument = "TEXT",
     .help = "a text, as 'one that stays whole however long it may be'",
     .tells_default = true},
    {.name = "texts",
     .kind = OPTION_TEXTS,
     .target = offsetof(struct own, texts),
     .argument = "TEXT",
     .help = "one more"},
    {.name = "number",
     .kind = OPTION_NUMBER,
     .target = offsetof(struct own, number),
     .least = 0.5,
     .most = 4,
     .scale = 1024,
     .argument = "GB",
     .help = "a number",
     .tells_default = true},
    {.name = "seconds",
     .kind = OPTION_DURATION,
     .target = offsetof(struct own, seconds),
     .argument = "TIME",
     .help = "a time",
     .tells_default = true},
    {.name = "bytes",
     .kind = OPTION_BYTES,
     .target = offsetof(struct own, bytes),
     .least = 0.25,
     .argument = "SIZE",
     .help = "a size",
     .tells_default = true},
    {.name = "integer",
     .kind = OPTION_INTEGER,
     .target = offsetof(struct own, integer),
     .least = -5,
     .argument = "N",
     .help = "a whole number",
     .tells_default = true},
    {.name = "count",
     .kind = OPTION_COUNT,
     .target = offsetof(struct own, count),
     .least = 1,
     .most = 9,
     .argument = "N",
     .help = "a count",
     .tells_default = true},
    {.name = "colour",
     .kind = OPTION_CHOICE,
     .target = offsetof(struct own, colour),
     .words = COLOURS,
     .help = "a colour",
     .tells_default = true},
    {.name = "taken",
     .kind = OPTION_TAKEN,
     .target = offsetof(struct own, taken),
     .take = take_length,
     .detail = 3,
     .argument = "X",
     .help = "letters"},
    {.name = "secret", .kind = OPTION_FLAG, .target = offsetof(struct own, flag), .hidden = true},
    {0},
};

static const struct option_row MORE[] = {
    {.kind = OPTION_HEADING, .help = "More:"},
    {.name = "share",
     .letter = 's',
     .kind = OPTION_PERCENT,
     .target = offsetof(struct more, share),
     .most = 99,
     .scale = 0.01,
     .argument = "PERCENT",
     .help = "a share",
     .tells_default = true},
    {.name = "size",
     .kind = OPTION_PAIR,
     .target = offsetof(struct more, size),
     .least = 1,
     .most = 40,
     .argument = "WxH",
     .help = "two numbers"},
    {.name = "delay",
     .kind = OPTION_DURATION,
     .target = offsetof(struct more, delay),
     .least = 0.5,
     .most = 60,
     .argument = "TIME",
     .help = "a time with limits"},
    {.name = "output",
     .old_name = "output-dir",
     .letter = 'o',
     .kind = OPTION_TEXT,
     .target = offsetof(struct more, output),
     .argument = "DIR",
     .help = "once called otherwise"},
    {.name = "json",
     .letter = 'j',
     .kind = OPTION_TEXT,
     .target = offsetof(struct more, json),
     .bare = "-",
     .argument = "FILE",
     .help = "with or without a value"},
    {.name = "memory",
     .kind = OPTION_SIZE,
     .target = offsetof(struct more, memory),
     .least = 0.25,
     .most = 100,
     .scale = 1024,
     .argument = "SIZE",
     .help = "a size in GB",
     .tells_default = true},
    {.name = "later-colour",
     .kind = OPTION_CHOICE,
     .target = offsetof(struct more, colour),
     .least = GREEN,
     .words = &COLOURS[1],
     .help = "from the second on",
     .tells_default = true},
    {.name = "bold", .kind = OPTION_FLAG, .target = offsetof(struct more, bold), .help = "a flag"},
    {.name = "file",
     .kind = OPTION_FILE,
     .target = offsetof(struct more, file),
     .argument = "FILE",
     .help = "options from a file"},
    {0},
};

static const struct option_row SHARED[] = {
    {.kind = OPTION_HEADING, .help = "Of all:"},
    {.name = "quiet",
     .letter = 'q',
     .kind = OPTION_FLAG,
     .target = offsetof(struct shared, quiet),
     .help = "say nothing"},
    {0},
};

static const struct option_command MIXED = {
    .arguments = "FILE...",
    .about = "Tries what there is. This line is 79 wide, and so ends with this: xxxxxxx yyyyy "
             "zzz.",
    .notes = "Example:\n  try --flag   file\n\nAll.\n"};
static const struct option_command RUNNING = {
    .arguments = "-- COMMAND...", .about = "", .notes = "", .runs_command = true};

enum { MOST = 32 };

/* A line of words between blanks, which stays in memory. */
struct reading {
    char text[256], *argv[MOST];
    int argc;
    struct own own;
    struct more more;
    struct shared shared;
    char **arguments;
    struct fault fault;
};

static enum options_end read_line(struct reading *reading, const struct option_command *command,
                                  const char *line)
{
    *reading = (struct reading){.argc = 0};
    snprintf(reading->text, sizeof reading->text, "try %s", line);
    char *rest = reading->text;
    while ((reading->argv[reading->argc] = strsep(&rest, " ")))
        reading->argc++;
    const struct option_table tables[] = {
        {OWN, &reading->own}, {MORE, &reading->more}, {SHARED, &reading->shared}, {0}};
    return options_read(command, tables, reading->argc, reading->argv, &reading->arguments,
                        &reading->fault);
}

static void test_values(void **state)
{
    (void)state;
    struct reading one;
    assert_int_equal(
        read_line(&one, &MIXED,
                  "a -ft x --texts=1 --number 1.5 b --texts 2 --seconds=2h --bytes 0.5 "
                  "--integer=-5 --colour green --quiet"),
        OPTIONS_READ);
    assert_true(one.own.flag && one.shared.quiet);
    assert_string_equal(one.own.text, "x");
    assert_int_equal(one.own.texts.count, 2);
    assert_string_equal(one.own.texts.list[1], "2");
    assert_true(one.own.number == 1536 && one.own.seconds == 7200);
    assert_int_equal(one.own.bytes, 524288);
    assert_int_equal(one.own.integer, -5);
    assert_int_equal(one.own.colour, GREEN);
    assert_string_equal(one.arguments[0], "a");
    assert_string_equal(one.arguments[1], "b");
    assert_null(one.arguments[2]);
    free(one.own.texts.list);
    /* The last one stands; shortened names; "--". */
    assert_int_equal(read_line(&one, &MIXED, "--cou 3 --coun=9 --taken ab --ta abc -- --flag -x"),
                     OPTIONS_READ);
    assert_int_equal(one.own.count, 9);
    assert_int_equal(one.own.taken, 5);
    assert_false(one.own.flag);
    assert_string_equal(one.arguments[0], "--flag");
    assert_string_equal(one.arguments[1], "-x");
    assert_int_equal(read_line(&one, &MIXED, "--secret"), OPTIONS_READ);
    assert_true(one.own.flag);
}

static void test_more(void **state)
{
    (void)state;
    struct reading one;
    assert_int_equal(read_line(&one, &MIXED,
                               "--share 5% a --size 7 2.5 b --delay 1m --output-dir x "
                               "--json --later-colour green"),
                     OPTIONS_READ);
    assert_true(one.more.share == 0.05 && one.more.delay == 60);
    assert_true(one.more.size[0] == 7 && one.more.size[1] == 2.5);
    assert_string_equal(one.more.output, "x");
    assert_string_equal(one.more.json, "-");
    assert_int_equal(one.more.colour, GREEN);
    assert_string_equal(one.arguments[0], "a");
    assert_string_equal(one.arguments[1], "b");
    assert_null(one.arguments[2]);

    /* One word, a value behind its letter, and both names where the option is shortened. */
    assert_int_equal(
        read_line(&one, &MIXED, "-s50 --size 3x4 --outp y --delay=0.5 -jfile --json=last"),
        OPTIONS_READ);
    assert_true(one.more.share == 0.5 && one.more.size[0] == 3 && one.more.size[1] == 4);
    assert_string_equal(one.more.output, "y");
    assert_string_equal(one.more.json, "last");
    static const char *const after[][2] = {
        {"--json out", "out"}, {"--json - a", "-"}, {"--json -f", "-"}, {"-j out", "out"}};
    for (size_t i = 0; i < sizeof after / sizeof *after; i++) {
        assert_int_equal(read_line(&one, &MIXED, after[i][0]), OPTIONS_READ);
        assert_string_equal(one.more.json, after[i][1]);
    }
    assert_true(read_line(&one, &MIXED, "--json -f") == OPTIONS_READ && one.own.flag);
}

/* One word for one size, in every spelling; a number alone is in the option's own unit. */
static void test_sizes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double mb, bare_mb; /* of an option in GB, and in MB */
    } sizes[] = {
        {"80", 81920, 80},         {"80GB", 81920, 81920}, {"80GiB", 81920, 81920},
        {"80g", 81920, 81920},     {"80gb", 81920, 81920}, {"500MB", 500, 500},
        {"500MiB", 500, 500},      {"0.5", 512, 0.5},      {"1.5T", 1572864, 1572864},
        {"2TB", 2097152, 2097152}, {"512KB", 0.5, 0.5},    {"0", 0, 0},
    };
    struct fault fault;
    double mb, unit;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_true(size_parse(sizes[i].text, 1024, &mb, NULL, &fault));
        assert_true(mb == sizes[i].mb);
        assert_true(size_parse(sizes[i].text, 1, &mb, NULL, &fault));
        assert_true(mb == sizes[i].bare_mb);
    }
    assert_true(size_parse("500MB", 1024, &mb, &unit, &fault) && unit == 1);
    assert_true(size_parse("500", 1024, &mb, &unit, &fault) && unit == 1024);
    static const char *const wrong[] = {"",    "GB",  "80XB", "80 GB", "80GBs", "-1",
                                        "nan", "inf", "80Gi", "8x",    "80B"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(size_parse(wrong[i], 1024, &mb, NULL, &fault));
    assert_string_equal(fault.text, "'80B' is not a size like 80, 80GB, 80GiB, 40G or 500MB");

    struct reading one;
    assert_int_equal(read_line(&one, &MIXED, "--memory 2GB --bytes 1GiB"), OPTIONS_READ);
    assert_true(one.more.memory == 2048 && one.own.bytes == 1 << 30);
    assert_int_equal(read_line(&one, &MIXED, "--memory 512MB --bytes 3"), OPTIONS_READ);
    assert_true(one.more.memory == 512 && one.own.bytes == 3 << 20);
}

static void test_find(void **state)
{
    (void)state;
    static const struct option_table tables[] = {{OWN, NULL}, {MORE, NULL}, {0}};
    assert_ptr_equal(options_find(tables, "texts=3", 5), &OWN[3]);
    assert_ptr_equal(options_find(tables, "text", 4), &OWN[2]);
    assert_ptr_equal(options_find(tables, "output-dir", 10), &MORE[4]);
    assert_string_equal(options_find(tables, "usage", 5)->name, "usage");
    assert_null(options_find(tables, "tex", 3));
    assert_null(options_find(tables, "quiet", 5));
}

static void test_another_command(void **state)
{
    (void)state;
    static const char *const lines[] = {"-q -- run --flag --nope", "-q run --flag --nope"};
    for (int i = 0; i < 2; i++) {
        struct reading one;
        assert_int_equal(read_line(&one, &RUNNING, lines[i]), OPTIONS_READ);
        assert_true(one.shared.quiet && !one.own.flag);
        assert_string_equal(one.arguments[0], "run");
        assert_string_equal(one.arguments[2], "--nope");
        assert_null(one.arguments[3]);
    }
}

static void test_wrong_lines(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"--nope", "unrecognized option '--nope'"},
        {"-x", "invalid option -- 'x'"},
        {"a -fx", "invalid option -- 'x'"},
        {"--text", "option '--text' requires an argument"},
        {"-t", "option '-t' requires an argument"},
        {"--flag=1", "option '--flag' doesn't allow an argument"},
        {"--te x", "option '--te' is ambiguous; possibilities: '--text' '--texts'"},
        {"--number 4.5", "--number: '4.5' is not a number from 0.5 to 4"},
        {"--number nan", "--number: 'nan' is not a number from 0.5 to 4"},
        {"--bytes 0", "--bytes: '0' is not a size of at least 0.25 MB"},
        {"--integer=-6", "--integer: '-6' is not a whole number of at least -5"},
        {"--integer 1x", "--integer: '1x' is not a whole number of at least -5"},
        {"--count 10", "--count: '10' is not a whole number from 1 to 9"},
        {"--seconds 3w", "--seconds: '3w' is not a time like 90, 30m or 2h"},
        {"--seconds=-1", "--seconds: '-1' is not a time like 90, 30m or 2h"},
        {"--colour blue", "--colour: expected red or green, found 'blue'"},
        {"--share 99.5%", "--share: '99.5' is not a number from 0 to 99"},
        {"--share %", "--share: '%' is not a number from 0 to 99"},
        {"--size 7", "--size: expected two numbers, as WxH, found only '7'"},
        {"--size 7x", "--size: '' is not a number from 1 to 40"},
        {"--size 41x2", "--size: '41' is not a number from 1 to 40"},
        {"--delay 2m", "--delay: '2m' is not a time from 0.5 to 60 seconds"},
        {"--memory 101", "--memory: '101' is not a size from 0.25 to 100 GB"},
        {"--memory 100MB", "--memory: '100MB' is not a size from 0.25 to 100 GB"},
        {"--memory 8x", "--memory: '8x' is not a size like 80, 80GB, 80GiB, 40G or 500MB"},
        {"--bytes 8x", "--bytes: '8x' is not a size like 80GB, 80GiB, 40G or 500MB"},
        {"--later-colour red", "--later-colour: expected green, found 'red'"},
        {"--taken abcd", "--taken: expected at most 3 letters, found 'abcd'"},
    };
    static const char *const fine[] = {"--number 0.5", "--number 4", "--count 1", "--taken abc"};
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
        struct reading one;
        assert_int_equal(read_line(&one, &MIXED, fine[i]), OPTIONS_READ);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct reading one;
        assert_int_equal(read_line(&one, &MIXED, wrong[i][0]), OPTIONS_WRONG);
        assert_string_equal(one.fault.text, wrong[i][1]);
    }
    struct reading one;
    assert_int_equal(read_line(&one, &RUNNING, "--text"), OPTIONS_WRONG);
    assert_string_equal(one.fault.text, "option '--text' requires an argument");
    assert_int_equal(read_line(&one, &MIXED, "--help --nope"), OPTIONS_HELP);
    assert_int_equal(read_line(&one, &MIXED, "-?"), OPTIONS_HELP);
    assert_int_equal(read_line(&one, &MIXED, "--usage"), OPTIONS_USAGE);
    assert_int_equal(read_line(&one, &MIXED, "-V"), OPTIONS_VERSION);
}

static void test_durations(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        double seconds;
    } of[] = {{"90", 90}, {"90s", 90}, {"30m", 1800}, {"2h", 7200}, {"1.5d", 129600}, {"0", 0}};
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        char line[32];
        struct reading one;
        snprintf(line, sizeof line, "--seconds %s", of[i].line);
        assert_int_equal(read_line(&one, &MIXED, line), OPTIONS_READ);
        assert_true(one.own.seconds == of[i].seconds);
    }
}

static const struct own OWN_DEFAULTS = {.text = "there",
                                        .number = 2048,
                                        .seconds = 90,
                                        .bytes = 3 << 20,
                                        .integer = -3,
                                        .count = 7,
                                        .colour = GREEN};

static void test_help(void **state)
{
    (void)state;
    struct own own = OWN_DEFAULTS;
    struct more more = {.share = 0.1, .memory = 2048, .colour = GREEN};
    struct shared shared = {0};
    const struct option_table tables[] = {{OWN, &own}, {MORE, &more}, {SHARED, &shared}, {0}};
    struct growing_text help;
    assert_true(growing_text_begin(&help));
    options_print_help(help.stream, &MIXED, tables, "try");
    char *text = growing_text_end(&help);
    assert_string_equal(
        text, "Usage: try [OPTION...] FILE...\n"
              "Tries what there is. This line is 79 wide, and so ends with this: xxxxxxx "
              "yyyyy\nzzz.\n"
              "\n"
              " Its own:\n"
              "  -f, --flag                 a flag\n"
              "  -t, --text=TEXT            a text, as\n"
              "                             'one that stays whole however long it may be'\n"
              "                             (default: there)\n"
              "      --texts=TEXT           one more\n"
              "      --number=GB            a number (default: 2)\n"
              "      --seconds=TIME         a time (default: 90)\n"
              "      --bytes=SIZE           a size (default: 3 MB)\n"
              "      --integer=N            a whole number (default: -3)\n"
              "      --count=N              a count (default: 7)\n"
              "      --colour=red|green     a colour (default: green)\n"
              "      --taken=X              letters\n"
              "\n"
              " More:\n"
              "  -s, --share=PERCENT        a share (default: 10)\n"
              "      --size=WxH             two numbers\n"
              "      --delay=TIME           a time with limits\n"
              "  -o, --output=DIR           once called otherwise\n"
              "  -j, --json[=FILE]          with or without a value\n"
              "      --memory=SIZE          a size in GB (default: 2 GB)\n"
              "      --later-colour=green   from the second on (default: green)\n"
              "      --bold                 a flag\n"
              "      --file=FILE            options from a file\n"
              "\n"
              " Of all:\n"
              "  -q, --quiet                say nothing\n"
              "\n"
              "  -?, --help                 give this help list\n"
              "      --usage                give a short usage message\n"
              "  -V, --version              print the program's version\n"
              "\n"
              "SIZE: 80, 80GB, 80GiB, 40G or 500MB. A GB is 1024 MB, whatever it is called:\n"
              "80GB and 80GiB are both 81920 MB.\n"
              "\n"
              "Example:\n"
              "  try --flag   file\n"
              "\n"
              "All.\n");
    free(text);
    assert_true(growing_text_begin(&help));
    options_print_usage(help.stream, &MIXED, tables, "try");
    text = growing_text_end(&help);
    assert_string_equal(
        text, "Usage: try [-f|--flag] [-t|--text=TEXT] [--texts=TEXT] [--number=GB]\n"
              "       [--seconds=TIME] [--bytes=SIZE] [--integer=N] [--count=N]\n"
              "       [--colour=red|green] [--taken=X] [-s|--share=PERCENT] [--size=WxH]\n"
              "       [--delay=TIME] [-o|--output=DIR] [-j|--json[=FILE]] [--memory=SIZE]\n"
              "       [--later-colour=green] [--bold] [--file=FILE] [-q|--quiet] [-?|--help]\n"
              "       [--usage] [-V|--version] FILE...\n");
    free(text);
}

/* Reads a line, with FILE in it standing for a file of that content; the text is freed. */
static enum options_end read_with_file(struct reading *reading, const char *content,
                                       const char *line)
{
    char *folder = unit_make_folder(), whole[200];
    const char *place = strstr(line, "FILE");
    unit_write_file(folder, "f", content, strlen(content));
    snprintf(whole, sizeof whole, "%.*s%s/f%s", (int)(place - line), line, folder,
             place + strlen("FILE"));
    enum options_end end = read_line(reading, &MIXED, whole);
    unit_remove_folder(folder);
    return end;
}

static void wrong_file(const char *content, const char *line, const char *part)
{
    struct reading one;
    assert_int_equal(read_with_file(&one, content, line), OPTIONS_WRONG);
    if (!strstr(one.fault.text, part))
        fail_msg("'%s' lacks '%s'", one.fault.text, part);
    free(one.more.file.text);
}

/* What is in a file comes before the line, wherever it is named, and the line rules. */
static void test_files(void **state)
{
    (void)state;
    static const char content[] = "# all of it\n\n output = a b  \nsize=7x2.5\r\nbold = yes\n"
                                  "json = \" quoted \"\nshare = 5%";
    struct reading one;
    assert_int_equal(read_with_file(&one, content, "a --output x --size 3 4 --file FILE b"),
                     OPTIONS_READ);
    assert_string_equal(one.more.output, "x");
    assert_string_equal(one.more.json, " quoted ");
    assert_true(one.more.size[0] == 3 && one.more.size[1] == 4 && one.more.share == 0.05);
    assert_true(one.more.bold);
    assert_string_equal(one.arguments[0], "a");
    assert_string_equal(one.arguments[1], "b");
    assert_null(one.arguments[2]);
    free(one.more.file.text);
    assert_int_equal(read_with_file(&one, content, "--file=FILE"), OPTIONS_READ);
    assert_string_equal(one.more.output, "a b");
    assert_true(one.more.size[0] == 7 && one.more.size[1] == 2.5);
    free(one.more.file.text);
    assert_int_equal(read_with_file(&one, "bold = no", "--file FILE"), OPTIONS_READ);
    assert_false(one.more.bold);
    free(one.more.file.text);
    wrong_file("\nshare = much", "--file FILE", "/f:2: share: ");
    wrong_file("flag = yes", "--file FILE", "no option 'flag' can stand in such a file");
    wrong_file("file = x", "--file FILE", "no option 'file' can stand");
    wrong_file("share", "--file FILE", "/f:1: expected NAME = VALUE, found 'share'");
    wrong_file("bold = 1", "--file FILE", "expected yes or no, found '1'");
    wrong_file("share = 1", "--file FILE --file other", "only one file");
    wrong_file("share = 1", "--file FILE --nothing", "unrecognized option '--nothing'");
    assert_int_equal(read_line(&one, &MIXED, "--file /nowhere"), OPTIONS_WRONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_more),        cmocka_unit_test(test_files),
        cmocka_unit_test(test_sizes),       cmocka_unit_test(test_find),
        cmocka_unit_test(test_values),      cmocka_unit_test(test_another_command),
        cmocka_unit_test(test_wrong_lines), cmocka_unit_test(test_durations),
        cmocka_unit_test(test_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
