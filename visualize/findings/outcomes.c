/* How the sweep's log says that each configuration ended. */
#include "visualize/findings/findings_internal.h"

static const struct configuration *entry_at(const void *context, size_t index)
{
    return &((const struct sweep_log *)context)->entries[index].configuration;
}

static const struct configuration *configuration_at(const void *context, size_t index)
{
    return ((const struct findings *)context)->configurations[index].configuration;
}

static bool refuse_lines(const struct finding_configuration *of, dimension_set differing,
                         struct fault *fault)
{
    char names[256];
    return fault_set(fault,
                     "several lines of the logs fit %s, whose traces do not tell them apart; they "
                     "differ in %s. Name that in the traces' tags, or leave the logs out",
                     of->text, dimension_set_text(names, sizeof names, differing));
}

static bool refuse_line(const struct sweep_entry *entry, dimension_set differing,
                        struct fault *fault)
{
    char words[CONFIGURATION_TEXT], names[256];
    return fault_set(fault,
                     "a line of the logs (%s) fits several configurations of the traces, which "
                     "differ in %s. Choose one with --where",
                     configuration_log_words(words, sizeof words, &entry->configuration),
                     dimension_set_text(names, sizeof names, differing));
}

/* A line stands for a configuration where each is what fits the other best: a line that an older
 * tool wrote may leave out what tells two of the configurations apart. */
bool findings_take_outcomes(const struct sweep_log *log, struct findings *findings,
                            struct fault *fault)
{
    for (size_t i = 0; log && i < findings->configuration_count; i++) {
        struct finding_configuration *of = &findings->configurations[i];
        struct configuration_matching line, back;
        enum configuration_match match =
            configuration_find(of->configuration, log->count, entry_at, log, &line);
        if (match == CONFIGURATION_SEVERAL)
            return refuse_lines(of, line.differing, fault);
        if (match == CONFIGURATION_NONE)
            continue;
        const struct sweep_entry *entry = &log->entries[line.index];
        match = configuration_find(&entry->configuration, findings->configuration_count,
                                   configuration_at, findings, &back);
        if (match == CONFIGURATION_SEVERAL)
            return refuse_line(entry, back.differing, fault);
        if (match == CONFIGURATION_ONE && back.index == i)
            of->outcome = entry->outcome;
    }
    return true;
}
