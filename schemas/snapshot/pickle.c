#include "schemas/snapshot/pickle.h"

#include "schemas/snapshot/pickle_machine.h"
#include "schemas/snapshot/pickle_opcodes.h"
#include "schemas/support/array.h"
#include "schemas/support/input_file.h"

#include <endian.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool pickle_refuse(struct pickle_machine *machine, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return fault_set(machine->fault, "%s: byte %llu: %s", machine->name,
                     (unsigned long long)machine->offset, text);
}

bool pickle_out_of_memory(struct pickle_machine *machine)
{
    return pickle_refuse(machine, "out of memory");
}

bool pickle_grow_stack(struct pickle_machine *machine)
{
    if (machine->top >= machine->stack_limit)
        return pickle_refuse(machine,
                             "%zu values wait on the stack, too many for a file of %llu "
                             "bytes",
                             machine->top, (unsigned long long)machine->input.length);
    return array_reserve(&machine->stack, sizeof *machine->stack, &machine->stack_capacity,
                         machine->top + 1) ||
           pickle_out_of_memory(machine);
}

/* ---- the fast loop ---- */

static uint16_t word16(const unsigned char *at)
{
    uint16_t word;
    memcpy(&word, at, sizeof word);
    return le16toh(word);
}

static uint32_t word32(const unsigned char *at)
{
    uint32_t word;
    memcpy(&word, at, sizeof word);
    return le32toh(word);
}

/* Up to eight bytes, as two's complement. */
static int64_t short_long(const unsigned char *at, unsigned length)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    unsigned shift = 64 - 8 * length;
    return length ? (int64_t)(le64toh(word) << shift) >> shift : 0;
}

static struct pickle_value integer_value(int64_t integer)
{
    return (struct pickle_value){.kind = PICKLE_INT, .integer = integer};
}

/* Puts the value on top into the memo's next place; false where that needs a closer look. */
static inline bool memoize(struct pickle_machine *machine, struct pickle_value *top)
{
    size_t floor = machine->mark_count ? machine->marks[machine->mark_count - 1] : 0;
    size_t place = machine->memo_count;
    if (place == machine->memo_capacity || place >= machine->memo_limit ||
        (size_t)(top - machine->stack) <= floor || (top[-1].kind > PICKLE_TUPLE && top[-1].memo))
        return false;
    machine->memo[place] = top[-1];
    if (top[-1].kind > PICKLE_TUPLE)
        top[-1].memo = (uint32_t)place + 1;
    machine->memo_count++;
    return true;
}

/* If the run that is expected stands here and fills the list, the list is done: what comes behind.
 */
static const unsigned char *met_again(struct pickle_machine *machine, const unsigned char *at,
                                      const unsigned char *end, struct pickle_value *list)
{
    const struct pickle_run *run = pickle_runs_expected(&machine->runs);
    if (!run || (size_t)(end - at) <= run->length || at[run->length] != OP_APPENDS ||
        memcmp(machine->runs.bytes + run->first, at, run->length) != 0 ||
        (list->memo && machine->memo[list->memo - 1].shared))
        return NULL;
    pickle_runs_met(&machine->runs, (uint32_t)(run - machine->runs.list));
    uint32_t memo = list->memo;
    *list = run->value;
    if (memo) {
        machine->memo[memo - 1] = run->value;
        list->memo = memo;
    }
    return at + run->length + 1;
}

/* Sets a mark, unless a list begins here that was met before and is done at once; returns what
 * comes behind. `at` stands behind the mark's opcode. */
static inline const unsigned char *mark(struct pickle_machine *machine, const unsigned char *at,
                                        const unsigned char *end, struct pickle_value *top)
{
    struct pickle_value *list = top > machine->stack ? &top[-1] : NULL;
    if (list && list->kind == PICKLE_LIST && !list->container && !list->shared) {
        const unsigned char *behind = met_again(machine, at, end, list);
        if (behind)
            return behind;
        machine->run_offset = machine->input.base + (uint64_t)(at - machine->input.buffer);
    }
    machine->marks[machine->mark_count++] = (size_t)(top - machine->stack);
    return at;
}

/* Does the opcodes that nearly all of a snapshot is made of, until one comes that is not of these,
 * or a place that has to be looked at more closely (the stack's end, the memo's, the window's):
 * `input.at` is there then. Nothing is left half done. One loop, since most of the time of reading
 * is spent here.
 * NOLINTNEXTLINE(readability-function-size,readability-function-cognitive-complexity) */
static void run_fast(struct pickle_machine *machine)
{
    const unsigned char *at = machine->input.at;
    const unsigned char *end = machine->input.end;
    struct pickle_value *top = machine->stack + machine->top;
    struct pickle_value *limit = machine->stack + machine->stack_capacity;
    const struct pickle_value *memo = machine->memo;
    size_t memo_count = machine->memo_count;
    /* No opcode here has more than ten bytes. */
    while (end - at > PICKLE_INPUT_PAD && top < limit) {
        size_t index;
        switch (*at) {
        case OP_BINGET:
            index = at[1];
            if (index >= memo_count || memo[index].kind > PICKLE_TUPLE)
                goto out;
            *top++ = memo[index];
            at += 2;
            break;
        case OP_LONG_BINGET:
            index = word32(at + 1);
            if (index >= memo_count || memo[index].kind > PICKLE_TUPLE)
                goto out;
            *top++ = memo[index];
            at += 5;
            break;
        case OP_BININT1:
            *top++ = integer_value(at[1]);
            at += 2;
            break;
        case OP_BININT2:
            *top++ = integer_value(word16(at + 1));
            at += 3;
            break;
        case OP_BININT:
            *top++ = integer_value((int32_t)word32(at + 1));
            at += 5;
            break;
        case OP_LONG1:
            if (at[1] > 8)
                goto out;
            *top++ = integer_value(short_long(at + 2, at[1]));
            at += 2 + at[1];
            break;
        case OP_EMPTY_LIST:
            *top++ = (struct pickle_value){.kind = PICKLE_LIST};
            at++;
            break;
        case OP_EMPTY_DICT:
            *top++ = (struct pickle_value){.kind = PICKLE_DICT};
            at++;
            break;
        case OP_MEMOIZE:
            if (!memoize(machine, top))
                goto out;
            memo_count = machine->memo_count;
            at++;
            break;
        case OP_MARK:
            if (machine->mark_count == PICKLE_MAX_DEPTH)
                goto out;
            at = mark(machine, at + 1, end, top);
            break;
        default:
            goto out;
        }
    }
out:
    machine->input.at = at;
    machine->top = (size_t)(top - machine->stack);
}

static bool run(struct pickle_machine *machine)
{
    struct pickle_input *input = &machine->input;
    while (!machine->stopped) {
        run_fast(machine);
        machine->offset = pickle_input_offset(input);
        if (!pickle_input_fill(input, PICKLE_INPUT_PAD + 1))
            return input->error ? fault_set_errno(machine->fault, input->error,
                                                  "%s: cannot be read", machine->name)
                                : pickle_out_of_memory(machine);
        if (input->at >= input->end)
            return pickle_refuse(machine, "the file ends here, before the pickle does");
        if (machine->top == machine->stack_capacity && !pickle_grow_stack(machine))
            return false;
        unsigned char opcode = *input->at++;
        if (!pickle_do_opcode(machine, opcode))
            return false;
        if (input->at > input->end)
            return pickle_refuse(machine, "the file ends within this opcode");
    }
    return true;
}

/* ---- the whole ---- */

static bool begin(struct pickle_machine *machine, struct pickle *pickle)
{
    /* A list of a million things is the most that any writer puts on the stack for a small file;
     * whoever writes larger ones at once spends at least eight bytes on each. */
    enum { LEAST = 1 << 20, BYTES_A_VALUE = 8, BYTES_A_MEMO = 4 };
    *pickle = (struct pickle){.length = machine->input.length, .container_count = 1};
    machine->pickle = pickle;
    machine->stack_limit = LEAST + machine->input.length / BYTES_A_VALUE;
    machine->memo_limit = LEAST + machine->input.length / BYTES_A_MEMO;
    const struct pickle_hooks *hooks = machine->hooks;
    if (hooks->list)
        pickle_runs_init(&machine->runs);
    return text_table_init(&pickle->texts) &&
           array_reserve(&machine->stack, sizeof *machine->stack, &machine->stack_capacity, 256) &&
           array_reserve(&pickle->containers, sizeof *pickle->containers,
                         &pickle->container_capacity, 16) &&
           (!hooks->begin || hooks->begin(hooks->context, pickle));
}

static bool looks_like_a_pickle(struct pickle_machine *machine)
{
    struct pickle_input *input = &machine->input;
    if (!pickle_input_fill(input, PICKLE_INPUT_PAD))
        return true; /* reading it will say why */
    size_t left = (size_t)(input->end - input->at);
    const unsigned char *at = input->at;
    if (left == 0)
        return pickle_refuse(machine, "the file is empty");
    if (left >= 4 && memcmp(at, "PK\3\4", 4) == 0)
        return pickle_refuse(machine, "expected a pickle, found a zip archive (torch.save?): write "
                                      "it with torch.cuda.memory._dump_snapshot");
    if (left >= 2 && at[0] == 0x1F && at[1] == 0x8B)
        return pickle_refuse(machine, "expected a pickle, found a gzip file: unpack it (gunzip) "
                                      "first");
    if (at[0] != OP_PROTO)
        return pickle_refuse(machine,
                             "expected a pickle of protocol 2 to 5, which begins with byte "
                             "0x80, found 0x%02X",
                             at[0]);
    return true;
}

static bool read_all(struct pickle_machine *machine, struct pickle *pickle)
{
    bool whole = begin(machine, pickle) ? looks_like_a_pickle(machine) && run(machine)
                                        : pickle_out_of_memory(machine);
    free(machine->stack);
    free(machine->memo);
    pickle_runs_free(&machine->runs);
    pickle_input_close(&machine->input);
    if (!whole)
        pickle_free(pickle);
    return whole;
}

bool pickle_parse(const void *bytes, size_t length, const char *name,
                  const struct pickle_hooks *hooks, struct pickle *pickle, struct fault *fault)
{
    struct pickle_machine machine = {.hooks = hooks, .name = name, .fault = fault};
    if (!pickle_input_copy(&machine.input, bytes, length))
        return pickle_out_of_memory(&machine);
    return read_all(&machine, pickle);
}

bool pickle_read(const char *path, const struct pickle_hooks *hooks, struct pickle *pickle,
                 struct fault *fault)
{
    struct pickle_machine machine = {.hooks = hooks, .name = path, .fault = fault};
    size_t length = 0;
    int fd = input_file_open(path, "a memory snapshot", &length, fault);
    if (fd < 0)
        return false;
    bool whole = pickle_input_open(&machine.input, fd, length) ? read_all(&machine, pickle)
                                                               : pickle_out_of_memory(&machine);
    close(fd);
    return whole;
}

void pickle_free(struct pickle *pickle)
{
    text_table_free(&pickle->texts);
    free(pickle->containers);
    free(pickle->items);
    *pickle = (struct pickle){0};
}

const struct pickle_value *pickle_dict_get(const struct pickle *pickle,
                                           const struct pickle_value *dict, const char *key)
{
    if (dict->kind != PICKLE_DICT || !dict->container)
        return NULL;
    const struct pickle_container *container = &pickle->containers[dict->container];
    const struct pickle_value *items = pickle->items + container->first, *found = NULL;
    size_t length = strlen(key);
    for (size_t i = 0; i + 1 < container->count; i += 2)
        if (items[i].kind == PICKLE_TEXT &&
            text_table_length(&pickle->texts, (uint32_t)items[i].text) == length &&
            memcmp(text_table_get(&pickle->texts, (uint32_t)items[i].text), key, length) == 0)
            found = &items[i + 1];
    return found;
}
