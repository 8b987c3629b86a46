/* TensorBoard's event files, written byte by byte after the documented format. */
#include "sweep/import/crc32c.h"
#include "sweep/import/event_file.h"
#include "tests/unit/unit.h"

#include <math.h>

/* ---- writing ---- */

struct bytes {
    size_t length;
    uint8_t at[4096];
};

static void put(struct bytes *bytes, const void *more, size_t length)
{
    assert_true(bytes->length + length <= sizeof bytes->at);
    memcpy(bytes->at + bytes->length, more, length);
    bytes->length += length;
}

static void put_byte(struct bytes *bytes, unsigned byte)
{
    put(bytes, (uint8_t[]){(uint8_t)byte}, 1);
}

static void put_little(struct bytes *bytes, uint64_t value, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        put_byte(bytes, value >> (8 * i) & 0xFF);
}

static void put_varint(struct bytes *bytes, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        put_byte(bytes, (value & 0x7F) | 0x80);
    put_byte(bytes, (unsigned)value);
}

static void put_field(struct bytes *bytes, unsigned number, const void *at, size_t length)
{
    put_varint(bytes, number << 3 | 2);
    put_varint(bytes, length);
    put(bytes, at, length);
}

static void put_float(struct bytes *bytes, float number)
{
    put(bytes, &number, sizeof number); /* tests run on little-endian machines */
}

static void put_record(struct bytes *file, const struct bytes *data)
{
    size_t start = file->length;
    put_little(file, data->length, 8);
    put_little(file, crc32c_masked(file->at + start, 8), 4);
    put(file, data->at, data->length);
    put_little(file, crc32c_masked(data->at, data->length), 4);
}

/* An event of one value at a time and a step. */
static void put_event(struct bytes *file, double time, int64_t step, const struct bytes *value)
{
    struct bytes event = {0}, summary = {0};
    put_field(&summary, 1, value->at, value->length);
    put_varint(&event, 1 << 3 | 1);
    put(&event, &time, sizeof time);
    put_varint(&event, 2 << 3 | 0);
    put_varint(&event, (uint64_t)step);
    put_field(&event, 5, summary.at, summary.length);
    put_record(file, &event);
}

static struct bytes simple_value(const char *tag, float number)
{
    struct bytes value = {0};
    put_field(&value, 1, tag, strlen(tag));
    put_varint(&value, 2 << 3 | 5);
    put_float(&value, number);
    return value;
}

static struct bytes tensor_value(const char *tag, const struct bytes *tensor)
{
    struct bytes value = {0};
    put_field(&value, 1, tag, strlen(tag));
    put_field(&value, 9, "\x0a\x09\x0a\x07scalars", 11); /* what it is is not looked at */
    put_field(&value, 8, tensor->at, tensor->length);
    return value;
}

/* ---- reading ---- */

struct seen {
    size_t count, most;
    int64_t steps[16];
    double numbers[16], times[16];
    char tags[16][32], texts[16][32];
};

static bool see(void *context, const struct event_value *value)
{
    struct seen *seen = context;
    size_t at = seen->count++;
    assert_true(at < 16);
    seen->steps[at] = value->step;
    seen->numbers[at] = value->number;
    seen->times[at] = value->wall_time_s;
    snprintf(seen->tags[at], 32, "%.*s", (int)value->tag.length, (const char *)value->tag.at);
    snprintf(seen->texts[at], 32, "%.*s", (int)value->text.length, (const char *)value->text.at);
    return seen->most == 0 || seen->count < seen->most;
}

static enum event_file_end read_all(const struct bytes *file, struct seen *seen,
                                    struct fault *fault)
{
    *seen = (struct seen){.most = seen->most};
    *fault = (struct fault){0};
    return event_file_read(file->at, file->length, "events", see, seen, fault);
}

/* The version, a scalar, a tensor of each kind, a text, an event of several values. */
static struct bytes make_file(void)
{
    struct bytes file = {0}, event = {0}, tensor = {0}, value;
    put_varint(&event, 1 << 3 | 1);
    put(&event, &(double){99.5}, 8);
    put_field(&event, 3, "brain.Event:2", 13);
    put_record(&file, &event);
    value = simple_value("mem-allocated-bytes", 1048576);
    put_event(&file, 100.25, 1, &value);
    put(&tensor, "\x08\x01", 2); /* DT_FLOAT, as float_val, packed */
    put_varint(&tensor, 5 << 3 | 2);
    put_varint(&tensor, 4);
    put_float(&tensor, 2.5F);
    value = tensor_value("packed", &tensor);
    put_event(&file, 101, 300, &value);
    tensor.length = 0;
    put(&tensor, "\x08\x02", 2); /* DT_DOUBLE, as its content */
    put_field(&tensor, 4, &(double){-0.125}, 8);
    put(&tensor, "\x18\x07", 2); /* another number than the type */
    value = tensor_value("content", &tensor);
    put_event(&file, 102, 5, &value);
    tensor.length = 0;
    put(&tensor, "\x08\x07", 2); /* DT_STRING */
    put_field(&tensor, 8, "True", 4);
    value = tensor_value("bf16/text_summary", &tensor);
    put_event(&file, 103, 0, &value);
    return file;
}

static void test_whole(void **state)
{
    (void)state;
    struct bytes file = make_file();
    struct seen seen = {0};
    struct fault fault;
    assert_true(event_file_is(file.at, file.length));
    assert_int_equal(read_all(&file, &seen, &fault), EVENT_FILE_WHOLE);
    assert_int_equal(seen.count, 4);
    static const int64_t steps[] = {1, 300, 5, 0};
    static const double numbers[] = {1048576, 2.5, -0.125}, times[] = {100.25, 101, 102, 103};
    for (size_t i = 0; i < 4; i++)
        assert_true(seen.steps[i] == steps[i] && seen.times[i] == times[i] &&
                    (i == 3 ? isnan(seen.numbers[i]) : seen.numbers[i] == numbers[i]));
    assert_string_equal(seen.tags[0], "mem-allocated-bytes");
    assert_string_equal(seen.tags[3], "bf16/text_summary");
    assert_string_equal(seen.texts[3], "True");
    assert_string_equal(seen.texts[2], "");
    seen.most = 2;
    assert_int_equal(read_all(&file, &seen, &fault), EVENT_FILE_STOPPED);
    assert_int_equal(seen.count, 2);
    assert_int_equal(event_file_read(file.at, 0, "events", see, &seen, &fault), EVENT_FILE_WHOLE);
}

/* At every byte: what stands in whole records is read, and the rest is told. */
static void test_cut(void **state)
{
    (void)state;
    const struct bytes whole = make_file();
    size_t ends[8] = {0}, records = 0;
    for (size_t at = 0; at < whole.length;) {
        at += 16 + (size_t)(whole.at[at] | whole.at[at + 1] << 8);
        ends[records++] = at;
    }
    assert_int_equal(records, 5);
    for (size_t length = 1; length < whole.length; length++) {
        struct bytes cut = whole;
        struct seen seen = {0};
        struct fault fault;
        size_t full = 0;
        cut.length = length;
        while (full < records && ends[full] <= length)
            full++;
        bool at_end = full > 0 && ends[full - 1] == length;
        assert_int_equal(read_all(&cut, &seen, &fault), at_end ? EVENT_FILE_WHOLE : EVENT_FILE_CUT);
        assert_int_equal(seen.count, full > 0 ? full - 1 : 0);
        assert_true(at_end || strstr(fault.text, "events: byte ") != NULL);
    }
}

/* Any bit that flips is noticed, and nothing behind it is believed. */
static void test_corrupt(void **state)
{
    (void)state;
    const struct bytes whole = make_file();
    for (size_t bit = 0; bit < whole.length * 8; bit++) {
        struct bytes wrong = whole;
        struct seen seen = {0}, right = {0};
        struct fault fault;
        wrong.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (read_all(&wrong, &seen, &fault) != EVENT_FILE_CORRUPT)
            fail_msg("bit %zu is not noticed", bit);
        read_all(&whole, &right, &fault);
        assert_true(seen.count < right.count);
        assert_memory_equal(seen.numbers, right.numbers, seen.count * sizeof *seen.numbers);
    }
}

/* A right checksum over bytes that are no event. */
static void test_no_event(void **state)
{
    (void)state;
    static const struct {
        size_t length;
        const char *bytes;
    } wrong[] = {
        {1, "\x0b"},              /* a group */
        {1, "\x02"},              /* field 0 */
        {2, "\x2a\x05"},          /* a summary that is longer than the event */
        {5, "\x2a\x03\x0a\x02x"}, /* a value that is longer than the summary */
        {11, "\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"}, /* more than 64 bits */
        {3, "\x09\x00\x00"},                                  /* a time that ends early */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct bytes file = {0}, event = {0};
        struct seen seen = {0};
        struct fault fault;
        put(&event, wrong[i].bytes, wrong[i].length);
        put_record(&file, &event);
        if (read_all(&file, &seen, &fault) != EVENT_FILE_CORRUPT || seen.count != 0)
            fail_msg("case %zu", i);
        assert_non_null(strstr(fault.text, "is no event"));
    }
}

/* RFC 3720, B.4, and what TensorBoard stores for it. */
static void test_checksum(void **state)
{
    (void)state;
    uint8_t bytes[32] = {0};
    assert_int_equal(crc32c(bytes, 32), 0x8A9136AA);
    memset(bytes, 0xFF, 32);
    assert_int_equal(crc32c(bytes, 32), 0x62A8AB43);
    for (unsigned i = 0; i < 32; i++)
        bytes[i] = (uint8_t)i;
    assert_int_equal(crc32c(bytes, 32), 0x46DD794E);
    assert_int_equal(crc32c((const uint8_t *)"123456789", 9), 0xE3069283);
    /* (crc >> 15 | crc << 17) + 0xA282EAD8 of the last */
    assert_int_equal(crc32c_masked((const uint8_t *)"123456789", 9), 0xC78AB0E5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),    cmocka_unit_test(test_cut),
        cmocka_unit_test(test_corrupt),  cmocka_unit_test(test_no_event),
        cmocka_unit_test(test_checksum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
