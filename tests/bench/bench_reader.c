/* Reading a trace: summary and full depth against cJSON's parser, on the same bytes in one run. */
#include "schemas/trace/json/trace_json.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SAMPLES = 400000, ROUNDS = 5 };

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* A trace as the usual writers lay it out; figures move as those of a real run do. */
static char *make_text(bool indented, double allocated_mb, size_t *length)
{
    const char *const format =
        indented ? "%s\n            {\n                \"timestamp_s\": %.4f,\n                "
                   "\"reserved_memory_MB\": %.10g,\n                \"allocated_memory_MB\": "
                   "%.17g\n            }"
                 : "%s\n      {\"timestamp_s\": %.4f, \"reserved_memory_MB\": %.10g, "
                   "\"allocated_memory_MB\": %.17g}";
    size_t size = (size_t)SAMPLES * 200 + 1000;
    char *text = malloc(size);
    if (!text)
        return NULL;
    size_t used = (size_t)snprintf(text, size, "{\"0\": {\"samples\": [");
    for (int i = 0; i < SAMPLES; i++)
        /* NOLINTNEXTLINE(clang-diagnostic-format-nonliteral): one of the two above */
        used +=
            (size_t)snprintf(text + used, size - used, format, i ? "," : "", i * 0.0057,
                             31309.1875 + i % 7, allocated_mb + (double)(i * 37 % 65536) / 2048);
    used += (size_t)snprintf(text + used, size - used, "], \"peak_allocated_MB\": 58716.72}}\n");
    *length = used;
    return text;
}

static double median(double *times)
{
    for (int i = 0; i < ROUNDS; i++)
        for (int k = i + 1; k < ROUNDS; k++)
            if (times[k] < times[i]) {
                double swapped = times[i];
                times[i] = times[k];
                times[k] = swapped;
            }
    return times[ROUNDS / 2];
}

static double time_cjson(const char *text)
{
    double start = now_s();
    cJSON *tree = cJSON_Parse(text);
    double taken = now_s() - start;
    cJSON_Delete(tree);
    return taken;
}

static double time_ours(const char *text, size_t length, enum trace_depth depth,
                        struct trace *trace)
{
    struct fault fault = {0};
    double start = now_s();
    if (!trace_json_parse(text, length, "bench", depth, trace, &fault))
        fprintf(stderr, "%s\n", fault.text);
    return now_s() - start;
}

static int bench(const char *layout, bool indented, double allocated_mb)
{
    size_t length;
    char *text = make_text(indented, allocated_mb, &length);
    if (!text)
        return 1;
    double cjson[ROUNDS], summary[ROUNDS], full[ROUNDS];
    struct trace trace = {0};
    time_ours(text, length, TRACE_FULL, &trace); /* its memory is there from now on */
    for (int i = 0; i < ROUNDS; i++) {
        cjson[i] = time_cjson(text);
        summary[i] = time_ours(text, length, TRACE_SUMMARY, &trace);
        full[i] = time_ours(text, length, TRACE_FULL, &trace);
    }
    double gb = (double)length / 1e9, slow = median(cjson);
    double skimmed = median(summary), read = median(full);
    printf("%-22s %5.0f MB  cJSON %5.2f GB/s  summary %6.2f GB/s, %5.1fx (goal 15x)  "
           "full %5.2f GB/s, %5.1fx (goal 10x)\n",
           layout, gb * 1e3, gb / slow, gb / skimmed, slow / skimmed, gb / read, slow / read);
    trace_free(&trace);
    free(text);
    return 0;
}

int main(void)
{
    puts("reading a JSON trace, one thread:");
    /* Past 90 GB, figures in steps of 512 bytes have more digits than a double holds. */
    return bench("indented by 4", true, 28572) + bench("one sample a line", false, 28572) +
           bench("indented, past 90 GB", true, 128572);
}
