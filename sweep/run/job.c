#include "sweep/run/job.h"

#include "schemas/support/output_file.h"
#include "schemas/trace_folder/trace_folder.h"
#include "sweep/plan/template.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char EARLIER[] = "earlier";

char *job_folder(const char *folder, const struct sweep_entry *entry)
{
    char name[CONFIGURATION_TEXT], *path;
    configuration_folder(name, sizeof name, &entry->configuration);
    return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

/* ---- the command ---- */

static struct template_values values_of(const struct run_options *options,
                                        const struct sweep_entry *entry)
{
    return (struct template_values){
        .rules = &options->rules,
        .entry = entry,
        .trace_dir = "",
        .log_dir = "",
    };
}

/* Is there a program of that name, as execvp looks for it? */
static bool program_exists(const char *name)
{
    if (strchr(name, '/'))
        return access(name, X_OK) == 0;
    const char *path = getenv("PATH");
    if (!path)
        return true; /* the system has its own idea then */
    while (*path) {
        char candidate[4200];
        int length = (int)strcspn(path, ":");
        snprintf(candidate, sizeof candidate, "%.*s/%s", length, length ? path : ".", name);
        if (access(candidate, X_OK) == 0)
            return true;
        path += length;
        path += *path == ':';
    }
    return false;
}

bool job_check(const struct run_options *options, const struct sweep_entry *entry,
               struct fault *fault)
{
    struct template_values values = values_of(options, entry);
    for (char *const *argument = options->command; *argument; argument++) {
        struct fault why;
        if (!template_check(*argument, &values, &why))
            return fault_set(fault, "'%s': %s", *argument, why.text);
    }
    /* One that is made from a configuration's sizes is looked for when it is run. */
    const char *program = options->command[0];
    if (!program)
        return fault_set(fault, "there is no command");
    if (!template_has_names(program) && !program_exists(program))
        return fault_set(fault, "%s: there is no such program, or it cannot be run", program);
    return true;
}

/* ---- what an earlier run left ---- */

static bool put_aside(const char *path, const char *name, const char *aside, struct fault *fault)
{
    char *target;
    if (asprintf(&target, "%s/%s", aside, name) < 0)
        return fault_set_errno(fault, ENOMEM, "%s", path);
    bool done = rename(path, target) == 0 || errno == ENOENT ||
                fault_set_errno(fault, errno, "%s: cannot be put aside, into %s", path, aside);
    free(target);
    return done;
}

/* Its traces are told by their names' tags. Left where they are, they would be drawn as this run's.
 */
static bool put_traces_aside(const struct job *job, const struct sweep_entry *entry,
                             const char *aside, struct fault *fault)
{
    struct trace_folder traces;
    if (!trace_folder_list(job->trace_dir, NULL, &traces, fault))
        return false;
    bool done = true;
    for (size_t i = 0; done && i < traces.count; i++)
        if (configuration_compatible(&traces.files[i].name.configuration, &entry->configuration,
                                     true, NULL))
            done = put_aside(traces.files[i].path, traces.files[i].base, aside, fault);
    trace_folder_free(&traces);
    return done;
}

static bool clear_up(const struct job *job, const struct sweep_entry *entry, struct fault *fault)
{
    char *aside = NULL, *result = NULL;
    bool done = false;
    if (asprintf(&aside, "%s/%s", job->folder, EARLIER) < 0 ||
        asprintf(&result, "%s/%s", job->folder, JOB_RESULT) < 0)
        fault_set_errno(fault, ENOMEM, "%s", job->folder);
    else
        done = make_folders(aside, fault) && put_aside(job->log_path, JOB_LOG, aside, fault) &&
               put_aside(result, JOB_RESULT, aside, fault) &&
               put_traces_aside(job, entry, aside, fault);
    free(aside);
    free(result);
    return done;
}

/* ---- all of it ---- */

bool job_make(const struct run_options *options, const char *folder,
              const struct sweep_entry *entry, const char *devices, struct job *job,
              struct fault *fault)
{
    *job = (struct job){.folder = job_folder(folder, entry)};
    struct stat status;
    bool made = job->folder && asprintf(&job->trace_dir, "%s/" JOB_TRACES, folder) >= 0 &&
                asprintf(&job->log_path, "%s/" JOB_LOG, job->folder) >= 0;
    if (!made) {
        fault_set_errno(fault, ENOMEM, "%s", folder);
        goto failed;
    }
    bool earlier = stat(job->folder, &status) == 0;
    if (!make_folders(job->folder, fault) || !make_folders(job->trace_dir, fault) ||
        (earlier && !clear_up(job, entry, fault)))
        goto failed;

    struct template_values values = values_of(options, entry);
    values.trace_dir = job->trace_dir;
    values.log_dir = job->folder;
    values.devices = devices;
    job->run = (struct run_request){
        .arguments = template_arguments(options->command, &values),
        .environment = template_environment(&values),
        .log_path = job->log_path,
        .log_limit = options->log_limit,
        .timeout_s = options->timeout_s,
        .grace_s = options->grace_s,
    };
    if (job->run.arguments && job->run.environment)
        return true;
    fault_set_errno(fault, ENOMEM, "%s", folder);

failed:
    job_free(job);
    return false;
}

void job_free(struct job *job)
{
    template_free(job->run.arguments);
    template_free(job->run.environment);
    free(job->folder);
    free(job->trace_dir);
    free(job->log_path);
    *job = (struct job){0};
}
