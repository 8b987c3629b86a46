/* The reader's insides, shared by its files: a stack machine, as pickle is. */
#ifndef SCHEMAS_SNAPSHOT_PICKLE_MACHINE_H
#define SCHEMAS_SNAPSHOT_PICKLE_MACHINE_H

#include "schemas/snapshot/pickle.h"
#include "schemas/snapshot/pickle_input.h"
#include "schemas/snapshot/pickle_runs.h"

struct pickle_machine {
    struct pickle *pickle;
    const struct pickle_hooks *hooks;
    struct pickle_input input;
    const char *name;
    struct fault *fault;
    uint64_t offset; /* of the opcode that is being done */
    struct pickle_value *stack;
    size_t top, stack_capacity, stack_limit; /* top: how many values there are */
    size_t marks[PICKLE_MAX_DEPTH];
    size_t mark_count;
    struct pickle_value *memo;
    size_t memo_count, memo_capacity, memo_limit;
    struct pickle_runs runs;
    uint64_t run_offset; /* where the items of the list that was begun last begin; 0: nowhere */
    bool stopped;
};

/* Sets the fault, with the file and the opcode's offset before it; returns false. */
bool pickle_refuse(struct pickle_machine *machine, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool pickle_out_of_memory(struct pickle_machine *machine);

/* An opcode that is not in the fast loop; `input.at` stands behind it. */
bool pickle_do_opcode(struct pickle_machine *machine, unsigned char opcode);

/* Makes room for one more value on the stack. */
bool pickle_grow_stack(struct pickle_machine *machine);

/* Puts the top of the stack into the memo; takes it from there. */
bool pickle_memo_put(struct pickle_machine *machine, size_t at);
bool pickle_memo_get(struct pickle_machine *machine, size_t at, struct pickle_value *value);

/* What stands above the last mark: its first index. The mark is gone then. */
bool pickle_pop_mark(struct pickle_machine *machine, size_t *base);

/* Moves the values from `from` to the top into the list, set or dict below them. */
bool pickle_append(struct pickle_machine *machine, size_t from);
bool pickle_set_items(struct pickle_machine *machine, size_t from);
bool pickle_add_to_set(struct pickle_machine *machine, size_t from);

/* A container of the values from `from` to the top, which it replaces. */
bool pickle_make(struct pickle_machine *machine, enum pickle_kind kind, size_t from);

#endif
