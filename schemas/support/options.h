/* Command lines. A command has a table of its options, one row per option: a row says what is
 * read (a flag, a number in a range, one of some words), where it goes, and what the help says of
 * it. Parsing, --help, --usage and --version follow from the table. For mains only.
 *
 * Long options may be shortened as far as they stay unique. Options and arguments may stand in any
 * order; behind "--" all are arguments. */
#ifndef SCHEMAS_SUPPORT_OPTIONS_H
#define SCHEMAS_SUPPORT_OPTIONS_H

#include "schemas/support/command.h"
#include "schemas/support/fault.h"

#include <stdint.h>
#include <stdio.h>

struct option_row;

/* Reads an argument of a syntax of its own into the row's target. On failure the fault says what
 * was expected and what was found; the option's name is put before it. */
typedef bool (*option_take_fn)(const struct option_row *row, void *target, const char *text,
                               struct fault *fault);

/* What is read, and into what. */
enum option_kind {
    OPTION_HEADING,  /* no option: `help` stands above the rows that follow */
    OPTION_FLAG,     /* bool: true where it is given */
    OPTION_TEXT,     /* const char *: as it stands */
    OPTION_TEXTS,    /* struct option_texts: one more of them */
    OPTION_NUMBER,   /* double, least to most, times the scale */
    OPTION_SIZE,     /* double, GB, least to most, times the scale: 80, 80GB, 80GiB, 500MB */
    OPTION_BYTES,    /* uint64_t, bytes: as above, least to most and without a unit in MB */
    OPTION_INTEGER,  /* int64_t, least to most */
    OPTION_COUNT,    /* unsigned, least to most */
    OPTION_PERCENT,  /* double, as a number: 5 or 5% */
    OPTION_PAIR,     /* double[2], least to most: 7x2.4, or two words */
    OPTION_DURATION, /* double, seconds, least to most: 90, 90s, 30m, 2h, 1d */
    OPTION_CHOICE,   /* int (or an enumeration): the place of the word among `words`, from least */
    OPTION_FILE,  /* struct option_file: lines of NAME = VALUE, by the names of its table's rows */
    OPTION_TAKEN, /* whatever: by `take` */
};

struct option_row {
    const char *name;     /* without its dashes */
    const char *old_name; /* what it was called before, still taken; or NULL */
    const char *bare;     /* what stands where its value is left out; NULL: it may not be */
    enum option_kind kind;
    char letter;              /* 0: none */
    bool hidden;              /* from the help */
    bool tells_default;       /* the help tells the value that stands where it is not given */
    size_t target;            /* offset in the table's struct */
    double least, most;       /* both included; most 0: no limit */
    double scale;             /* 0: 1 */
    const char *const *words; /* ended by NULL */
    option_take_fn take;
    option_take_fn allow; /* may the line give it? NULL: yes. Gets the table's struct. A file is not
                           * asked: it is for several commands, and one may lack what it sets. */
    size_t detail;        /* for `take` and `allow` */
    const char *argument; /* for the help: "DIR"; a choice's may be NULL: its words */
    const char *help;
};

/* All zero bytes: none. Free the list. */
struct option_texts {
    size_t count;
    char **list; /* the texts are the command line's */
};

/* A file of options: they are taken before the line's own, which rule over them. A line that begins
 * with # is a comment, quotes around a value are left out, a flag is yes or no. All zero bytes:
 * none was given. Free the text once no value is used any more: values point into it. */
struct option_file {
    const char *path;
    char *text;
};

/* Rows and the struct that they fill; both end with a row, a table of all zero bytes. Options that
 * several commands share are a table of their own. */
struct option_table {
    const struct option_row *rows;
    void *target; /* it holds the defaults before */
};

struct option_command {
    const char *arguments; /* for the help: "LOG...", or "" */
    const char *about;     /* what the command does */
    const char *notes;     /* below the options. Lines that begin with blanks stay as they are */
    bool runs_command;     /* from the first argument on all is another command's */
    bool front_door;       /* which is one of COMMAND_LIST */
};

/* Fills the tables' structs and gives the arguments (a part of argv, which is put in order, ended
 * by NULL). Ends the command with --help and --version, with a wrong line (status 2), and when out
 * of memory. */
char **options_parse(const struct option_command *command, const struct option_table *tables,
                     int argc, char **argv, size_t *argument_count);

/* Where the line is "--completion bash|zsh|fish" or "--man-page" alone: prints that, and ends the
 * command. For `make install`; options_parse calls it. */
void options_answer_install(const struct option_command *command, const struct option_table *tables,
                            int argc, char *const *argv);

/* Is a document printed (its FILE is "-"), so that nothing else may be? */
bool options_print_alone(const char *file);

/* Of OPTION_REFUSED_ROW. */
bool options_refuse(const struct option_row *row, void *target, const char *text,
                    struct fault *fault);

/* The one folder of a command that takes it as an argument or by --memory-dir: the argument, or
 * NULL where there is none. Ends the command where there are several. */
char *options_folder(char *const *arguments, const char *memory_dir);

/* Ends the command with a wrong line that names the first argument, where there is one. */
void options_expect_no_arguments(char *const *arguments);

/* Ends the command as a wrong line does: for what only shows once all is read. */
_Noreturn void options_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- what it is made of ---- */

enum options_end {
    OPTIONS_READ,
    OPTIONS_WRONG, /* the fault says why */
    OPTIONS_NO_MEMORY,
    OPTIONS_HELP, /* asked for, as the two below */
    OPTIONS_USAGE,
    OPTIONS_VERSION,
};
enum options_end options_read(const struct option_command *command,
                              const struct option_table *tables, int argc, char **argv,
                              char ***arguments, struct fault *fault);

void options_print_help(FILE *stream, const struct option_command *command,
                        const struct option_table *tables, const char *name);
void options_print_usage(FILE *stream, const struct option_command *command,
                         const struct option_table *tables, const char *name);

void options_print_man_page(FILE *stream, const struct option_command *command,
                            const struct option_table *tables, const char *name);

/* Of a row: "-o, --output=BASE", and what the help says of it, with the default where it is told
 * and the table's struct is there. They return the text. */
enum { OPTIONS_LINE = 1024 };
char *options_row_names(const struct option_row *row, char names[OPTIONS_LINE]);
char *options_row_help(const struct option_row *row, const void *target, char help[OPTIONS_LINE]);

/* What is to be said of arguments that several options take: a paragraph each, and an empty line.
 */
void options_put_arguments(FILE *stream, const struct option_table *tables,
                           void (*put)(FILE *stream, const char *text));

enum options_shell { OPTIONS_BASH, OPTIONS_ZSH, OPTIONS_FISH };
void options_print_completion(FILE *stream, const struct option_command *command,
                              const struct option_table *tables, const char *name,
                              enum options_shell shell);

/* The row of a name without dashes, among those that every command has, too; NULL: there is none.
 */
const struct option_row *options_find(const struct option_table *tables, const char *name,
                                      size_t length);

/* Rows that every command has, behind its own. */
extern const struct option_row OPTIONS_OF_ALL[];

/* Arguments that the help explains below all options. */
#define OPTION_ARGUMENT_SIZE "SIZE" /* as size_parse takes it */
#define OPTION_ARGUMENT_LIST "LIST" /* of whole numbers: schemas/configuration/value_list.h */

/* ---- rows that many commands have; `at`: where their value is in the table's struct ---- */

#define OPTION_TEXT_ROW(option, at, value, text)                                                   \
    {                                                                                              \
        .name = (option), .kind = OPTION_TEXT, .target = (at), .argument = (value), .help = (text) \
    }
#define OPTION_FLAG_ROW(option, at, text)                                                          \
    {                                                                                              \
        .name = (option), .kind = OPTION_FLAG, .target = (at), .help = (text)                      \
    }
/* `text`: what it is the memory of, and what for. */
#define OPTION_GPU_MEMORY_ROW(at, text)                                                            \
    {                                                                                              \
        .name = "gpu-memory", .kind = OPTION_SIZE, .target = (at), .least = 0.001, .most = 1e6,    \
        .argument = OPTION_ARGUMENT_SIZE, .help = (text)                                           \
    }
#define OPTION_JOBS_ROW(at)                                                                        \
    {                                                                                              \
        .name = "jobs", .letter = 'j', .kind = OPTION_COUNT, .target = (at), .least = 1,           \
        .most = 1024, .argument = "N", .help = "threads that read (default: one per processor)"    \
    }
/* `text`: what is written. With "-" nothing else is printed: options_print_alone. */
#define OPTION_JSON_ROW(at, text)                                                                  \
    {                                                                                              \
        .name = "json", .kind = OPTION_TEXT, .target = (at), .argument = "FILE",                   \
        .help = text ", for programs; -: to standard output"                                       \
    }
/* One that other commands have, and this one could do nothing with: it says why. */
#define OPTION_REFUSED_ROW(option, why)                                                            \
    {                                                                                              \
        .name = (option), .kind = OPTION_TAKEN, .take = options_refuse, .help = (why),             \
        .hidden = true                                                                             \
    }
#define OPTION_QUIET_ROW(at)                                                                       \
    {                                                                                              \
        .name = "quiet", .letter = 'q', .kind = OPTION_FLAG, .target = (at),                       \
        .help = "print only warnings and errors"                                                   \
    }

#endif
