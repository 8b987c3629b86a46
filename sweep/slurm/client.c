#include "sweep/slurm/client.h"

#include "schemas/support/array.h"
#include "schemas/support/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- running a command ---- */

/* A file without a name, with the text in it. */
static int text_file(const char *text)
{
    int fd = memfd_create("slurm", MFD_CLOEXEC);
    size_t length = text ? strlen(text) : 0;
    if (fd >= 0 && write(fd, text ? text : "", length) == (ssize_t)length &&
        lseek(fd, 0, SEEK_SET) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static char *read_all(int fd)
{
    off_t length = lseek(fd, 0, SEEK_END);
    char *text = length >= 0 ? malloc((size_t)length + 1) : NULL;
    ssize_t got = text ? pread(fd, text, (size_t)length, 0) : -1;
    if (got >= 0)
        text[got] = '\0';
    return text;
}

static bool check_end(const char *name, int status, const char *text, struct fault *fault)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    return fault_set(fault, "%s: %.*s", name, (int)strcspn(text, "\n"), *text ? text : "failed");
}

bool slurm_run(const char *const *arguments, const char *input, char **output, struct fault *fault)
{
    const char *name = arguments[0];
    /* Output goes into a file too, so that nobody need read two pipes at once. */
    int in = text_file(input), out = text_file(NULL), status = 0;
    pid_t pid = 0;
    bool done = false;
    *output = NULL;
    int error = in < 0 || out < 0 ? errno : process_spawn(arguments, in, out, &pid);
    if (error) {
        fault_set_errno(fault, error, "%s: cannot be run", name);
    } else {
        (void)process_wait(pid, &status);
        *output = read_all(out);
        done = *output ? check_end(name, status, *output, fault)
                       : fault_set_errno(fault, ENOMEM, "%s", name);
    }
    if (!done) {
        free(*output);
        *output = NULL;
    }
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    return done;
}

/* ---- what it says ---- */

enum slurm_state slurm_state_of(const char *word)
{
    static const struct {
        const char *word;
        enum slurm_state state;
    } WORDS[] = {
        {"PENDING", SLURM_WAITING},
        {"CONFIGURING", SLURM_WAITING},
        {"REQUEUED", SLURM_WAITING},
        {"REQUEUE_HOLD", SLURM_WAITING},
        {"REQUEUE_FED", SLURM_WAITING},
        {"SPECIAL_EXIT", SLURM_WAITING},
        {"RESV_DEL_HOLD", SLURM_WAITING},
        {"RUNNING", SLURM_RUNNING},
        {"COMPLETING", SLURM_RUNNING},
        {"SUSPENDED", SLURM_RUNNING},
        {"STOPPED", SLURM_RUNNING},
        {"SIGNALING", SLURM_RUNNING},
        {"STAGE_OUT", SLURM_RUNNING},
        {"RESIZING", SLURM_RUNNING},
        {"COMPLETED", SLURM_ENDED},
        {"FAILED", SLURM_ENDED},
        {"CANCELLED", SLURM_CANCELLED},
        {"TIMEOUT", SLURM_TIMEOUT},
        {"OUT_OF_MEMORY", SLURM_OUT_OF_MEMORY},
    };
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (strncmp(word, WORDS[i].word, strlen(WORDS[i].word)) == 0)
            return WORDS[i].state;
    return *word ? SLURM_LOST : SLURM_ABSENT;
}

static bool take_state(char *line, struct slurm_task_state *state)
{
    char *end;
    state->index = strtol(line, &end, 10);
    if (end == line || *end != ' ')
        return false;
    end += strspn(end, " ");
    snprintf(state->word, sizeof state->word, "%s", end);
    state->state = slurm_state_of(end);
    return true;
}

static bool take_states(char *text, struct slurm_task_state **states, size_t *count,
                        struct fault *fault)
{
    for (char *line; (line = strsep(&text, "\n"));) {
        struct slurm_task_state state;
        if (!take_state(line, &state))
            continue;
        struct slurm_task_state *added = ARRAY_ADD(*states, *count);
        if (!added) {
            free(*states);
            *states = NULL;
            return fault_set_errno(fault, ENOMEM, "squeue");
        }
        *added = state;
    }
    return true;
}

bool slurm_queue(const char *job, struct slurm_task_state **states, size_t *count,
                 struct fault *fault)
{
    const char *const arguments[] = {"squeue", "--noheader", "--array",        "--states=all",
                                     "--jobs", job,          "--format=%K %T", NULL};
    char *text;
    *states = NULL;
    *count = 0;
    if (!slurm_run(arguments, NULL, &text, fault))
        return strstr(fault->text, "Invalid job id") != NULL; /* it has been forgotten */
    bool taken = take_states(text, states, count, fault);
    free(text);
    return taken;
}

struct slurm_task_state slurm_accounted(const char *job, long index)
{
    struct slurm_task_state state = {.index = index, .state = SLURM_ABSENT};
    char task[64], *text;
    struct fault ignored = {0};
    snprintf(task, sizeof task, "%s_%ld", job, index);
    const char *const arguments[] = {"sacct",  "--noheader", "--allocations",  "--parsable2",
                                     "--jobs", task,         "--format=State", NULL};
    if (!slurm_run(arguments, NULL, &text, &ignored))
        return state; /* accounting is often disabled */
    snprintf(state.word, sizeof state.word, "%.*s", (int)strcspn(text, "\n"), text);
    state.state = slurm_state_of(state.word);
    free(text);
    return state;
}

long slurm_most_tasks(void)
{
    static const char key[] = "MaxArraySize";
    static const long usual = 1001;
    const char *const arguments[] = {"scontrol", "show", "config", NULL};
    char *text;
    struct fault ignored = {0};
    if (!slurm_run(arguments, NULL, &text, &ignored))
        return usual - 1;
    const char *at = strstr(text, key);
    const char *value = at ? strchr(at, '=') : NULL;
    long most = value ? strtol(value + 1, NULL, 10) : usual;
    free(text);
    return most > 1 ? most - 1 : 1; /* indices end below it */
}
