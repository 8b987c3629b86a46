#include "schemas/snapshot/pickle_machine.h"
#include "schemas/snapshot/pickle_opcodes.h"
#include "schemas/support/array.h"

#include <string.h>

/* ---- the memo ---- */

static bool is_container(const struct pickle_value *value)
{
    return value->kind >= PICKLE_LIST && value->kind <= PICKLE_DICT;
}

bool pickle_memo_put(struct pickle_machine *machine, size_t at)
{
    size_t floor = machine->mark_count ? machine->marks[machine->mark_count - 1] : 0;
    if (machine->top <= floor)
        return pickle_refuse(machine, "the stack has too few values for this opcode");
    struct pickle_value *top = &machine->stack[machine->top - 1];
    /* Writers number them one after the other, which bounds what a small file can ask for. */
    if (at > machine->memo_count + UINT16_MAX || at >= machine->memo_limit)
        return pickle_refuse(machine, "place %zu of the memo is too far out: %zu are in use", at,
                             machine->memo_count);
    if (at < machine->memo_count && machine->memo[at].kind != PICKLE_ABSENT)
        return pickle_refuse(machine, "place %zu of the memo is set twice", at);
    if (is_container(top) && top->memo)
        return pickle_refuse(machine, "a value is put into the memo twice");
    if (at >= machine->memo_capacity &&
        !array_reserve(&machine->memo, sizeof *machine->memo, &machine->memo_capacity, at + 1))
        return pickle_out_of_memory(machine);
    while (machine->memo_count <= at)
        machine->memo[machine->memo_count++] = (struct pickle_value){.kind = PICKLE_ABSENT};
    machine->memo[at] = *top;
    if (is_container(top))
        top->memo = (uint32_t)at + 1;
    return true;
}

bool pickle_memo_get(struct pickle_machine *machine, size_t at, struct pickle_value *value)
{
    if (at >= machine->memo_count || machine->memo[at].kind == PICKLE_ABSENT)
        return pickle_refuse(machine, "place %zu of the memo is not set", at);
    /* From here on the value stands in two places: neither may change. */
    if (is_container(&machine->memo[at]))
        machine->memo[at].shared = 1;
    *value = machine->memo[at];
    value->memo = 0;
    return true;
}

bool pickle_pop_mark(struct pickle_machine *machine, size_t *base)
{
    if (machine->mark_count == 0)
        return pickle_refuse(machine, "no mark is set for this opcode");
    *base = machine->marks[--machine->mark_count];
    return true;
}

/* ---- lists, sets, dicts ---- */

/* What stands below `from`, to be changed. */
static struct pickle_value *target_below(struct pickle_machine *machine, size_t from)
{
    size_t floor = machine->mark_count ? machine->marks[machine->mark_count - 1] : 0;
    if (from <= floor) {
        pickle_refuse(machine, "the stack has too few values for this opcode");
        return NULL;
    }
    struct pickle_value *target = &machine->stack[from - 1];
    if (target->shared || (target->memo && machine->memo[target->memo - 1].shared)) {
        pickle_refuse(machine, "a value contains itself, or is changed after it was stored; no "
                               "snapshot does that");
        return NULL;
    }
    return target;
}

/* The target has become what it is: so does its place in the memo. */
static void settle(struct pickle_machine *machine, const struct pickle_value *target)
{
    if (!target->memo)
        return;
    struct pickle_value *place = &machine->memo[target->memo - 1];
    *place = *target;
    place->memo = 0;
}

static bool new_container(struct pickle_machine *machine, struct pickle_value *value)
{
    struct pickle *pickle = machine->pickle;
    if (!array_reserve(&pickle->containers, sizeof *pickle->containers, &pickle->container_capacity,
                       pickle->container_count + 1))
        return pickle_out_of_memory(machine);
    pickle->containers[pickle->container_count] =
        (struct pickle_container){.first = pickle->item_count};
    value->container = pickle->container_count++;
    return true;
}

/* Makes room for `more` items; a container that is not the last is moved to the end, with as much
 * room again, so that each item is moved but a few times. */
static bool reserve(struct pickle_machine *machine, struct pickle_container *container, size_t more)
{
    struct pickle *pickle = machine->pickle;
    size_t needed = container->count + more;
    if (needed <= container->capacity)
        return true;
    bool is_last = container->first + container->capacity == pickle->item_count;
    size_t wanted = container->count == 0 || is_last ? needed : 2 * needed;
    size_t first = is_last ? container->first : pickle->item_count;
    if (!array_reserve(&pickle->items, sizeof *pickle->items, &pickle->item_capacity,
                       first + wanted))
        return pickle_out_of_memory(machine);
    if (!is_last && container->count > 0)
        memcpy(pickle->items + first, pickle->items + container->first,
               container->count * sizeof *pickle->items);
    *container = (struct pickle_container){first, container->count, wanted};
    pickle->item_count = first + wanted;
    return true;
}

static bool store(struct pickle_machine *machine, struct pickle_value *target,
                  const struct pickle_value *items, size_t count)
{
    if (count == 0)
        return true;
    if (!target->container && !new_container(machine, target))
        return false;
    struct pickle_container *container = &machine->pickle->containers[target->container];
    if (!reserve(machine, container, count))
        return false;
    memcpy(machine->pickle->items + container->first + container->count, items,
           count * sizeof *items);
    container->count += count;
    return true;
}

/* A list that a hook had made becomes a plain one. */
static bool expand(struct pickle_machine *machine, struct pickle_value *target)
{
    const struct pickle_hooks *hooks = machine->hooks;
    struct pickle_value own = *target;
    size_t length = hooks->length ? hooks->length(hooks->context, &own) : SIZE_MAX;
    if (length == SIZE_MAX)
        return pickle_refuse(machine, "expected a list to append to");
    *target = (struct pickle_value){.kind = PICKLE_LIST, .memo = own.memo};
    for (size_t i = 0; i < length; i++) {
        struct pickle_value item = hooks->item(hooks->context, &own, i);
        if (!store(machine, target, &item, 1))
            return false;
    }
    return true;
}

/* If the list's items were so many references to the memo and nothing else, and still stand in the
 * window, their bytes will be known again. */
static void learn_run(struct pickle_machine *machine, size_t count,
                      const struct pickle_value *value)
{
    const struct pickle_input *input = &machine->input;
    if (machine->run_offset <= input->base || machine->run_offset > machine->offset)
        return;
    const unsigned char *first = input->buffer + (machine->run_offset - input->base), *at = first;
    const unsigned char *end = input->buffer + (machine->offset - input->base);
    for (; at < end && (*at == OP_BINGET || *at == OP_LONG_BINGET); count--)
        at += *at == OP_BINGET ? 2 : 5;
    if (at == end && count == 0)
        pickle_runs_learn(&machine->runs, first, (size_t)(end - first), value);
}

static bool append_to(struct pickle_machine *machine, struct pickle_value *target,
                      const struct pickle_value *items, size_t count)
{
    const struct pickle_hooks *hooks = machine->hooks;
    if (target->kind != PICKLE_LIST && target->kind != PICKLE_OWN)
        return pickle_refuse(machine, "expected a list to append to");
    if (hooks->list && count > 0 && (target->kind == PICKLE_OWN || !target->container)) {
        struct fault why = {0};
        enum pickle_taken taken = hooks->list(hooks->context, items, count, target, &why);
        if (taken == PICKLE_TAKEN_ALWAYS)
            learn_run(machine, count, target);
        if (taken != PICKLE_NOT_TAKEN)
            return taken != PICKLE_REFUSED || pickle_refuse(machine, "%s", why.text);
    }
    return (target->kind == PICKLE_LIST || expand(machine, target)) &&
           store(machine, target, items, count);
}

bool pickle_append(struct pickle_machine *machine, size_t from)
{
    struct pickle_value *target = target_below(machine, from);
    if (!target || !append_to(machine, target, machine->stack + from, machine->top - from))
        return false;
    machine->top = from;
    settle(machine, target);
    return true;
}

static bool set_items(struct pickle_machine *machine, struct pickle_value *target,
                      const struct pickle_value *items, size_t count)
{
    const struct pickle_hooks *hooks = machine->hooks;
    if (target->kind != PICKLE_DICT)
        return pickle_refuse(machine, "expected a dict to set items of");
    if (count % 2 != 0)
        return pickle_refuse(machine, "a key of a dict has no value");
    if (hooks->dict && count > 0 && !target->container) {
        struct fault why = {0};
        struct pickle_value made = {.kind = PICKLE_OWN, .memo = target->memo};
        enum pickle_taken taken = hooks->dict(hooks->context, items, count / 2, &made, &why);
        if (taken == PICKLE_TAKEN || taken == PICKLE_TAKEN_ALWAYS)
            *target = made;
        if (taken != PICKLE_NOT_TAKEN)
            return taken != PICKLE_REFUSED || pickle_refuse(machine, "%s", why.text);
    }
    return store(machine, target, items, count);
}

bool pickle_set_items(struct pickle_machine *machine, size_t from)
{
    struct pickle_value *target = target_below(machine, from);
    if (!target || !set_items(machine, target, machine->stack + from, machine->top - from))
        return false;
    machine->top = from;
    settle(machine, target);
    return true;
}

bool pickle_add_to_set(struct pickle_machine *machine, size_t from)
{
    struct pickle_value *target = target_below(machine, from);
    if (!target)
        return false;
    if (target->kind != PICKLE_SET)
        return pickle_refuse(machine, "expected a set to add to");
    if (!store(machine, target, machine->stack + from, machine->top - from))
        return false;
    machine->top = from;
    settle(machine, target);
    return true;
}

bool pickle_make(struct pickle_machine *machine, enum pickle_kind kind, size_t from)
{
    const struct pickle_value *items = machine->stack + from;
    size_t count = machine->top - from;
    struct pickle_value made = {.kind = (uint8_t)kind};
    bool done = kind == PICKLE_LIST   ? append_to(machine, &made, items, count)
                : kind == PICKLE_DICT ? set_items(machine, &made, items, count)
                                      : store(machine, &made, items, count);
    machine->stack[from] = made;
    machine->top = from + 1;
    return done;
}
