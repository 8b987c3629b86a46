/* Which run it was: its configuration, and whose its figures are. */
#include "sweep/import/imported_run.h"

#include "schemas/configuration/tags.h"

#include <string.h>

/* ---- its configuration ---- */

/* "TP2_PP64_DP64_NMB384_GBS24576_EP8" in a path: run_sweep's folders say what they hold. */
static void take_folder(struct configuration *configuration, const char *path)
{
    for (const char *at = path; *at;) {
        size_t length = strcspn(at, "/");
        struct configuration named = {0};
        for (const char *word = at; word < at + length;) {
            size_t word_length = strcspn(word, "_/");
            configuration_add_folder_word(&named, word, word_length);
            word += word_length + 1;
        }
        if ((named.written & CONFIGURATION_USUAL) == CONFIGURATION_USUAL)
            configuration_add_missing(configuration, &named, NULL);
        at += length;
        at += *at == '/';
    }
}

/* Global batch size / (micro-batch size x DP), where that is a whole number. */
static void find_micro_batches(struct configuration *configuration)
{
    int64_t size = configuration_number(configuration, DIMENSION_MICRO_BATCH_SIZE);
    int64_t global = configuration_number(configuration, DIMENSION_GLOBAL_BATCH_SIZE);
    int64_t dp = configuration_number(configuration, DIMENSION_DP), at_once;
    if (size > 0 && dp > 0 && global > 0 && !__builtin_mul_overflow(size, dp, &at_once) &&
        global % at_once == 0)
        configuration_set_number(configuration, DIMENSION_MICRO_BATCHES, global / at_once);
}

/* What other frameworks' lines say of sizes, and what tells a test from others. */
static void take_recorded_identity(struct configuration *configuration,
                                   const struct configuration *told)
{
    struct tag tag;
    configuration_add_missing(configuration, told, NULL);
    for (const char *at = told->tags; tags_next(&at, &tag);)
        configuration_add_tag(configuration, tag.text, tag.length, NULL);
}

bool import_run_place(struct import_run *run, const struct configuration *given, const char *path)
{
    struct configuration *configuration = &run->configuration;
    megatron_arguments_finish(&run->arguments, configuration);
    take_recorded_identity(configuration, &run->told);
    configuration_add_missing(configuration, given, NULL);
    take_folder(configuration, path);
    int64_t dp = configuration_number(configuration, DIMENSION_DP);
    if (dp > 0)
        configuration_set_number(configuration, DIMENSION_DP, dp);
    find_micro_batches(configuration);
    return configuration_number(configuration, DIMENSION_TP) > 0 &&
           configuration_number(configuration, DIMENSION_PP) > 0;
}

size_t import_run_drop_impossible(struct import_run *run)
{
    int64_t world = configuration_number(&run->configuration, DIMENSION_WORLD_SIZE);
    size_t kept = 0, all = run->report_count;
    for (size_t i = 0; i < all; i++)
        if (world <= 0 || run->reports[i].rank < world)
            run->reports[kept++] = run->reports[i];
    run->report_count = kept;
    return all - kept;
}

/* ---- whose figures ---- */

/* torchtitan writes where the loss is: on rank 0, and with a pipeline usually on its last stage. */
static int64_t rank_of_writer(const struct import_run *run)
{
    const struct configuration *configuration = &run->configuration;
    int64_t world = configuration_number(configuration, DIMENSION_WORLD_SIZE);
    switch (run->writer) {
    case IMPORT_WRITER_LAST_RANK:
        return world > 0 ? world - 1 : -1;
    case IMPORT_WRITER_FIRST_RANK:
        return 0;
    case IMPORT_WRITER_OF_STAGE:
        return configuration_number(configuration, DIMENSION_PP) == 1 ? 0 : -1;
    case IMPORT_WRITER_NOT_KNOWN:
    case IMPORT_WRITER_GPUS:
        break;
    }
    return -1;
}

static const char *what_to_give(enum import_writer writer)
{
    switch (writer) {
    case IMPORT_WRITER_LAST_RANK:
        return "they are the last rank's, and the world size is not known; give it by --tags wd=N";
    case IMPORT_WRITER_OF_STAGE:
        return "with a pipeline torchtitan's schedule decides; give it by --rank N";
    case IMPORT_WRITER_GPUS:
        return "give the rank of GPU 0 by --rank N (--rank 0 where the job has the whole machine)";
    case IMPORT_WRITER_FIRST_RANK:
    case IMPORT_WRITER_NOT_KNOWN:
        break;
    }
    return "give it by --rank N";
}

bool import_run_find_ranks(struct import_run *run, int64_t given, const char *path,
                           struct fault *fault)
{
    bool gpus = run->writer == IMPORT_WRITER_GPUS;
    int64_t writer = given >= 0 ? given : rank_of_writer(run);
    for (size_t i = 0; i < run->report_count; i++) {
        struct import_report *report = &run->reports[i];
        bool told = report->rank >= 0 && !gpus;
        if (!told && writer < 0)
            return fault_set(fault, "%s: does not tell whose rank its figures are: %s", path,
                             what_to_give(run->writer));
        if (!told)
            report->rank = gpus ? report->rank + writer : writer;
        else if (run->local && given >= 0)
            report->rank += given;
    }
    return true;
}
