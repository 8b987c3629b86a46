#include "schemas/snapshot/pickle_machine.h"
#include "schemas/snapshot/pickle_opcodes.h"

#include <endian.h>
#include <string.h>

static const char *opcode_name(unsigned char opcode)
{
    switch (opcode) {
#define OPCODE(name, code)                                                                         \
    case (code):                                                                                   \
        return #name;
        PICKLE_DATA_OPCODES(OPCODE)
        PICKLE_REFUSED_OPCODES(OPCODE)
        PICKLE_OLD_OPCODES(OPCODE)
#undef OPCODE
    default:
        return NULL;
    }
}

static bool refuse_opcode(struct pickle_machine *machine, unsigned char opcode)
{
    switch (opcode) {
#define OPCODE(name, code) case (code):
        PICKLE_REFUSED_OPCODES(OPCODE)
        return pickle_refuse(machine,
                             "opcode %s would import, call or build something; only plain data is "
                             "read, and nothing was run",
                             opcode_name(opcode));
        PICKLE_OLD_OPCODES(OPCODE)
        return pickle_refuse(machine, "opcode %s is of protocol 0 or 1; protocols 2 to 5 are read",
                             opcode_name(opcode));
#undef OPCODE
    default:
        return pickle_refuse(machine, "0x%02X is no opcode", opcode);
    }
}

/* ---- arguments ---- */

/* An unsigned number of `size` bytes; what lies behind the file's end reads as 0, and the loop will
 * notice. */
static uint64_t take_number(struct pickle_machine *machine, size_t size)
{
    uint64_t number = 0;
    memcpy(&number, machine->input.at, size);
    machine->input.at += size;
    return le64toh(number);
}

/* The bytes that an opcode is followed by, and that it has said the number of. */
static const char *take_bytes(struct pickle_machine *machine, uint64_t length)
{
    struct pickle_input *input = &machine->input;
    bool ends = input->at > input->end;
    uint64_t offset = pickle_input_offset(input);
    if (ends || offset > input->length || length > input->length - offset) {
        pickle_refuse(machine, "%llu bytes are announced, %llu are left in the file",
                      (unsigned long long)length,
                      (unsigned long long)(offset < input->length ? input->length - offset : 0));
        return NULL;
    }
    if (!pickle_input_fill(input, (size_t)length)) {
        if (input->error)
            fault_set_errno(machine->fault, input->error, "%s: cannot be read", machine->name);
        else
            pickle_out_of_memory(machine);
        return NULL;
    }
    if ((uint64_t)(input->end - input->at) < length) {
        pickle_refuse(machine, "the file ends within this opcode");
        return NULL;
    }
    const char *bytes = (const char *)input->at;
    input->at += length;
    return bytes;
}

static bool push(struct pickle_machine *machine, struct pickle_value value)
{
    machine->stack[machine->top++] = value;
    return true;
}

static bool push_text(struct pickle_machine *machine, enum pickle_kind kind, size_t length_size)
{
    const char *bytes = take_bytes(machine, take_number(machine, length_size));
    if (!bytes)
        return false;
    size_t length = (size_t)((const char *)machine->input.at - bytes);
    uint32_t text = text_table_add(&machine->pickle->texts, bytes, length);
    if (text == UINT32_MAX)
        return pickle_out_of_memory(machine);
    return push(machine, (struct pickle_value){.kind = (uint8_t)kind, .text = text});
}

static bool push_long(struct pickle_machine *machine, size_t length_size)
{
    uint64_t length = take_number(machine, length_size);
    if (length > INT32_MAX)
        return pickle_refuse(machine, "an integer of a negative number of bytes");
    const char *bytes = take_bytes(machine, length);
    if (!bytes)
        return false;
    if (length > sizeof(int64_t)) {
        uint32_t text = text_table_add(&machine->pickle->texts, bytes, length);
        if (text == UINT32_MAX)
            return pickle_out_of_memory(machine);
        return push(machine, (struct pickle_value){.kind = PICKLE_LONG, .text = text});
    }
    /* Beginning with the sign's bits. */
    uint64_t word = length > 0 && (unsigned char)bytes[length - 1] >= 0x80 ? UINT64_MAX : 0;
    word = htole64(word);
    memcpy(&word, bytes, length);
    return push(machine,
                (struct pickle_value){.kind = PICKLE_INT, .integer = (int64_t)le64toh(word)});
}

static bool push_float(struct pickle_machine *machine)
{
    uint64_t word;
    memcpy(&word, machine->input.at, sizeof word);
    machine->input.at += sizeof word;
    word = be64toh(word);
    struct pickle_value value = {.kind = PICKLE_FLOAT};
    memcpy(&value.real, &word, sizeof word);
    return push(machine, value);
}

static bool push_integer(struct pickle_machine *machine, enum pickle_kind kind, int64_t integer)
{
    return push(machine, (struct pickle_value){.kind = (uint8_t)kind, .integer = integer});
}

static bool push_empty(struct pickle_machine *machine, enum pickle_kind kind)
{
    return push(machine, (struct pickle_value){.kind = (uint8_t)kind});
}

/* ---- the stack ---- */

static bool push_mark(struct pickle_machine *machine)
{
    if (machine->mark_count == PICKLE_MAX_DEPTH)
        return pickle_refuse(machine, "nested more than %d deep", PICKLE_MAX_DEPTH);
    machine->marks[machine->mark_count++] = machine->top;
    return true;
}

/* The values that may be taken: those above the last mark. */
static bool has(struct pickle_machine *machine, size_t wanted)
{
    size_t floor = machine->mark_count ? machine->marks[machine->mark_count - 1] : 0;
    return machine->top - floor >= wanted ||
           pickle_refuse(machine, "the stack has too few values for this opcode");
}

static bool drop(struct pickle_machine *machine)
{
    if (!has(machine, 1))
        return false;
    machine->top--;
    return true;
}

static bool duplicate(struct pickle_machine *machine)
{
    if (!has(machine, 1))
        return false;
    struct pickle_value *top = &machine->stack[machine->top - 1];
    top->shared = 1;
    return push(machine, *top);
}

static bool get(struct pickle_machine *machine, size_t at)
{
    struct pickle_value value;
    return pickle_memo_get(machine, at, &value) && push(machine, value);
}

static bool make_fixed(struct pickle_machine *machine, size_t count)
{
    return has(machine, count) && pickle_make(machine, PICKLE_TUPLE, machine->top - count);
}

static bool make_marked(struct pickle_machine *machine, enum pickle_kind kind)
{
    size_t base;
    return pickle_pop_mark(machine, &base) && pickle_make(machine, kind, base);
}

static bool fill_marked(struct pickle_machine *machine,
                        bool (*fill)(struct pickle_machine *machine, size_t from))
{
    size_t base;
    return pickle_pop_mark(machine, &base) && fill(machine, base);
}

static bool pop_marked(struct pickle_machine *machine)
{
    size_t base;
    if (!pickle_pop_mark(machine, &base))
        return false;
    machine->top = base;
    return true;
}

static bool stop(struct pickle_machine *machine)
{
    if (machine->top != 1 || machine->mark_count != 0)
        return pickle_refuse(machine, "the pickle ends with %zu values on its stack, not with one",
                             machine->top);
    machine->pickle->value = machine->stack[0];
    machine->stopped = true;
    return true;
}

static bool check_protocol(struct pickle_machine *machine)
{
    uint64_t protocol = take_number(machine, 1);
    return (protocol >= 2 && protocol <= 5) ||
           pickle_refuse(machine, "expected protocol 2 to 5, found %u", (unsigned)protocol);
}

/* A frame only says how much a reader may read ahead. */
static bool check_frame(struct pickle_machine *machine)
{
    uint64_t length = take_number(machine, 8), offset = pickle_input_offset(&machine->input);
    return (offset <= machine->input.length && length <= machine->input.length - offset) ||
           pickle_refuse(machine, "a frame of %llu bytes, longer than the file",
                         (unsigned long long)length);
}

/* ---- which is which ---- */

static bool do_data(struct pickle_machine *machine, unsigned char opcode)
{
    switch (opcode) {
    case OP_NONE:
        return push_empty(machine, PICKLE_NONE);
    case OP_NEWTRUE:
        return push_integer(machine, PICKLE_BOOL, 1);
    case OP_NEWFALSE:
        return push_integer(machine, PICKLE_BOOL, 0);
    case OP_BININT:
        return push_integer(machine, PICKLE_INT, (int32_t)take_number(machine, 4));
    case OP_BININT1:
        return push_integer(machine, PICKLE_INT, (int64_t)take_number(machine, 1));
    case OP_BININT2:
        return push_integer(machine, PICKLE_INT, (int64_t)take_number(machine, 2));
    case OP_LONG1:
        return push_long(machine, 1);
    case OP_LONG4:
        return push_long(machine, 4);
    case OP_BINFLOAT:
        return push_float(machine);
    case OP_SHORT_BINUNICODE:
        return push_text(machine, PICKLE_TEXT, 1);
    case OP_BINUNICODE:
        return push_text(machine, PICKLE_TEXT, 4);
    case OP_BINUNICODE8:
        return push_text(machine, PICKLE_TEXT, 8);
    case OP_SHORT_BINSTRING:
        return push_text(machine, PICKLE_TEXT, 1);
    case OP_BINSTRING:
        return push_text(machine, PICKLE_TEXT, 4);
    case OP_SHORT_BINBYTES:
        return push_text(machine, PICKLE_BYTES, 1);
    case OP_BINBYTES:
        return push_text(machine, PICKLE_BYTES, 4);
    case OP_BINBYTES8:
    case OP_BYTEARRAY8:
        return push_text(machine, PICKLE_BYTES, 8);
    default:
        return refuse_opcode(machine, opcode);
    }
}

static bool do_container(struct pickle_machine *machine, unsigned char opcode)
{
    switch (opcode) {
    case OP_EMPTY_LIST:
        return push_empty(machine, PICKLE_LIST);
    case OP_EMPTY_DICT:
        return push_empty(machine, PICKLE_DICT);
    case OP_EMPTY_SET:
        return push_empty(machine, PICKLE_SET);
    case OP_EMPTY_TUPLE:
        return push_empty(machine, PICKLE_TUPLE);
    case OP_APPEND:
        return has(machine, 2) && pickle_append(machine, machine->top - 1);
    case OP_APPENDS:
        return fill_marked(machine, pickle_append);
    case OP_SETITEM:
        return has(machine, 3) && pickle_set_items(machine, machine->top - 2);
    case OP_SETITEMS:
        return fill_marked(machine, pickle_set_items);
    case OP_ADDITEMS:
        return fill_marked(machine, pickle_add_to_set);
    case OP_LIST:
        return make_marked(machine, PICKLE_LIST);
    case OP_DICT:
        return make_marked(machine, PICKLE_DICT);
    case OP_FROZENSET:
        return make_marked(machine, PICKLE_SET);
    case OP_TUPLE:
        return make_marked(machine, PICKLE_TUPLE);
    case OP_TUPLE1:
        return make_fixed(machine, 1);
    case OP_TUPLE2:
        return make_fixed(machine, 2);
    case OP_TUPLE3:
        return make_fixed(machine, 3);
    default:
        return do_data(machine, opcode);
    }
}

bool pickle_do_opcode(struct pickle_machine *machine, unsigned char opcode)
{
    switch (opcode) {
    case OP_MEMOIZE:
        return pickle_memo_put(machine, machine->memo_count);
    case OP_BINPUT:
        return pickle_memo_put(machine, (size_t)take_number(machine, 1));
    case OP_LONG_BINPUT:
        return pickle_memo_put(machine, (size_t)take_number(machine, 4));
    case OP_BINGET:
        return get(machine, (size_t)take_number(machine, 1));
    case OP_LONG_BINGET:
        return get(machine, (size_t)take_number(machine, 4));
    case OP_MARK:
        return push_mark(machine);
    case OP_POP:
        return drop(machine);
    case OP_POP_MARK:
        return pop_marked(machine);
    case OP_DUP:
        return duplicate(machine);
    case OP_STOP:
        return stop(machine);
    case OP_PROTO:
        return check_protocol(machine);
    case OP_FRAME:
        return check_frame(machine);
    default:
        return do_container(machine, opcode);
    }
}
