/* TensorBoard's event files: none crashes, values lie within the file, and what is read does not
 * depend on damage behind it. Checksums are made right first, since a fuzzer hardly guesses them:
 * the input is the records' data, each behind a byte that is its length. */
#include "sweep/import/crc32c.h"
#include "sweep/import/event_file.h"
#include "sweep/import/series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

struct seen {
    const uint8_t *start, *end;
    struct series series;
    size_t count;
};

static void check(bool holds)
{
    if (!holds)
        abort();
}

static bool see(void *context, const struct event_value *value)
{
    struct seen *seen = context;
    const struct protobuf_bytes texts[] = {value->tag, value->text};
    for (size_t i = 0; i < 2; i++)
        check(texts[i].length == 0 ||
              (texts[i].at >= seen->start && texts[i].at + texts[i].length <= seen->end));
    seen->count++;
    return series_add(&seen->series, (const char *)value->tag.at, value->tag.length, value->step,
                      value->number, value->wall_time_s);
}

static size_t read_all(const uint8_t *bytes, size_t length, struct import_run *run)
{
    struct seen seen = {.start = bytes, .end = bytes + length};
    struct fault fault = {0};
    enum event_file_end end = event_file_read(bytes, length, "input", see, &seen, &fault);
    check((end == EVENT_FILE_WHOLE) == !*fault.text);
    if (run) {
        import_run_begin(run);
        check(series_fill_run(&seen.series, 0, run));
        for (size_t i = 0; i < run->report_count; i++)
            check(!(run->reports[i].peak_mb < 0) && !(run->reports[i].allocated_mb < 0) &&
                  run->reports[i].iteration >= 0);
        import_run_free(run);
    }
    series_free(&seen.series);
    return seen.count;
}

static void put_little(uint8_t *at, uint64_t value, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct import_run run;
    read_all(bytes, size, &run); /* as it is */
    uint8_t *framed = malloc(size * 17 + 1);
    size_t used = 0, cut = 0;
    if (!framed)
        return 0;
    for (size_t at = 0; at < size;) {
        size_t length = bytes[at++];
        length = length < size - at ? length : size - at;
        cut = used;
        put_little(framed + used, length, 8);
        put_little(framed + used + 8, crc32c_masked(framed + used, 8), 4);
        memcpy(framed + used + 12, bytes + at, length);
        put_little(framed + used + 12 + length, crc32c_masked(bytes + at, length), 4);
        used += length + 16;
        at += length;
    }
    size_t all = read_all(framed, used, &run);
    check(read_all(framed, cut, NULL) <= all);
    if (used > 0)
        read_all(framed, used - 1, NULL);
    free(framed);
    return 0;
}
