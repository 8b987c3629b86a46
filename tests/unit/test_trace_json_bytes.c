/* Trace files in JSON, byte by byte: cut off anywhere, changed anywhere, in any layout, huge. */
#include "schemas/trace/json/json_scan.h"
#include "tests/unit/trace_text.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <sys/mman.h>
#include <unistd.h>

/* A trace of many like samples, in the layouts of the usual writers. */
enum { LIKE_SAMPLES = 12 };
static const struct layout {
    const char *head, *sample, *comma, *tail;
} LAYOUTS[] = {
    {"{\"0\":{\"samples\":[",
     "{\"timestamp_s\":%d.0625,\"reserved_memory_MB\":%d,\"allocated_memory_MB\":%d.94482421875}",
     ",", "],\"peak_allocated_MB\":7}}"},
    {"{\n  \"0\": {\n    \"samples\": [\n      ",
     "{\"timestamp_s\": %d.0625, \"reserved_memory_MB\": %d, \"allocated_memory_MB\": "
     "%d.94482421875}",
     ",\n      ", "\n    ],\n    \"peak_allocated_MB\": 7\n  }\n}"},
    {"{\r\n    \"0\": {\r\n        \"samples\": [\r\n            ",
     "{\r\n                \"timestamp_s\": %d.0625,\r\n                \"reserved_memory_MB\": "
     "%d,\r\n                \"allocated_memory_MB\": %d.94482421875\r\n            }",
     ",\r\n            ", "\r\n        ],\r\n        \"peak_allocated_MB\": 7\r\n    }\r\n}"},
};

static size_t lay_out(const struct layout *layout, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "%s", layout->head);
    for (int i = 0; i < LIKE_SAMPLES; i++) {
        /* NOLINTNEXTLINE(clang-diagnostic-format-nonliteral): one of those above */
        used += (size_t)snprintf(text + used, size - used, layout->sample, i, i + 1, i + 28572);
        if (i + 1 < LIKE_SAMPLES)
            used += (size_t)snprintf(text + used, size - used, "%s", layout->comma);
    }
    used += (size_t)snprintf(text + used, size - used, "%s", layout->tail);
    assert_true(used < size);
    return used;
}

/* Read in both depths; and whole or refused, at every byte: the message names a place. */
static void test_layouts(void **state)
{
    (void)state;
    struct trace trace = {0};
    struct fault fault = {0};
    char text[4096];
    for (size_t i = 0; i < sizeof LAYOUTS / sizeof *LAYOUTS; i++) {
        size_t length = lay_out(&LAYOUTS[i], text, sizeof text);
        for (int depth = TRACE_SUMMARY; depth <= TRACE_FULL; depth++) {
            if (!parse_bytes(text, length, (enum trace_depth)depth, &trace, &fault))
                fail_msg("%s", fault.text);
            assert_true(trace.iterations[0].peak_mb == 7);
        }
        const struct trace_samples *samples = &trace.iterations[0].samples;
        assert_int_equal(samples->count, LIKE_SAMPLES);
        for (int k = 0; k < LIKE_SAMPLES; k++)
            assert_true(samples->time_s[k] == k + 0.0625 && samples->reserved_mb[k] == k + 1 &&
                        samples->allocated_mb[k] == k + 28572.94482421875);
        for (size_t cut = 0; cut < length; cut++)
            for (int depth = TRACE_SUMMARY; depth <= TRACE_FULL; depth++) {
                fault.text[0] = '\0';
                if (parse_bytes(text, cut, (enum trace_depth)depth, &trace, &fault))
                    fail_msg("accepted, cut at %zu", cut);
                assert_int_equal(strncmp(fault.text, "t.json:", 7), 0);
                assert_int_equal(trace.count, 0);
            }
    }
    trace_free(&trace);
}

/* The length of the character that the bytes begin with, by the table of RFC 3629; 0: none. */
static size_t utf8_length(const unsigned char *bytes)
{
    static const struct {
        unsigned char first, last, least, most; /* of the first byte, of the second */
        size_t length;
    } rows[] = {
        {0x20, 0x7F, 0x00, 0xFF, 1}, {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
        {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
        {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (bytes[0] < rows[i].first || bytes[0] > rows[i].last || bytes[1] < rows[i].least ||
            bytes[1] > rows[i].most)
            continue;
        for (size_t k = 2; k < rows[i].length; k++)
            if (bytes[k] < 0x80 || bytes[k] > 0xBF)
                return 0;
        return rows[i].length;
    }
    return 0;
}

/* Every first and second byte, with others behind that are at the edges. */
static void test_utf8(void **state)
{
    (void)state;
    static const unsigned char edges[] = {0x7F, 0x80, 0x9F, 0xA0, 0xBF, 0xC0};
    enum { EDGES = sizeof edges };
    for (unsigned first = 0x80; first < 0x100; first++)
        for (unsigned second = 0x20; second < 0x100; second++)
            for (int i = 0; i < EDGES * 2; i++) {
                const unsigned char bytes[] = {(unsigned char)first, (unsigned char)second,
                                               edges[i % EDGES], edges[i / EDGES + 1]};
                size_t length = utf8_length(bytes);
                char text[8];
                struct fault fault = {0};
                struct json_string string;
                /* A character that is cut off is none. */
                for (size_t cut = length ? length - 1 : 4; cut <= (length ? length : 4); cut++) {
                    snprintf(text, sizeof text, "\"%.*s\"", (int)cut, (const char *)bytes);
                    struct json_scan scan = {text, text, text + strlen(text), "t.json", &fault};
                    bool taken = json_string(&scan, &string, "a string");
                    if (cut > 0 && taken != (length > 0 && cut == length))
                        fail_msg("%02X %02X %02X %02X, %zu of them", bytes[0], bytes[1], bytes[2],
                                 bytes[3], cut);
                }
            }
}

/* Every character that \\u can stand for, in digits of either case. */
static void test_escapes(void **state)
{
    (void)state;
    for (unsigned code = 1; code < 0x10000; code++) {
        if (code >= 0xD800 && code < 0xE000)
            continue; /* halves of a pair */
        for (int upper = 0; upper < 2; upper++) {
            char text[16], decoded[16], expected[4];
            struct fault fault = {0};
            struct json_string string;
            snprintf(text, sizeof text, upper ? "\"\\u%04X\"" : "\"\\u%04x\"", code);
            struct json_scan scan = {text, text, text + strlen(text), "t.json", &fault};
            if (!json_string(&scan, &string, "a string"))
                fail_msg("%s: %s", text, fault.text);
            size_t length = json_string_decode(&string, decoded);
            size_t wanted = code < 0x80 ? 1 : code < 0x800 ? 2 : 3;
            expected[0] = (char)(wanted == 1   ? code
                                 : wanted == 2 ? 0xC0 | code >> 6
                                               : 0xE0 | code >> 12);
            for (size_t i = 1; i < wanted; i++)
                expected[i] = (char)(0x80 | (code >> (6 * (wanted - 1 - i)) & 0x3F));
            assert_int_equal(length, wanted);
            assert_memory_equal(decoded, expected, wanted);
        }
    }
    static const char *const wrong[] = {"\"\\u00G0\"", "\"\\u00g0\"", "\"\\u00:0\"", "\"\\u00/0\"",
                                        "\"\\u00@0\"", "\"\\u00`0\"", "\"\\uD800\"", "\"\\u12\""};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct fault fault = {0};
        struct json_string string;
        struct json_scan scan = {wrong[i], wrong[i], wrong[i] + strlen(wrong[i]), "t.json", &fault};
        assert_false(json_string(&scan, &string, "a string"));
    }
}

/* A byte changed anywhere in like samples: read as cJSON reads it, or refused. */
static void test_changed_bytes(void **state)
{
    (void)state;
    static const char changes[] = "0x ,]}{\"\\.-e\x01\xFF";
    struct trace trace = {0};
    char text[4096];
    size_t read = 0, tried = 0;
    size_t length = lay_out(&LAYOUTS[1], text, sizeof text);
    for (size_t at = 0; at < length; at++)
        for (size_t i = 0; i < sizeof changes - 1; i++) {
            struct fault fault = {0};
            char before = text[at];
            text[at] = changes[i];
            tried++;
            if (parse_bytes(text, length, TRACE_FULL, &trace, &fault) && trace.count > 0) {
                read++;
                cJSON *tree = cJSON_ParseWithLength(text, length);
                assert_non_null(tree);
                const cJSON *samples = cJSON_GetObjectItemCaseSensitive(tree->child, "samples");
                const cJSON *sample;
                size_t k = 0;
                cJSON_ArrayForEach(sample, samples)
                {
                    const cJSON *time = cJSON_GetObjectItemCaseSensitive(sample, "timestamp_s");
                    double ours = trace.iterations[0].samples.time_s[k++];
                    assert_true(time ? ours == time->valuedouble : isnan(ours));
                }
                assert_int_equal(k, trace.iterations[0].samples.count);
                cJSON_Delete(tree);
            }
            text[at] = before;
        }
    assert_true(read > 100 && read < tried / 2);
    trace_free(&trace);
}

/* Brackets and quotes in strings within samples, at every offset within a block. */
static void test_skipping(void **state)
{
    (void)state;
    struct trace trace = {0};
    for (int pad = 0; pad < 200; pad++) {
        char text[1024];
        snprintf(
            text, sizeof text,
            "{\"0\":{\"samples\":[%*s{\"x]\":\"]\\\\\\\"]\",\"y\":[[],[\"[\"]]},{\"z\":\"\\\\\"}],"
            "\"peak_allocated_MB\":%d}}",
            pad, "", pad);
        for (int depth = TRACE_SUMMARY; depth <= TRACE_FULL; depth++) {
            struct fault fault = {0};
            if (!parse(text, (enum trace_depth)depth, &trace, &fault))
                fail_msg("%s", fault.text);
            assert_true(trace.iterations[0].peak_mb == pad);
        }
    }
    trace_free(&trace);
}

/* Samples that begin alike and then do not: other keys, other order, other white space. */
static void test_changing_samples(void **state)
{
    (void)state;
    static const char *const forms[] = {
        "{\"timestamp_s\":%d.5,\"reserved_memory_MB\":%d,\"allocated_memory_MB\":%d}",
        "{\"timestamp_s\": %d.5, \"reserved_memory_MB\": %d, \"allocated_memory_MB\": %d}",
        "{\"timestamp_s\":%d.5,\"x\":1,\"reserved_memory_MB\":%d,\"allocated_memory_MB\":%d}",
        "{\"timestamp_s\":%d.5,\"reserved_memory_MB\":%d,\"allocated_memory_MB\":%d,\"y\":[]}",
    };
    uint64_t seed = 6;
    struct trace trace = {0};
    for (int round = 0; round < 300; round++) {
        char text[16384] = "{\"0\":{\"samples\":[";
        size_t used = strlen(text);
        enum { SAMPLES = 60 };
        for (int i = 0; i < SAMPLES; i++) {
            const char *form = forms[unit_random(&seed) % 7 % 4];
            text[used] = ',';
            used += i > 0;
            /* NOLINTNEXTLINE(clang-diagnostic-format-nonliteral): chosen from the list above */
            used += (size_t)snprintf(text + used, sizeof text - used, form, i, i + 1, i + 2);
        }
        snprintf(text + used, sizeof text - used, "]}}");
        struct fault fault = {0};
        if (!parse(text, TRACE_FULL, &trace, &fault))
            fail_msg("%s", fault.text);
        assert_int_equal(trace.iterations[0].samples.count, SAMPLES);
        for (int i = 0; i < SAMPLES; i++)
            assert_true(trace.iterations[0].samples.time_s[i] == i + 0.5 &&
                        trace.iterations[0].samples.reserved_mb[i] == i + 1 &&
                        trace.iterations[0].samples.allocated_mb[i] == i + 2);
    }
    trace_free(&trace);
}

/* Past 2 GB and 4 GB, without the disk: the same pages stand behind each other many times. */
static void test_huge(void **state)
{
    (void)state;
    enum { PAGES = 1 << 20 };
    const size_t middle = 5ULL << 30;
    static const char tail[] = "],\"peak_allocated_MB\":77}}";
    int fd = memfd_create("blank", 0);
    assert_true(fd >= 0 && ftruncate(fd, PAGES) == 0);
    char *blank = mmap(NULL, PAGES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_ptr_not_equal(blank, MAP_FAILED);
    memset(blank, ' ', PAGES);
    char *whole = mmap(NULL, middle + 2 * (size_t)PAGES, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (whole == MAP_FAILED)
        skip();
    for (size_t at = PAGES; at < PAGES + middle; at += PAGES)
        assert_ptr_equal(mmap(whole + at, PAGES, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0),
                         whole + at);
    memset(whole, ' ', PAGES);
    static const char head[] = "{\"0\":{\"samples\":[";
    memcpy(whole, head, sizeof head - 1);
    memcpy(whole + PAGES + middle, tail, sizeof tail - 1);
    struct trace trace = {0};
    struct fault fault = {0};
    if (!trace_json_parse(whole, PAGES + middle + sizeof tail - 1, "huge", TRACE_SUMMARY, &trace,
                          &fault))
        fail_msg("%s", fault.text);
    assert_true(trace.iterations[0].peak_mb == 77);
    trace_free(&trace);
    munmap(whole, middle + 2 * (size_t)PAGES);
    munmap(blank, PAGES);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_escapes),  cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_layouts),  cmocka_unit_test(test_changed_bytes),
        cmocka_unit_test(test_skipping), cmocka_unit_test(test_changing_samples),
        cmocka_unit_test(test_huge),
    };
    return cmocka_run_group_tests_name("trace_json_bytes", tests, NULL, NULL);
}
