#include "schemas/snapshot/category_rules.h"

#include "schemas/support/array.h"

#include <errno.h>
#include <regex.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Parts of a training loop. A block that is freed before its part ends was temporary. */
enum part { PART_NONE, PART_SETUP, PART_FORWARD, PART_BACKWARD, PART_STEP };

struct builtin {
    enum memory_category category;
    enum part part; /* NONE: the category holds however long the block lives */
    const char *pattern;
};

/* The table of categories.md; a test compares the two. The first rule that matches any of a stack's
 * frames decides. All are anchored: names of C++ functions are long, and to be tried from each of
 * their places would be slow. */
static const struct builtin BUILTIN[] = {
    {MEMORY_COMMUNICATION, PART_NONE,
     "^[^:]*(/torch/distributed/(distributed_c10d|_functional_collectives)\\."
     "py:|:.*(c10d::|ProcessGroup|nccl))"},
    {MEMORY_WORKSPACE, PART_NONE,
     "^[^:]*:.*(getCurrentCUDABlasHandle|[Bb]las(Lt)?Workspace|getCudnn.*Wor"
     "kspace|getCurrentCUDASolverDnHandle)"},
    {MEMORY_OPTIMIZER, PART_STEP,
     "^[^:]*(/torch/optim/[^:]*\\.py:|[Oo]ptimizer[^/:]*\\.py:|/apex/optimizer"
     "s/|:.*multi_tensor_adam)"},
    {MEMORY_GRADIENTS, PART_BACKWARD,
     "^[^:]*(:.*torch::autograd::(Engine|AccumulateGrad)|/torch/autograd/gra"
     "ph\\.py:_engine_run_backward|:backward$)"},
    {MEMORY_PARAMETERS, PART_SETUP,
     "^[^:]*(/torch/nn/modules/module\\.py:(_apply|convert|to|cuda)$|/torch/n"
     "n/parameter\\.py:|:reset_parameters$|/torch/nn/modules/[a-z_]*\\.py:__in"
     "it__|:load_state_dict$|:_initialize_affine_weight)"},
    {MEMORY_ACTIVATIONS, PART_FORWARD, "^[^:]*:(forward|_call_impl|_wrapped_call_impl)$"},
};

enum { BUILTIN_COUNT = sizeof BUILTIN / sizeof *BUILTIN };

struct rule {
    enum memory_category category;
    enum part part;
    regex_t pattern;
};

struct category_rules {
    size_t count, capacity;
    struct rule *list;
};

/* ---- making them ---- */

static bool add_rule(struct category_rules *rules, enum memory_category category, enum part part,
                     const char *pattern, struct fault *fault)
{
    if (!array_reserve(&rules->list, sizeof *rules->list, &rules->capacity, rules->count + 1))
        return fault_set(fault, "out of memory");
    struct rule *rule = &rules->list[rules->count];
    rule->category = category;
    rule->part = part;
    int error = regcomp(&rule->pattern, pattern, REG_EXTENDED | REG_NOSUB);
    if (error) {
        char why[128];
        regerror(error, &rule->pattern, why, sizeof why);
        return fault_set(fault, "'%s' is not a regular expression: %s", pattern, why);
    }
    rules->count++;
    return true;
}

static bool add_line(struct category_rules *rules, char *line, struct fault *fault)
{
    line[strcspn(line, "\r\n")] = '\0';
    if (!*line || *line == '#')
        return true;
    char *tab = strchr(line, '\t');
    enum memory_category category;
    if (!tab || !tab[1])
        return fault_set(fault, "expected a category, a tab and a regular expression");
    if (!memory_category_parse(line, (size_t)(tab - line), &category)) {
        char words[256] = "";
        for (int i = 0; i < MEMORY_CATEGORIES; i++) {
            size_t used = strlen(words);
            snprintf(words + used, sizeof words - used, "%s%s", i ? ", " : "",
                     memory_category_text((enum memory_category)i));
        }
        return fault_set(fault, "'%.*s' is no category; there are %s", (int)(tab - line), line,
                         words);
    }
    return add_rule(rules, category, PART_NONE, tab + 1, fault);
}

static bool add_file(struct category_rules *rules, const char *path, struct fault *fault)
{
    FILE *stream = fopen(path, "re");
    if (!stream)
        return fault_set_errno(fault, errno, "%s: cannot be read", path);
    char *line = NULL;
    size_t size = 0, number = 0;
    bool read = true;
    while (read && getline(&line, &size, stream) >= 0) {
        struct fault why = {0};
        number++;
        if (!add_line(rules, line, &why))
            read = fault_set(fault, "%s:%zu: %s", path, number, why.text);
    }
    if (read && ferror(stream))
        read = fault_set(fault, "%s: cannot be read", path);
    free(line);
    fclose(stream);
    return read;
}

struct category_rules *category_rules_make(const char *path, struct fault *fault)
{
    struct category_rules *rules = calloc(1, sizeof *rules);
    if (!rules) {
        fault_set(fault, "out of memory");
        return NULL;
    }
    bool made = !path || add_file(rules, path, fault);
    for (size_t i = 0; made && i < BUILTIN_COUNT; i++)
        made = add_rule(rules, BUILTIN[i].category, BUILTIN[i].part, BUILTIN[i].pattern, fault);
    if (made)
        return rules;
    category_rules_free(rules);
    return NULL;
}

void category_rules_free(struct category_rules *rules)
{
    if (!rules)
        return;
    for (size_t i = 0; i < rules->count; i++)
        regfree(&rules->list[i].pattern);
    free(rules->list);
    free(rules);
}

/* ---- which rule is a stack's ---- */

/* The first rule that the frame matches; the number of rules where none does. */
static uint32_t rule_of_frame(const struct category_rules *rules, const struct snapshot *snapshot,
                              const struct snapshot_frame *frame)
{
    char text[4096];
    snprintf(text, sizeof text, "%s:%s", snapshot_text(snapshot, frame->file),
             snapshot_text(snapshot, frame->function));
    uint32_t rule = 0;
    while (rule < rules->count && regexec(&rules->list[rule].pattern, text, 0, NULL, 0) != 0)
        rule++;
    return rule;
}

static uint32_t *rules_of_stacks(const struct category_rules *rules,
                                 const struct snapshot *snapshot)
{
    uint32_t *of_frames = calloc(snapshot->frame_count + 1, sizeof *of_frames);
    uint32_t *of_stacks = calloc(snapshot->stack_count + 1, sizeof *of_stacks);
    for (size_t i = 0; of_frames && of_stacks && i < snapshot->frame_count; i++)
        of_frames[i] = rule_of_frame(rules, snapshot, &snapshot->frames[i]);
    for (size_t i = 0; of_frames && of_stacks && i < snapshot->stack_count; i++) {
        const struct snapshot_stack *stack = &snapshot->stacks[i];
        of_stacks[i] = (uint32_t)rules->count;
        for (size_t k = 0; k < stack->count; k++) {
            uint32_t rule = of_frames[snapshot->stack_frames[stack->first + k]];
            if (rule < of_stacks[i])
                of_stacks[i] = rule;
        }
    }
    if (!of_frames) {
        free(of_stacks);
        of_stacks = NULL;
    }
    free(of_frames);
    return of_stacks;
}

/* ---- blocks ---- */

static enum part part_of(const struct category_rules *rules, uint32_t rule)
{
    return rule < rules->count ? rules->list[rule].part : PART_NONE;
}

unsigned char *category_rules_apply(const struct category_rules *rules, const struct replay *replay)
{
    uint32_t *of_stacks = rules_of_stacks(rules, replay->snapshot);
    unsigned char *categories = malloc(replay->count + 1);
    if (!of_stacks || !categories) {
        free(of_stacks);
        free(categories);
        return NULL;
    }
    /* From the last to the first, so that the step is known at which a part gives way to another.
     */
    enum part coming = PART_NONE;
    uint32_t coming_step = REPLAY_NEVER, ends = REPLAY_NEVER;
    for (size_t i = replay->count; i-- > 0;) {
        const struct replay_block *block = &replay->blocks[i];
        uint32_t rule = of_stacks[block->stack];
        enum part part = part_of(rules, rule);
        categories[i] = MEMORY_OTHER;
        if (rule < rules->count)
            categories[i] = (unsigned char)rules->list[rule].category;
        if (part == PART_NONE || block->alloc_step == 0)
            continue;
        if (part != coming)
            ends = coming_step;
        coming = part;
        coming_step = block->alloc_step;
        if (block->free_step < ends)
            categories[i] = MEMORY_TEMPORARY;
    }
    free(of_stacks);
    return categories;
}
