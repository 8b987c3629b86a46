/* From how a run ended and what it printed to its outcome: messages as they are really printed. */
#include "sweep/outcome/decide.h"
#include "tests/unit/unit.h"

#include <math.h>
#include <signal.h>

static struct result judged(const char *output, size_t piece, struct run_ending ending)
{
    struct output_scan verdict;
    struct result result;
    output_scan_begin(&verdict);
    size_t length = strlen(output);
    for (size_t at = 0; at < length; at += piece)
        output_scan_take(&verdict, output + at, length - at < piece ? length - at : piece);
    output_scan_end(&verdict);
    result_begin(&result);
    outcome_decide(&ending, &verdict, &result);
    return result;
}

static const struct run_ending STATUS_1 = {.wait_status = 1 << 8};

/* Each is a whole line of the program that it names. */
static const struct message {
    const char *line;
    const char *memory;
    double tried_mb, capacity_mb;
} OOM[] = {
    {"torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total "
     "capacity of 79.25 GiB of which 1.94 GiB is free. Process 1 has 77.30 GiB memory in use.",
     "device", 2560, 81152},
    {"torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 512.00 MiB. GPU 0 has a "
     "total capacty of 79.33 GiB of which 260.81 MiB is free.",
     "device", 512, 79.33 * 1024},
    {"RuntimeError: CUDA out of memory. Tried to allocate 20.00 MiB (GPU 0; 10.76 GiB total "
     "capacity; 9.71 GiB already allocated; 5.62 MiB free; 9.90 GiB reserved in total by PyTorch)",
     "device", 20, 10.76 * 1024},
    {"[rank3]: torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1.00 GiB.", "device",
     1024, NAN},
    {"RuntimeError: CUDA error: out of memory", "device", NAN, NAN},
    {"torch.AcceleratorError: CUDA error: out of memory", "device", NAN, NAN},
    {"cuda_layers: cudaMalloc: out of memory", "device", NAN, NAN},
    {"node1:1234:1299 [0] include/alloc.h:100 NCCL WARN Cuda failure 'out of memory'", "device",
     NAN, NAN},
    {"node1:1:2 [0] include/alloc.h:78 NCCL WARN Failed to CUDA calloc 4194304 bytes", "device", 4,
     NAN},
    {"jaxlib.xla_extension.XlaRuntimeError: RESOURCE_EXHAUSTED: Out of memory while trying to "
     "allocate 17179869184 bytes.",
     "device", 16384, NAN},
    {"RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
     "device", NAN, NAN},
    {"OutOfMemoryError: out of memory. Tried to allocate 0.50 MiB. The rank has a total capacity "
     "of "
     "4.00 MiB of which 0.31 MiB is free.",
     "device", 0.5, 4},
    {"[1234.5] Out of memory: Killed process 4711 (python3) total-vm:1kB, anon-rss:2kB", "host",
     NAN, NAN},
    {"slurmstepd: error: Detected 1 oom_kill event in StepId=12.batch.", "host", NAN, NAN},
    {"terminate called after throwing an instance of 'std::bad_alloc'", "host", NAN, NAN},
    {"numpy.core._exceptions._ArrayMemoryError: Unable to allocate 12.0 GiB for an array", NULL,
     NAN, NAN},
    {"MemoryError: Unable to allocate 12.0 GiB for an array with shape (9,)", "host", 12288, NAN},
};

static const char *const OTHERWISE[] = {
    "ValueError: hidden size must be divisible by tensor parallel size",
    "If reserved but unallocated memory is large try setting max_split_size_mb",
    "usage: train.py [--on-oom {skip,abort}]  what to do when CUDA runs out of memory",
    "torch.distributed.DistBackendError: NCCL error, unhandled system error",
    "RuntimeError: CUDA error: an illegal memory access was encountered",
    "INFO: memory (MB) | allocated: 100.0 | max allocated: 200.0",
    "RESOURCE_EXHAUSTED: received message larger than max",
    "cudaMalloc failed: invalid argument\nthe next line is none of its own: out of memory",
    "loom factory, room for memoir, exits without exitcode",
};

static void test_messages(void **state)
{
    (void)state;
    static const size_t pieces[] = {1, 7, 4096};
    for (size_t i = 0; i < sizeof OOM / sizeof *OOM; i++)
        for (size_t p = 0; p < 3; p++) {
            char output[2048];
            snprintf(output, sizeof output, "step 1\n%s\nTraceback\n", OOM[i].line);
            struct result result = judged(output, pieces[p], STATUS_1);
            if (!OOM[i].memory)
                continue; /* no word that we know: whatever it is, it must not crash */
            if (result.outcome != SWEEP_OOM || strcmp(result.memory, OOM[i].memory) != 0)
                fail_msg("'%s': outcome %d, memory '%s'", OOM[i].line, (int)result.outcome,
                         result.memory);
            assert_string_equal(result.cause, "oom");
            assert_int_equal(isnan(result.tried_mb), isnan(OOM[i].tried_mb));
            if (!isnan(OOM[i].tried_mb))
                assert_true(fabs(result.tried_mb - OOM[i].tried_mb) < 0.01);
            if (!isnan(OOM[i].capacity_mb))
                assert_true(fabs(result.capacity_mb - OOM[i].capacity_mb) < 0.01);
        }
    for (size_t i = 0; i < sizeof OTHERWISE / sizeof *OTHERWISE; i++) {
        struct result result = judged(OTHERWISE[i], 4096, STATUS_1);
        if (result.outcome != SWEEP_FAILED || strcmp(result.cause, "error") != 0)
            fail_msg("'%s' is taken for an OOM", OTHERWISE[i]);
    }
}

static void test_endings(void **state)
{
    (void)state;
    static const char oom[] = "torch.OutOfMemoryError: CUDA out of memory.\n";
    /* What a run that succeeds prints on its way does not matter. */
    assert_int_equal(judged(oom, 99, (struct run_ending){0}).outcome, SWEEP_SUCCESS);
    struct result result = judged("", 1, (struct run_ending){.wait_status = SIGKILL});
    assert_true(result.outcome == SWEEP_FAILED && result.signal == 9);
    assert_string_equal(result.cause, "signal: 9");
    result = judged("", 1, (struct run_ending){.wait_status = SIGKILL, .kernel_acted = true});
    assert_true(result.outcome == SWEEP_OOM);
    assert_string_equal(result.memory, "host");
    result = judged("", 1, (struct run_ending){.wait_status = 137 << 8});
    assert_string_equal(result.cause, "signal: 9"); /* a shell's word for it */
    result = judged("", 1, (struct run_ending){.wait_status = 128 << 8});
    assert_string_equal(result.cause, "error"); /* and that is none */
    assert_int_equal(result.signal, -1);
    result = judged("", 1, (struct run_ending){.wait_status = SIGTERM, .timed_out = true});
    assert_string_equal(result.cause, "timeout");
    result = judged("", 1, (struct run_ending){.wait_status = 0, .timed_out = true});
    assert_int_equal(result.outcome, SWEEP_FAILED);
    assert_int_equal(
        judged(oom, 99, (struct run_ending){.wait_status = SIGTERM, .timed_out = true}).outcome,
        SWEEP_OOM);
    /* torchrun tells a rank's signal by a negative exit code; the others it ends itself. */
    result = judged("rank 1 exitcode  : -15 (pid: 2)\nfailed (exitcode: -11) local_rank: 0\n", 5,
                    STATUS_1);
    assert_string_equal(result.cause, "signal: 11");
    result = judged("  exitcode  : 1 (pid: 2)\n", 5, STATUS_1);
    assert_string_equal(result.cause, "error");
}

static void test_floods(void **state)
{
    (void)state;
    struct output_scan verdict;
    struct result result;
    output_scan_begin(&verdict);
    static char block[1 << 16];
    uint64_t seed = 3;
    for (size_t i = 0; i < sizeof block; i++)
        block[i] = (char)unit_random(&seed); /* binary, and hardly a line's end */
    for (int i = 0; i < 200; i++)
        output_scan_take(&verdict, block, sizeof block);
    memset(block, 'x', sizeof block); /* one endless line */
    for (int i = 0; i < 100; i++)
        output_scan_take(&verdict, block, sizeof block);
    static const char late[] =
        " torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 3.00 GiB";
    output_scan_take(&verdict, late, strlen(late));
    output_scan_take(&verdict, block, sizeof block);
    output_scan_end(&verdict);
    result_begin(&result);
    outcome_decide(&STATUS_1, &verdict, &result);
    assert_int_equal(result.outcome, SWEEP_OOM);
    assert_true(result.tried_mb == 3072);
}

static void test_real_logs(void **state)
{
    (void)state;
    static const char *const names[] = {"sim_log_64world_8gpus_8pp_4tp_70model.log",
                                        "sim_log_96world_8gpus_16pp_3tp_175model.log"};
    const char *data = getenv("REAL_DATA");
    for (int i = 0; i < 2; i++) {
        char path[4200], *text = NULL;
        size_t size = 0;
        snprintf(path, sizeof path, "%s/oom_logs/%s", data ? data : "../shared/data", names[i]);
        FILE *stream = fopen(path, "r");
        if (!stream)
            skip();
        assert_true(getdelim(&text, &size, '\0', stream) > 0);
        fclose(stream);
        struct result result = judged(text, 100, STATUS_1);
        free(text);
        assert_int_equal(result.outcome, SWEEP_OOM);
        assert_true(result.tried_mb > 0 && result.capacity_mb > 79 * 1024 &&
                    result.in_use_mb > 70 * 1024);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_endings),
        cmocka_unit_test(test_floods),
        cmocka_unit_test(test_real_logs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
