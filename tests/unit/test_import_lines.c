/* Lines of Megatron-Bridge, NeMo, torchtitan and DeepSpeed, as their sources print them. */
#include "sweep/import/log_line.h"
#include "tests/unit/unit.h"

#include <math.h>

static struct import_line read_line(const char *text)
{
    struct import_line line;
    import_line_read(text, IMPORT_BLOCK_NONE, &line);
    return line;
}

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-6;
}

static void test_bridge(void **state)
{
    (void)state;
    struct import_line line = read_line(
        "[Rank 4] (after 2 iterations) memory (GB) | mem-allocated-gigabytes: 1.048576 | "
        "mem-active-gigabytes: 12.4 | mem-inactive-gigabytes: 0.5 | mem-reserved-gigabytes: "
        "2.097152 | mem-max-allocated-gigabytes: 1.572864 | mem-max-active-gigabytes: 30.1 | "
        "mem-max-inactive-gigabytes: 2.0 | mem-max-reserved-gigabytes: 33.0 | mem-alloc-retires: 0 "
        "| mem-allocated-count: 1234");
    assert_true(line.kind == IMPORT_MEMORY && line.rank == 4 && line.iteration == 2);
    assert_true(!line.is_local && near(line.allocated_mb, 1000) && near(line.reserved_mb, 2000) &&
                near(line.max_allocated_mb, 1500) && isnan(line.device_mb));
    /* cut off within a figure: another rank's line stood behind it */
    line = read_line("[Rank 4] (after 2 iterations) memory (GB) | mem-allocated-gigabytes: "
                     "1.048576 | mem-reserved-gigabytes: 2.0");
    assert_true(line.kind == IMPORT_MEMORY && near(line.allocated_mb, 1000) &&
                isnan(line.reserved_mb) && isnan(line.max_allocated_mb));
    assert_int_equal(read_line("[Rank 4] (after 2 iterations) memory (GB) | "
                               "mem-allocated-gigabytes: 1.04")
                         .kind,
                     IMPORT_NOTHING);

    line = read_line("Configuration Summary (Non-Default Values vs Megatron Core)");
    assert_true(line.kind == IMPORT_BLOCK && line.block == IMPORT_BLOCK_BRIDGE);
    static const char *const arguments[][3] = {
        {"  tensor_model_parallel_size: 2  (Mcore default: 1)", "tensor_model_parallel_size", "2"},
        {"  recompute_granularity: 'full'  (Mcore default: None)", "recompute_granularity", "full"},
        {"0:     pipeline_model_parallel_size: 4", "pipeline_model_parallel_size", "4"},
        {"  virtual_pipeline_model_parallel_size: null", "virtual_pipeline_model_parallel_size",
         "None"},
    };
    for (size_t i = 0; i < 4; i++) {
        import_line_read(arguments[i][0], IMPORT_BLOCK_BRIDGE, &line);
        assert_int_equal(line.kind, IMPORT_ARGUMENT);
        assert_string_equal(line.key, arguments[i][1]);
        assert_string_equal(line.value, arguments[i][2]);
        assert_int_equal(read_line(arguments[i][0]).kind, IMPORT_NOTHING);
    }
}

static void test_nemo(void **state)
{
    (void)state;
    struct import_line line =
        read_line("Training epoch 0, iteration 9/99 | lr: 1.2e-05 | global_batch_size: 512 | "
                  "global_step: 9 | peak_memory_usage: 5.38e+10 | memory_allocated: 4.7e+10 | "
                  "reduced_train_loss: 10.9 | train_step_timing in s: 7.5 | consumed_samples: 20");
    assert_true(line.kind == IMPORT_ITERATION && line.iteration == 10 && near(line.step_ms, 7500));
    assert_true(isnan(line.allocated_mb) && isnan(line.reserved_mb) && isnan(line.tflops));
    line = read_line("Training epoch 1, iteration 0/99 | lr: 1.2e-05");
    assert_true(line.kind == IMPORT_ITERATION && line.iteration == 1 && isnan(line.step_ms));
    assert_int_equal(read_line("`Trainer.fit` stopped: `max_steps=100` reached.").kind,
                     IMPORT_FINISHED);
}

/* ---- torchtitan ---- */

static void test_titan_steps(void **state)
{
    (void)state;
    static const char *const steps[] = {
        "[rank3]:[titan] 2026-08-01 09:44:55,123 - root - INFO - \033[31mstep: 10  \033[32mloss:  "
        "7.12345  \033[38;2;180;60;0mgrad_norm:  1.2000  \033[38;2;54;234;195mmemory: "
        "12.50GiB(15.60%)  \033[34mtps: 2,434  \033[36mtflops: 1,125.31  \033[35mmfu: "
        "12.67%\033[39m",
        "[rank3]:[titan] 2025-01-01 09:44:55,123 - root - INFO - step: 10  loss:  7.1234  memory: "
        "12.50GiB(15.60%)  tps: 2,434  tflops: 1,125.31  mfu: 12.67%",
    };
    for (size_t i = 0; i < 2; i++) {
        struct import_line line = read_line(steps[i]);
        assert_true(line.kind == IMPORT_MEMORY && line.rank == 3 && line.iteration == 10);
        assert_true(line.is_local && line.reserved_mb == 12800 && near(line.tflops, 1125.31));
        /* what it reserved is not what tensors occupy */
        assert_true(isnan(line.allocated_mb) && isnan(line.max_allocated_mb));
        assert_true(isnan(line.step_ms));
    }
    struct import_line line =
        read_line("[titan] 2025-01-01 09:44:55,123 - root - INFO - step:  1  loss:  8.1  "
                  "grad_norm:  1.2  memory:  0.50GiB(0.60%)  tps: 1  tflops: N/A  mfu: N/A");
    assert_true(line.kind == IMPORT_MEMORY && line.rank == -1 && line.reserved_mb == 512 &&
                isnan(line.tflops));
    assert_int_equal(read_line("[rank0]:[titan] - root - INFO - validate step: 10  loss:  7.1234  "
                               "memory: 12.50GiB(15.60%)  tps: 2,434")
                         .kind,
                     IMPORT_NOTHING);
    assert_int_equal(
        read_line("[rank0]:[titan] - root - INFO - step: 10  loss: 7.1  memory: 12.5").kind,
        IMPORT_NOTHING);
}

static void test_titan_sizes(void **state)
{
    (void)state;
    struct import_line line = read_line("[titan] x - root - INFO - CUDA capacity: NVIDIA H100 80GB "
                                        "HBM3 with 79.50GiB memory");
    assert_true(line.kind == IMPORT_DEVICE && near(line.capacity_mb, 81408));
    assert_string_equal(line.value, "NVIDIA H100 80GB HBM3");
    static const char *const meshes[][2] = {
        {"Building device mesh with parallelism: pp=2, dp_replicate=2, dp_shard=4, cp=1, tp=8, "
         "ep=4, etp=1",
         "wd=128,tp=8,pp=2,dp=8,cp=1,ep=4,etp=1"},
        {"Building device mesh with parallelism: pp=1, dp_replicate=1, dp_shard=8, cp=2, tp=1, "
         "ep=1",
         "wd=16,tp=1,pp=1,dp=8,cp=2,ep=1"},
        {"Building 2-D device mesh with ['dp_shard', 'tp'], [4, 2]", "wd=8,tp=2,pp=1,dp=4,cp=1"},
        {"Building 3-D device mesh with ['pp', 'dp_shard', 'tp'], [2, 4, 8]",
         "wd=64,tp=8,pp=2,dp=4,cp=1"},
        {"Building 1-D device mesh with ['dp_replicate'], [4]", "wd=4,tp=1,pp=1,dp=4,cp=1"},
        {"Trainer is initialized with local batch size 8, global batch size 64, gradient "
         "accumulation steps 1, sequence length 8192, total steps 10 (warmup 2)",
         "gbs=64,s=8192"},
    };
    for (size_t i = 0; i < sizeof meshes / sizeof *meshes; i++) {
        line = read_line(meshes[i][0]);
        assert_int_equal(line.kind, IMPORT_SIZES);
        assert_string_equal(line.value, meshes[i][1]);
    }
    static const char *const untold[] = {
        "Building device mesh with parallelism: pp=1, dp_replicate=1, dp_shard=-1, cp=1, tp=1, "
        "ep=1",
        "Building 2-D device mesh with ['dp_shard_mod_ep', 'dp_shard_in_ep'], [2, 4]",
        "Building 2-D device mesh with ['dp_shard', 'tp'], [4",
    };
    for (size_t i = 0; i < 3; i++)
        if (read_line(untold[i]).kind != IMPORT_NOTHING)
            fail_msg("'%s' is read", untold[i]);
    assert_int_equal(read_line("[titan] 2026-01-01 - root - INFO - Training completed").kind,
                     IMPORT_FINISHED);
    assert_int_equal(read_line("Training completed successfully").kind, IMPORT_NOTHING);
}

/* ---- DeepSpeed ---- */

static void test_deepspeed(void **state)
{
    (void)state;
    static const char *const memory[] = {
        "[2023-07-01 10:22:33,123] [INFO] [utils.py:786:see_memory_usage] MA 10.25 GB         "
        "Max_MA 14.5 GB         CA 15.0 GB         Max_CA 15 GB ",
        "MA 10.25 GB         Max_MA 14.5 GB         CA 15.0 GB         Max_CA 15 GB ",
    };
    for (size_t i = 0; i < 2; i++) {
        struct import_line line = read_line(memory[i]);
        assert_true(line.kind == IMPORT_MEMORY && line.rank == 0 && line.iteration == -1);
        assert_true(line.allocated_mb == 10496 && line.max_allocated_mb == 14848 &&
                    line.reserved_mb == 15360);
    }
    assert_int_equal(read_line("MA 10.25 GB         Max_MA 14.5 GB         CA 15.0").kind,
                     IMPORT_NOTHING);
    assert_int_equal(read_line("LLAMA 1 GB  Max_MA 14.5 GB  CA 15.0 GB  Max_CA 15 GB").kind,
                     IMPORT_NOTHING);
    struct import_line line = read_line(
        "[2023-07-01 10:22:33,123] [INFO] [timer.py:215:stop] "
        "epoch=0/micro_step=20/global_step=10, RunningAvgSamplesPerSec=4.1, CurrSamplesPerSec=4.2, "
        "MemAllocated=4.5GB, MaxMemAllocated=8.25GB");
    assert_true(line.kind == IMPORT_MEMORY && line.iteration == 10 && line.tells_step &&
                line.rank == 0 && line.allocated_mb == 4608 && line.max_allocated_mb == 8448 &&
                isnan(line.reserved_mb));
    line = read_line("[Rank 0] step=20, skipped=0, lr=[0.001], mom=[(0.9, 0.999)]");
    assert_true(line.kind == IMPORT_STEP && line.iteration == 20);
    static const char *const arguments[][2] = {
        {"  train_batch_size ............. 64", "gbs=64"},
        {"  train_micro_batch_size_per_gpu  8", "mbs=8"},
        {"  gradient_accumulation_steps .. 2", "nmbs=2"},
        {"  zero_optimization_stage ...... 3", "zero=3"},
        {"  zero_optimization_stage ...... ZeroStageEnum.gradients", "zero=2"},
        {"  bfloat16_enabled ............. True", "prec=bf16"},
        {"  fp16_enabled ................. True", "prec=fp16"},
    };
    for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++) {
        char text[256];
        snprintf(text, sizeof text, "[2023-07-01 10:22:33,123] [INFO] [config.py:1000:print] %s",
                 arguments[i][0]);
        line = read_line(text);
        assert_int_equal(line.kind, IMPORT_SIZES);
        assert_string_equal(line.value, arguments[i][1]);
        assert_int_equal(read_line(arguments[i][0]).kind, IMPORT_NOTHING);
    }
    static const char *const others[] = {
        "[2023-07-01] [INFO] [config.py:1000:print]   world_size ................... 8",
        "[2023-07-01] [INFO] [config.py:1000:print]   fp16_enabled ................. False",
        "[2023-07-01] [INFO] [config.py:1000:print]   train_batch_size of 64",
        "[2023-07-01] [INFO] [config.py:1000:print]   train_batch_size",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_equal(read_line(others[i]).kind, IMPORT_NOTHING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bridge),      cmocka_unit_test(test_nemo),
        cmocka_unit_test(test_titan_steps), cmocka_unit_test(test_titan_sizes),
        cmocka_unit_test(test_deepspeed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
