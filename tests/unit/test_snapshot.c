/* Memory snapshots by their tables: every field of every row, the older forms, and what is refused;
 * numbers of pickles in all their lengths; maps of addresses and tables of texts. The pickles are
 * written here, opcode by opcode. */
#include "schemas/snapshot/address_map.h"
#include "schemas/snapshot/pickle.h"
#include "schemas/snapshot/snapshot.h"
#include "tests/unit/unit.h"

/* ---- a writer of pickles ---- */

static FILE *out;
static char *pickled;
static size_t pickled_length;

static void begin(void)
{
    out = open_memstream(&pickled, &pickled_length);
    assert_non_null(out);
    fputs("\x80\x02", out);
}

static void end(void)
{
    fputc('.', out);
    assert_int_equal(fclose(out), 0);
}

static void put_le(uint64_t number, int bytes)
{
    for (int i = 0; i < bytes; i++)
        fputc((int)(number >> (8 * i) & 0xFF), out);
}

static void put_text(const char *text)
{
    fputc('X', out);
    put_le(strlen(text), 4);
    fputs(text, out);
}

static void put_number(int64_t number)
{
    fputs("\x8A\x08", out);
    put_le((uint64_t)number, 8);
}

static void put_item(const char *key, int64_t number)
{
    put_text(key);
    put_number(number);
}

static void put_word(const char *key, const char *word)
{
    put_text(key);
    put_text(word);
}

static void put_pair(const char *key, int64_t first, int64_t second)
{
    put_text(key);
    put_number(first);
    put_number(second);
    fputc(0x86, out);
}

static void open_dict(void)
{
    fputs("}(", out);
}

static void close_dict(void)
{
    fputc('u', out);
}

static void open_list(const char *key)
{
    if (key)
        put_text(key);
    fputs("](", out);
}

static void close_list(void)
{
    fputc('e', out);
}

/* Frames a, b, c, ... of the file f.py, the line of each by its letter. */
static void put_frames(const char *letters)
{
    open_list("frames");
    for (; *letters; letters++) {
        open_dict();
        put_word("name", (char[]){*letters, '\0'});
        put_word("filename", "f.py");
        put_item("line", *letters);
        close_dict();
    }
    close_list();
}

static void put_event(const char *action, int64_t address, int64_t size, const char *frames)
{
    open_dict();
    put_word("action", action);
    put_item(strcmp(action, "oom") == 0 ? "device_free" : "addr", address);
    put_item("size", size);
    put_item("stream", 7);
    put_item("time_us", 1000 + size);
    put_frames(frames);
    put_word("user_metadata", "step");
    put_word("compile_context", "0/0");
    close_dict();
}

static void put_block(int64_t address, int64_t size, int64_t requested, const char *state)
{
    open_dict();
    if (address)
        put_item("address", address);
    put_item("size", size);
    if (requested)
        put_item("requested_size", requested);
    put_word("state", state);
    put_frames("ab");
    close_dict();
}

/* What is between a snapshot's two lists. */
static void open_snapshot(void)
{
    begin();
    open_dict();
    open_list("segments");
}

static void close_snapshot(void)
{
    close_dict();
    end();
}

static void parse(struct snapshot *snapshot)
{
    struct fault fault = {0};
    if (!snapshot_parse(pickled, pickled_length, "it", snapshot, &fault))
        fail_msg("%s", fault.text);
    free(pickled);
}

static void refused(const char *expected)
{
    struct snapshot snapshot = {0};
    struct fault fault = {0};
    assert_false(snapshot_parse(pickled, pickled_length, "it", &snapshot, &fault));
    if (!strstr(fault.text, expected))
        fail_msg("expected \"%s\", found \"%s\"", expected, fault.text);
    free(pickled);
}

/* ---- the tables ---- */

static void check_stack(const struct snapshot *snapshot, uint32_t stack, const char *letters)
{
    assert_true(stack < snapshot->stack_count);
    assert_int_equal(snapshot->stacks[stack].count, strlen(letters));
    for (size_t i = 0; letters[i]; i++) {
        const struct snapshot_frame *frame =
            &snapshot->frames[snapshot->stack_frames[snapshot->stacks[stack].first + i]];
        assert_string_equal(snapshot_text(snapshot, frame->function), ((char[]){letters[i], '\0'}));
        assert_string_equal(snapshot_text(snapshot, frame->file), "f.py");
        assert_int_equal(frame->line, letters[i]);
    }
}

static void put_segments(void)
{
    open_dict(); /* of device 1, and at the higher address: it comes last */
    put_item("device", 1);
    put_item("address", 0x7F0000200000);
    put_item("total_size", 2097152);
    put_item("stream", 9);
    put_word("segment_type", "small");
    put_pair("segment_pool_id", 3, 4);
    put_text("is_expandable");
    fputc(0x88, out);
    put_frames("c");
    open_list("blocks");
    put_block(0, 512, 0, "active_allocated");
    put_block(0, 1024, 1000, "inactive");
    put_block(0, 2048, 0, "active_pending_free");
    close_list();
    close_dict();
    for (int i = 0; i < 2; i++) { /* of device 0, the higher address first */
        open_dict();
        put_item("device", 0);
        put_item("address", i ? 4096 : 8192);
        put_item("total_size", 4096);
        put_word("segment_type", "large");
        open_list("blocks");
        put_block(i ? 4096 : 8192, 4096, 4000, "active_allocated");
        close_list();
        close_dict();
    }
}

static void put_annotation(const char *stage, int64_t time)
{
    open_dict();
    put_word("stage", stage);
    put_word("name", "range");
    put_item("device", 2);
    put_item("time_us", time);
    close_dict();
}

static void put_whole(void)
{
    open_snapshot();
    put_segments();
    close_list();
    open_list("device_traces");
    open_list(NULL);
    put_event("alloc", 4096, 100, "abc");
    put_event("free_requested", 4096, 200, "ab");
    put_event("oom", 12345, 300, "");
    put_event("defragmented", 1, 400, "abc");
    close_list();
    fputc(']', out); /* device 1: no event */
    open_list(NULL);
    put_event("segment_map", 77, 500, "abc");
    close_list();
    close_list();
    open_list("external_annotations");
    put_annotation("END", 30);
    put_annotation("START", 20);
    close_list();
    put_text("allocator_settings");
    open_dict();
    put_text("expandable_segments");
    fputc(0x88, out);
    put_item("garbage", 12);
    put_word("backend", "native");
    put_text("parts");
    fputc(']', out);
    put_text("threshold");
    fputs("G\x3F\xE8", out); /* 0.75 */
    put_le(0, 6);
    close_dict();
    close_snapshot();
}

static void check_segments(const struct snapshot *snapshot)
{
    static const struct {
        int64_t device;
        uint64_t address, size, stream;
        size_t blocks;
    } expected[] = {
        {0, 4096, 4096, 0, 1}, {0, 8192, 4096, 0, 1}, {1, 0x7F0000200000, 2097152, 9, 3}};
    assert_int_equal(snapshot->segment_count, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct snapshot_segment *segment = &snapshot->segments[i];
        assert_true(segment->device == expected[i].device &&
                    segment->address == expected[i].address);
        assert_true(segment->size == expected[i].size && segment->stream == expected[i].stream);
        assert_int_equal(segment->block_count, expected[i].blocks);
        assert_int_equal(segment->is_small, i == 2);
        assert_int_equal(segment->is_expandable, i == 2);
        assert_int_equal(segment->pool.id[0], i == 2 ? 3 : 0);
        assert_int_equal(segment->pool.id[1], i == 2 ? 4 : 0);
        check_stack(snapshot, segment->stack, i == 2 ? "c" : "");
        assert_int_equal(snapshot->blocks[segment->first_block].address, expected[i].address);
    }
    const struct snapshot_block *blocks = &snapshot->blocks[snapshot->segments[2].first_block];
    static const uint64_t sizes[] = {512, 1024, 2048}, requested[] = {512, 1000, 2048},
                          at[] = {0, 512, 1536};
    static const uint32_t states[] = {SNAPSHOT_ACTIVE, SNAPSHOT_INACTIVE, SNAPSHOT_PENDING};
    for (size_t i = 0; i < 3; i++) {
        assert_true(blocks[i].size == sizes[i] && blocks[i].requested == requested[i]);
        assert_true(blocks[i].address == 0x7F0000200000 + at[i] && blocks[i].state == states[i]);
        check_stack(snapshot, blocks[i].stack, "ab");
    }
}

static void check_events(const struct snapshot *snapshot)
{
    static const struct {
        enum snapshot_action action;
        uint64_t address, size;
        const char *stack;
    } expected[] = {{SNAPSHOT_ALLOC, 4096, 100, "abc"},
                    {SNAPSHOT_FREE_REQUESTED, 4096, 200, "ab"},
                    {SNAPSHOT_OOM, 12345, 300, ""},
                    {SNAPSHOT_OTHER, 1, 400, "abc"},
                    {SNAPSHOT_SEGMENT_MAP, 77, 500, "abc"}};
    assert_int_equal(snapshot->device_count, 3);
    static const size_t counts[] = {4, 0, 1};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(snapshot->devices[i].number, i);
        assert_int_equal(snapshot->devices[i].event_count, counts[i]);
    }
    assert_int_equal(snapshot->devices[2].first_event, snapshot->devices[0].first_event + 4);
    for (size_t i = 0; i < 5; i++) {
        const struct snapshot_event *event =
            &snapshot->events[snapshot->devices[0].first_event + i];
        assert_int_equal(event->action, expected[i].action);
        assert_true(event->address == expected[i].address && event->size == expected[i].size);
        assert_int_equal(event->time_us, 1000 + (int64_t)expected[i].size);
        assert_int_equal(event->stream, 7);
        assert_string_equal(snapshot_text(snapshot, event->metadata), "step");
        assert_string_equal(snapshot_text(snapshot, event->compile), "0/0");
        check_stack(snapshot, event->stack, expected[i].stack);
    }
}

static void test_tables(void **state)
{
    (void)state;
    struct snapshot snapshot;
    put_whole();
    parse(&snapshot);
    check_segments(&snapshot);
    check_events(&snapshot);
    assert_false(snapshot.is_bare_list);
    assert_int_equal(snapshot.frame_count, 3);
    assert_int_equal(snapshot.stack_count, 4); /* none, c, ab, abc */
    assert_int_equal(snapshot.annotation_count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct snapshot_annotation *annotation = &snapshot.annotations[i];
        assert_int_equal(annotation->time_us, i ? 30 : 20);
        assert_int_equal(annotation->is_start, i == 0);
        assert_int_equal(annotation->device, 2);
        assert_string_equal(snapshot_text(&snapshot, annotation->name), "range");
    }
    static const char *const settings[][2] = {{"expandable_segments", "True"},
                                              {"garbage", "12"},
                                              {"backend", "native"},
                                              {"threshold", "0.75"}};
    assert_int_equal(snapshot.setting_count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(snapshot_text(&snapshot, snapshot.settings[i].key), settings[i][0]);
        assert_string_equal(snapshot_text(&snapshot, snapshot.settings[i].value), settings[i][1]);
    }
    snapshot_free(&snapshot);
}

/* A list of segments alone; what blocks were asked for stands in their history. */
static void test_older_form(void **state)
{
    (void)state;
    struct snapshot snapshot;
    begin();
    fputs("](", out);
    open_dict();
    put_item("device", 3);
    put_item("address", 4096);
    put_item("total_size", 4096);
    open_list("blocks");
    open_dict();
    put_item("size", 1024);
    put_word("state", "active_allocated");
    open_list("history");
    for (int i = 0; i < 2; i++) { /* the newest first */
        open_dict();
        put_item("real_size", i ? 500 : 900);
        put_item("addr", 4096);
        put_frames(i ? "a" : "bc");
        close_dict();
    }
    close_list();
    close_dict();
    open_dict();
    put_item("size", 2048);
    put_word("state", "inactive");
    put_text("history");
    fputc(']', out);
    close_dict();
    close_list();
    close_dict();
    close_list();
    end();
    parse(&snapshot);
    assert_true(snapshot.is_bare_list);
    assert_int_equal(snapshot.device_count, 1);
    assert_int_equal(snapshot.devices[0].number, 3);
    assert_int_equal(snapshot.devices[0].event_count, 0);
    assert_int_equal(snapshot.block_count, 2);
    assert_int_equal(snapshot.blocks[0].requested, 900);
    check_stack(&snapshot, snapshot.blocks[0].stack, "bc");
    assert_int_equal(snapshot.blocks[1].requested, 2048);
    assert_int_equal(snapshot.blocks[1].address, 4096 + 1024);
    assert_int_equal(snapshot.blocks[1].stack, 0);
    snapshot_free(&snapshot);
}

/* Equal stacks are one, wherever they stand and whatever was read before them. */
static void test_stacks(void **state)
{
    (void)state;
    static const char *const stacks[] = {"abc", "abcd", "abcd", "abc",      "abcde", "ab",
                                         "a",   "",     "b",    "abcdefgh", "abc",   "abcde"};
    enum { COUNT = sizeof stacks / sizeof *stacks };
    struct snapshot snapshot;
    open_snapshot();
    close_list();
    open_list("device_traces");
    open_list(NULL);
    for (int i = 0; i < COUNT; i++)
        put_event("alloc", 512 * (int64_t)i, i, stacks[i]);
    close_list();
    close_list();
    close_snapshot();
    parse(&snapshot);
    assert_int_equal(snapshot.event_count, COUNT);
    assert_int_equal(snapshot.stack_count, 8);
    assert_int_equal(snapshot.frame_count, 8);
    for (int i = 0; i < COUNT; i++)
        for (int k = 0; k < COUNT; k++)
            assert_int_equal(snapshot.events[i].stack == snapshot.events[k].stack,
                             strcmp(stacks[i], stacks[k]) == 0);
    for (int i = 0; i < COUNT; i++)
        check_stack(&snapshot, snapshot.events[i].stack, stacks[i]);
    snapshot_free(&snapshot);
}

/* More stacks, frames and texts than the tables have room for at first. */
static void test_many(void **state)
{
    (void)state;
    enum { MANY = 9000 };
    struct snapshot snapshot;
    open_snapshot();
    close_list();
    open_list("device_traces");
    open_list(NULL);
    for (int i = 0; i < 2 * MANY; i++) { /* each twice */
        char name[32];
        open_dict();
        put_word("action", i < MANY ? "alloc" : "free_completed");
        put_item("addr", i);
        open_list("frames");
        open_dict();
        snprintf(name, sizeof name, "function_%d", i % MANY);
        put_word("name", name);
        put_word("filename", "file.py");
        put_item("line", i % MANY);
        close_dict();
        close_list();
        close_dict();
    }
    close_list();
    close_list();
    close_snapshot();
    parse(&snapshot);
    assert_int_equal(snapshot.event_count, 2 * MANY);
    assert_int_equal(snapshot.frame_count, MANY);
    assert_int_equal(snapshot.stack_count, MANY + 1);
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(snapshot.events[i].stack, snapshot.events[i + MANY].stack);
        assert_int_equal(snapshot.events[i].time_us, SNAPSHOT_NO_TIME);
        const struct snapshot_stack *stack = &snapshot.stacks[snapshot.events[i].stack];
        assert_int_equal(snapshot.frames[snapshot.stack_frames[stack->first]].line, i);
    }
    snapshot_free(&snapshot);
}

/* ---- what is refused ---- */

static void refuse_event(const char *key, void (*put)(void), const char *expected)
{
    open_snapshot();
    close_list();
    open_list("device_traces");
    open_list(NULL);
    open_dict();
    put_word("action", "alloc");
    put_text(key);
    put();
    close_dict();
    close_list();
    close_list();
    close_snapshot();
    refused(expected);
}

static void put_a_word(void)
{
    put_text("x");
}

static void put_too_much(void)
{
    put_number(((int64_t)1 << 52) + 1);
}

static void put_minus_one(void)
{
    put_number(-1);
}

static void put_list_of_numbers(void)
{
    fputs("](K\1K\2e", out);
}

static void put_none(void)
{
    fputc('N', out);
}

static void test_refused(void **state)
{
    (void)state;
    refuse_event("size", put_a_word, "'size': expected an integer of 64 bits");
    refuse_event("size", put_too_much, "'size': expected a size from 0 to 2^52 bytes");
    refuse_event("size", put_minus_one, "'size': expected a size from 0 to 2^52 bytes");
    refuse_event("addr", put_list_of_numbers, "'addr': expected an integer of 64 bits");
    refuse_event("frames", put_list_of_numbers,
                 "'frames': expected a list of dicts with a 'name' and a 'filename'");
    refuse_event("frames", put_a_word,
                 "'frames': expected a list of dicts with a 'name' and a 'filename'");

    static const struct {
        const char *key;
        void (*put)(void);
        const char *expected;
    } segments[] = {
        {"segment_pool_id", put_a_word, "'segment_pool_id': expected two integers"},
        {"blocks", put_a_word, "'blocks': expected a list"},
        {"blocks", put_list_of_numbers, "'blocks': expected a list of dicts with a 'state'"},
        {"address", put_a_word, "'address': expected an integer of 64 bits"},
        {"stream", put_a_word, "'stream': expected an integer of 64 bits"},
        {"device", put_a_word, "'device': expected an integer of 64 bits"},
    };
    for (size_t i = 0; i < sizeof segments / sizeof *segments; i++) {
        open_snapshot();
        open_dict();
        put_item("total_size", 512);
        put_text(segments[i].key);
        segments[i].put();
        close_dict();
        close_list();
        open_list("device_traces");
        close_list();
        close_snapshot();
        refused(segments[i].expected);
    }
    open_snapshot();
    fputs("K\1", out);
    close_list();
    open_list("device_traces");
    close_list();
    close_snapshot();
    refused("'segments': expected dicts with a 'total_size'");
    open_snapshot();
    close_list();
    open_list("device_traces");
    fputs("K\1", out);
    close_list();
    close_snapshot();
    refused("'device_traces': expected a list of events for each device");
    open_snapshot();
    close_list();
    close_snapshot();
    refused("expected a memory snapshot: a dict with 'segments' and 'device_traces'");
    begin();
    put_text("x");
    end();
    refused("expected a memory snapshot");
}

/* None is as an absent key. */
static void test_none(void **state)
{
    (void)state;
    static const char *const keys[] = {"size", "addr", "stream", "time_us", "frames"};
    struct snapshot snapshot;
    open_snapshot();
    close_list();
    open_list("device_traces");
    open_list(NULL);
    open_dict();
    put_word("action", "alloc");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        put_text(keys[i]);
        put_none();
    }
    close_dict();
    close_list();
    close_list();
    close_snapshot();
    parse(&snapshot);
    assert_int_equal(snapshot.event_count, 1);
    const struct snapshot_event *event = snapshot.events;
    assert_true(event->size == 0 && event->address == 0 && event->stream == 0 && event->stack == 0);
    assert_int_equal(event->time_us, SNAPSHOT_NO_TIME);
    snapshot_free(&snapshot);
}

/* ---- pickles ---- */

/* A pickle of one value; `padded`: with so much behind it that the fast way is taken. */
static void check_value(const char *bytes, size_t length, bool padded, struct pickle *pickle)
{
    static const struct pickle_hooks none = {0};
    struct fault fault = {0};
    begin();
    if (padded)
        fputc('(', out);
    fwrite(bytes, 1, length, out);
    for (int i = 0; padded && i < 40; i++)
        fputc('N', out);
    if (padded)
        fputc('t', out);
    end();
    if (!pickle_parse(pickled, pickled_length, "it", &none, pickle, &fault))
        fail_msg("%s", fault.text);
    free(pickled);
    if (padded) {
        assert_int_equal(pickle->value.kind, PICKLE_TUPLE);
        const struct pickle_container *tuple = &pickle->containers[pickle->value.container];
        assert_int_equal(tuple->count, 41);
        pickle->value = pickle->items[tuple->first];
    }
}

#define INTEGER(bytes, be)                                                                         \
    {                                                                                              \
        bytes, sizeof(bytes) - 1, be                                                               \
    }

static void test_integers(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t length;
        int64_t be;
    } cases[] = {
        INTEGER("K\xFF", 255),
        INTEGER("M\xFE\xFF", 65534),
        INTEGER("J\xFF\xFF\xFF\xFF", -1),
        INTEGER("J\x01\x00\x00\x80", INT32_MIN + 1),
        INTEGER("\x8A\x00", 0),
        INTEGER("\x8A\x01\xFF", -1),
        INTEGER("\x8A\x01\x7F", 127),
        INTEGER("\x8A\x02\x00\x80", -32768),
        INTEGER("\x8A\x03\x01\x02\x03", 0x030201),
        INTEGER("\x8A\x06\x00\x00\x00\x00\x7F\x7F", 0x7F7F00000000),
        INTEGER("\x8A\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F", INT64_MAX),
        INTEGER("\x8A\x08\x00\x00\x00\x00\x00\x00\x00\x80", INT64_MIN),
        INTEGER("\x8B\x08\x00\x00\x00\x01\x02\x03\x04\x05\x06\x07\x08", 0x0807060504030201),
        INTEGER("\x8B\x01\x00\x00\x00\x80", -128),
    };
    struct pickle pickle;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int padded = 0; padded < 2; padded++) {
            check_value(cases[i].bytes, cases[i].length, padded, &pickle);
            assert_int_equal(pickle.value.kind, PICKLE_INT);
            assert_int_equal(pickle.value.integer, cases[i].be);
            pickle_free(&pickle);
        }
    /* One of nine bytes is kept as they are. */
    check_value("\x8A\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01", 11, true, &pickle);
    assert_int_equal(pickle.value.kind, PICKLE_LONG);
    assert_int_equal(text_table_length(&pickle.texts, (uint32_t)pickle.value.text), 9);
    pickle_free(&pickle);
}

static void test_bad_pickles(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t length;
        const char *fault;
    } cases[] = {
#define PICKLE(bytes, fault) {bytes, sizeof(bytes) - 1, "it: byte " fault}
        PICKLE("", "0: the file is empty"),
        PICKLE("\x80\x02", "2: the file ends here, before the pickle does"),
        PICKLE("\x80\x01N.", "0: expected protocol 2 to 5, found 1"),
        PICKLE("\x80\x06N.", "0: expected protocol 2 to 5, found 6"),
        PICKLE("\x80\x02}(K\1K\2K\3u.", "10: a key of a dict has no value"),
        PICKLE("\x80\x02](K\1u.", "6: expected a dict to set items of"),
        PICKLE("\x80\x02}(K\1e.", "6: expected a list to append to"),
        PICKLE("\x80\x02NN.", "4: the pickle ends with 2 values on its stack, not with one"),
        PICKLE("\x80\x02N(.", "4: the pickle ends with 1 values on its stack, not with one"),
        PICKLE("\x80\x02K\1a.", "4: the stack has too few values for this opcode"),
        PICKLE("\x80\x02h\0.", "2: place 0 of the memo is not set"),
        PICKLE("\x80\x02Nq\0q\0.", "5: place 0 of the memo is set twice"),
        PICKLE("\x80\x02]q\0q\1.", "5: a value is put into the memo twice"),
        PICKLE("\x80\x02]q\0h\0a.", "7: a value contains itself"),
        PICKLE("\x80\x02"
               "e.",
               "2: no mark is set for this opcode"),
        PICKLE("\x80\x02X\5\0\0\0abcd.", "12: the file ends here, before the pickle does"),
        PICKLE("\x80\x02X\7\0\0\0abcd.", "2: 7 bytes are announced, 5 are left in the file"),
        PICKLE("\x80\x02\x95\xFF\0\0\0\0\0\0\0N.", "2: a frame of 255 bytes, longer than the file"),
#undef PICKLE
    };
    static const struct pickle_hooks none = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pickle pickle;
        struct fault fault = {0};
        assert_false(pickle_parse(cases[i].bytes, cases[i].length, "it", &none, &pickle, &fault));
        if (strncmp(fault.text, cases[i].fault, strlen(cases[i].fault)) != 0)
            fail_msg("%zu: expected \"%s\", found \"%s\"", i, cases[i].fault, fault.text);
    }
}

/* Lists within a list. */
static void test_lists(void **state)
{
    (void)state;
    struct pickle pickle;
    static const struct pickle_hooks none = {0};
    struct fault fault = {0};
    begin();
    fputs("](](K\1K\2e](K\3e](K\4", out);
    fputs("K\5K\6eK\7e", out);
    end();
    assert_true(pickle_parse(pickled, pickled_length, "it", &none, &pickle, &fault));
    free(pickled);
    const struct pickle_container *list = &pickle.containers[pickle.value.container];
    assert_int_equal(list->count, 4);
    static const int64_t firsts[] = {1, 3, 4}, counts[] = {2, 1, 3};
    for (size_t i = 0; i < 3; i++) {
        const struct pickle_value *item = &pickle.items[list->first + i];
        const struct pickle_container *inner = &pickle.containers[item->container];
        assert_int_equal(item->kind, PICKLE_LIST);
        assert_int_equal(inner->count, counts[i]);
        for (size_t k = 0; k < inner->count; k++)
            assert_int_equal(pickle.items[inner->first + k].integer, firsts[i] + (int64_t)k);
    }
    assert_int_equal(pickle.items[list->first + 3].integer, 7);
    pickle_free(&pickle);
}

/* A text that is longer than what is read of a file at once, with others around it. */
static void test_long_text(void **state)
{
    (void)state;
    enum { LONG = 3 << 20 };
    static const struct pickle_hooks none = {0};
    char *folder = unit_make_folder(), path[4200], *text = malloc(LONG + 1);
    assert_non_null(text);
    for (size_t i = 0; i < LONG; i++)
        text[i] = (char)('a' + i * i % 23);
    text[LONG] = '\0';
    begin();
    fputc('(', out);
    for (int i = 0; i < 3; i++) {
        put_number(100 + i);
        put_text(text + i);
    }
    fputc('t', out);
    end();
    unit_write_file(folder, "it.pickle", pickled, pickled_length);
    snprintf(path, sizeof path, "%s/it.pickle", folder);
    struct pickle pickle;
    struct fault fault = {0};
    if (!pickle_read(path, &none, &pickle, &fault))
        fail_msg("%s", fault.text);
    const struct pickle_container *tuple = &pickle.containers[pickle.value.container];
    assert_int_equal(tuple->count, 6);
    for (int i = 0; i < 3; i++) {
        const struct pickle_value *pair = &pickle.items[tuple->first + 2 * (size_t)i];
        assert_int_equal(pair[0].integer, 100 + i);
        assert_string_equal(text_table_get(&pickle.texts, (uint32_t)pair[1].text), text + i);
    }
    pickle_free(&pickle);
    free(pickled);
    free(text);
    unit_remove_folder(folder);
}

/* ---- maps and tables ---- */

static void test_address_map(void **state)
{
    (void)state;
    enum { MOST = 20000, KINDS = 3000 };
    struct address_map map;
    uint32_t numbers[KINDS];
    uint64_t seed = 5;
    size_t count = 0;
    assert_true(address_map_init(&map));
    for (int i = 0; i < KINDS; i++)
        numbers[i] = ADDRESS_MAP_NONE;
    for (uint32_t i = 0; i < MOST; i++) {
        size_t which = unit_random(&seed) % KINDS;
        uint64_t address = which * 512;
        if (unit_random(&seed) % 3 == 0) {
            address_map_remove(&map, address);
            count -= numbers[which] != ADDRESS_MAP_NONE;
            numbers[which] = ADDRESS_MAP_NONE;
        } else {
            assert_true(address_map_set(&map, address, i));
            count += numbers[which] == ADDRESS_MAP_NONE;
            numbers[which] = i;
        }
        assert_int_equal(map.count, count);
        assert_true(2 * map.count <= map.slots);
    }
    for (size_t i = 0; i < KINDS; i++)
        assert_int_equal(address_map_get(&map, i * 512), numbers[i]);
    assert_int_equal(address_map_get(&map, 1), ADDRESS_MAP_NONE);
    address_map_free(&map);
}

static void test_text_table(void **state)
{
    (void)state;
    enum { MANY = 5000 };
    struct text_table table;
    char text[32];
    assert_true(text_table_init(&table));
    assert_int_equal(text_table_add(&table, "", 0), 0);
    for (uint32_t round = 0; round < 2; round++)
        for (uint32_t i = 0; i < MANY; i++) {
            int length = snprintf(text, sizeof text, "a text, number %u", i);
            assert_int_equal(text_table_add(&table, text, (size_t)length), i + 1);
        }
    assert_int_equal(table.count, MANY + 1);
    assert_true(2 * table.count <= table.slots);
    for (uint32_t i = 0; i < MANY; i++) {
        int length = snprintf(text, sizeof text, "a text, number %u", i);
        assert_int_equal(text_table_length(&table, i + 1), length);
        assert_string_equal(text_table_get(&table, i + 1), text);
    }
    /* By all of their bytes, zeros too. */
    uint32_t one = text_table_add(&table, "x\0y", 3), other = text_table_add(&table, "x\0z", 3);
    assert_int_not_equal(one, other);
    assert_int_not_equal(text_table_add(&table, "x", 1), one);
    assert_int_equal(text_table_add(&table, "x\0z", 3), other);
    text_table_free(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),      cmocka_unit_test(test_older_form),
        cmocka_unit_test(test_stacks),      cmocka_unit_test(test_many),
        cmocka_unit_test(test_refused),     cmocka_unit_test(test_none),
        cmocka_unit_test(test_integers),    cmocka_unit_test(test_bad_pickles),
        cmocka_unit_test(test_long_text),   cmocka_unit_test(test_lists),
        cmocka_unit_test(test_address_map), cmocka_unit_test(test_text_table),
    };
    return cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
}
