#include "sweep/outcome/output_scan.h"

#include "schemas/support/units.h"

#include <ctype.h>
#include <math.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the messages ---- */

static const char DEVICE[] = "device", HOST[] = "host";

/* A line that holds `first` and, behind it, `then` (where there is one) reports running out of
 * memory. `begins`: `first` stands at its beginning, but for a rank's prefix. */
static const struct {
    const char *first, *then, *memory;
    bool begins;
} MESSAGES[] = {
    /* PyTorch 2.5 and later: torch.OutOfMemoryError; 1.13 to 2.4: torch.cuda.OutOfMemoryError; and
     * others that name theirs so */
    {"cuda.OutOfMemoryError: ", NULL, DEVICE, false},
    {"torch.OutOfMemoryError: ", NULL, DEVICE, false},
    {"memory.OutOfMemoryError: ", NULL, DEVICE, false},
    /* older PyTorch: RuntimeError; other devices: "HIP out of memory. Tried to allocate" */
    {" out of memory. Tried to allocate ", NULL, DEVICE, false},
    {" out of memory (", "Tried to allocate ", DEVICE, false},
    {"RuntimeError: CUDA out of memory", NULL, DEVICE, false},
    {"cuda runtime error (2)", "out of memory", DEVICE, false},
    /* CUDA, ROCm and their libraries */
    {"CUDA error: out of memory", NULL, DEVICE, false},
    {"CUDA driver error: out of memory", NULL, DEVICE, false},
    {"HIP error: out of memory", NULL, DEVICE, false},
    {"CUDA_ERROR_OUT_OF_MEMORY", NULL, DEVICE, false},
    {"cudaErrorMemoryAllocation", NULL, DEVICE, false},
    {"hipErrorOutOfMemory", NULL, DEVICE, false},
    {"cudaMalloc", "out of memory", DEVICE, false},
    {"cuMemAlloc", "out of memory", DEVICE, false},
    {"CUBLAS_STATUS_ALLOC_FAILED", NULL, DEVICE, false},
    {"CUDNN_STATUS_ALLOC_FAILED", NULL, DEVICE, false},
    {"CUSOLVER_STATUS_ALLOC_FAILED", NULL, DEVICE, false},
    /* NCCL and RCCL */
    {"Cuda failure", "out of memory", DEVICE, false},
    {"HIP failure", "out of memory", DEVICE, false},
    {"Failed to CUDA calloc", NULL, DEVICE, false},
    /* XLA, JAX, TensorFlow; RESOURCE_EXHAUSTED alone may be about something else than memory */
    {"RESOURCE_EXHAUSTED", "ut of memory", DEVICE, false},
    {"RESOURCE_EXHAUSTED", "an out of memory", DEVICE, false},
    {"RESOURCE_EXHAUSTED", "llocat", DEVICE, false},
    {"RESOURCE_EXHAUSTED", "Attempting to reserve", DEVICE, false},
    {"Resource exhausted: ", "ut of memory", DEVICE, false},
    {"OOM when allocating tensor", NULL, DEVICE, false},
    /* the kernel and Slurm's cgroups */
    {"ut of memory: Kill", NULL, HOST, false},
    {"oom-kill:constraint=", NULL, HOST, false},
    {"invoked oom-killer: ", NULL, HOST, false},
    {"Detected ", " oom-kill event", HOST, false},
    {"Detected ", " oom_kill event", HOST, false},
    {"cgroup out-of-memory handler", NULL, HOST, false},
    {"Exceeded job memory limit", NULL, HOST, false},
    {"srun: error: ", ": Out Of Memory", HOST, false},
    /* the host's memory, from within */
    {"DefaultCPUAllocator: ", "memory", HOST, false},
    {"std::bad_alloc", NULL, HOST, false},
    {"MemoryError: Unable to allocate ", NULL, HOST, false},
    {"MemoryError", NULL, HOST, true},
    {"[Errno 12] Cannot allocate memory", NULL, HOST, false},
    {"java.lang.OutOfMemoryError", NULL, HOST, false},
};

static const char *find(const char *text, size_t length, const char *what)
{
    return memmem(text, length, what, strlen(what));
}

/* "[rank3]: MemoryError" begins with MemoryError. */
static bool begins_with(const char *line, size_t length, const char *what)
{
    static const char rank[] = "[rank";
    if (length > strlen(rank) && memcmp(line, rank, strlen(rank)) == 0) {
        const char *behind = find(line, length, "]: ");
        if (behind) {
            length -= (size_t)(behind + 3 - line);
            line = behind + 3;
        }
    }
    return length >= strlen(what) && memcmp(line, what, strlen(what)) == 0;
}

/* Whose memory the line reports to have run out, or NULL. */
static const char *reported(const char *line, size_t length)
{
    const char *end = line + length;
    for (size_t i = 0; i < sizeof MESSAGES / sizeof *MESSAGES; i++) {
        const char *first = find(line, length, MESSAGES[i].first);
        if (!first || (MESSAGES[i].begins && !begins_with(line, length, MESSAGES[i].first)))
            continue;
        const char *behind = first + strlen(MESSAGES[i].first);
        if (!MESSAGES[i].then || find(behind, (size_t)(end - behind), MESSAGES[i].then))
            return MESSAGES[i].memory;
    }
    return NULL;
}

/* ---- figures ---- */

/* "512.00 MiB", "17179869184 bytes", "14.00G": in MB; NAN where it is not an amount. */
static double amount_mb(const char *text)
{
    static const struct {
        const char *unit;
        double bytes;
    } UNITS[] = {{"bytes", 1},    {"byte", 1},     {"B", 1},      {"KiB", 0x1p10}, {"MiB", 0x1p20},
                 {"GiB", 0x1p30}, {"TiB", 0x1p40}, {"K", 0x1p10}, {"M", 0x1p20},   {"G", 0x1p30}};
    const char *at = text;
    double value = 0, place = 1;
    bool fraction = false;
    if (!isdigit((unsigned char)*at))
        return NAN;
    /* Not strtod, which minds the locale. */
    for (; isdigit((unsigned char)*at) || (*at == '.' && !fraction); at++) {
        if (*at == '.') {
            fraction = true;
        } else {
            value = value * 10 + (*at - '0');
            place *= fraction ? 10 : 1;
        }
    }
    while (*at == ' ')
        at++;
    for (size_t i = 0; i < sizeof UNITS / sizeof *UNITS; i++)
        if (strncmp(at, UNITS[i].unit, strlen(UNITS[i].unit)) == 0)
            return value / place * UNITS[i].bytes / UNITS_BYTES_PER_MB;
    return NAN;
}

/* The amount behind the words ("Tried to allocate 2.00 GiB"). */
static double amount_behind(const char *text, const char *words)
{
    const char *at = strstr(text, words);
    return at ? amount_mb(at + strlen(words)) : NAN;
}

/* The amount before the words ("10.76 GiB total capacity"): its two words are searched backwards.
 */
static double amount_before(const char *text, const char *words)
{
    const char *at = strstr(text, words);
    for (int spaces = 0; at && at > text; at--) {
        if (at[-1] != ' ')
            continue;
        if (spaces++ == 1)
            return amount_mb(at);
    }
    return NAN;
}

static void take_first(double *figure, double value)
{
    if (isnan(*figure))
        *figure = value;
}

static void take_sizes(struct output_scan *scan, const char *text)
{
    static const char *const tried[] = {"ried to allocate ",         "trying to allocate ",
                                        "Attempting to allocate ",   "Attempting to reserve ",
                                        "Unable to allocate ",       "Failed to CUDA calloc ",
                                        "Out of memory allocating ", "failed to alloc "};
    static const char *const capacity[] = {"total capacity of ", "total capacty of "};
    for (size_t i = 0; i < sizeof tried / sizeof *tried; i++)
        take_first(&scan->tried_mb, amount_behind(text, tried[i]));
    for (size_t i = 0; i < sizeof capacity / sizeof *capacity; i++)
        take_first(&scan->capacity_mb, amount_behind(text, capacity[i]));
    take_first(&scan->capacity_mb, amount_before(text, " total capacity"));
    take_first(&scan->in_use_mb, amount_behind(text, "this process has "));
    take_first(&scan->in_use_mb, amount_before(text, " already allocated"));
    take_first(&scan->free_mb, amount_behind(text, "of which "));
    take_first(&scan->free_mb, amount_before(text, " free;"));
}

/* ---- lines ---- */

/* torchrun: "failed (exitcode: -9) local_rank: 0", "exitcode  : -9 (pid: ...)". It ends the other
 * ranks by SIGTERM, which then says nothing. */
static int killed_child(const char *line, size_t length)
{
    static const char word[] = "exitcode";
    const char *end = line + length, *at = find(line, length, word);
    if (!at)
        return -1;
    at += strlen(word);
    while (at < end && *at == ' ')
        at++;
    if (at == end || *at++ != ':')
        return -1;
    while (at < end && *at == ' ')
        at++;
    if (at == end || *at++ != '-')
        return -1;
    int number = 0;
    for (; at < end && isdigit((unsigned char)*at) && number < 1000; at++)
        number = number * 10 + (*at - '0');
    return number > 0 && number < NSIG ? number : -1;
}

static void look_at(struct output_scan *scan, const char *line, size_t length)
{
    int killed = killed_child(line, length);
    if (killed > 0 && (scan->child_signal < 0 || scan->child_signal == SIGTERM))
        scan->child_signal = killed;
    const char *memory = reported(line, length);
    if (!memory)
        return;
    /* The first message stands; later ones may complete its figures (NCCL's come one by one). */
    if (!scan->oom) {
        scan->oom = true;
        scan->memory = memory;
        size_t used = 0;
        for (size_t i = 0; i < length && used + 1 < sizeof scan->message; i++)
            if ((unsigned char)line[i] >= 0x20 && line[i] != 0x7F)
                scan->message[used++] = line[i];
        scan->message[used] = '\0';
    }
    char text[OUTPUT_SCAN_LINE + 1];
    memcpy(text, line, length);
    text[length] = '\0';
    take_sizes(scan, text);
}

/* Every message has one of these parts in it, in small letters or capitals; looking for them first
 * lets floods of output pass at speed. */
static bool may_matter(const char *line, size_t length)
{
    for (size_t i = 0; i + 3 < length; i++) {
        char c = line[i];
        bool starts = c == 'm' || c == 'M' || c == 'o' || c == 'O' || c == 'a' || c == 'A' ||
                      c == 'e' || c == 'E';
        if (!starts)
            continue;
        uint32_t word;
        memcpy(&word, line + i, sizeof word);
        word |= 0x20202020U;
        static const char *const parts[] = {"memo", "oom-", "oom_", "oom ", "allo", "exit", "exha"};
        for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
            uint32_t part;
            memcpy(&part, parts[k], sizeof part);
            if (word == (part | 0x20202020U))
                return true;
        }
    }
    return false;
}

static void end_piece(struct output_scan *scan, const char *line, size_t length)
{
    if (may_matter(line, length))
        look_at(scan, line, length);
}

void output_scan_begin(struct output_scan *scan)
{
    memset(scan, 0, sizeof *scan);
    scan->tried_mb = scan->capacity_mb = scan->in_use_mb = scan->free_mb = NAN;
    scan->child_signal = -1;
}

/* Adds to the held piece; a full one is looked at, and its end kept for the next. */
static void hold(struct output_scan *scan, const char *bytes, size_t length)
{
    while (length > 0) {
        size_t room = sizeof scan->line - scan->held;
        size_t part = length < room ? length : room;
        memcpy(scan->line + scan->held, bytes, part);
        scan->held += part;
        bytes += part;
        length -= part;
        if (scan->held == sizeof scan->line) {
            end_piece(scan, scan->line, scan->held);
            memmove(scan->line, scan->line + scan->held - OUTPUT_SCAN_OVERLAP, OUTPUT_SCAN_OVERLAP);
            scan->held = OUTPUT_SCAN_OVERLAP;
        }
    }
}

/* Where the line ends: a line feed, or a carriage return (progress bars). NULL: not here. */
static const char *line_end(const char *bytes, size_t length)
{
    const char *feed = memchr(bytes, '\n', length);
    const char *back = memchr(bytes, '\r', feed ? (size_t)(feed - bytes) : length);
    return back ? back : feed;
}

void output_scan_take(struct output_scan *scan, const char *bytes, size_t length)
{
    const char *end = bytes + length;
    while (bytes < end) {
        const char *behind = line_end(bytes, (size_t)(end - bytes));
        size_t part = (size_t)((behind ? behind : end) - bytes);
        if (!behind || scan->held > 0 || part > sizeof scan->line) {
            hold(scan, bytes, part);
            if (behind)
                output_scan_end(scan);
        } else {
            end_piece(scan, bytes, part);
        }
        bytes += part + (behind != NULL);
    }
}

void output_scan_end(struct output_scan *scan)
{
    end_piece(scan, scan->line, scan->held);
    scan->held = 0;
}
