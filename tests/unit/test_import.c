/* Lines of Megatron-LM's logs in every form, and the table of metrics. */
#include "schemas/metrics/metrics.h"
#include "sweep/import/log_line.h"
#include "tests/unit/unit.h"

#include <math.h>

static struct import_line read_line(const char *text)
{
    struct import_line line;
    import_line_read(text, IMPORT_BLOCK_MEGATRON, &line);
    return line;
}

static void test_memory(void **state)
{
    (void)state;
    static const char *const forms[] = {
        "[Rank 13] (after 2 iterations) memory (MB) | allocated: 1761.685546875 | max allocated: "
        "2589.13525390625 | reserved: 2608.0 | max reserved: 2608.0",
        "[default5]:[Rank 13] (after 2 iterations) memory (MB) | allocated: 1761.685546875 | max "
        "allocated: 2589.13525390625 | reserved: 2608.0 | max reserved: 2608.0",
        "\033[32m3: \033[0m[Rank 13] (after 2 iterations) memory (MB) | allocated: 1761.685546875 "
        "| "
        "max allocated: 2589.13525390625 | reserved: 2608.0 | max reserved: 2608.0",
        "2024-08-01 09:44:55 [Rank 13] (after 2 iterations) memory (MB) | allocated: "
        "1761.685546875 "
        "| max allocated: 2589.13525390625 | reserved: 2608.0 | max reserved: 2608.0 | total "
        "device memory used: 3000.50",
        "[Rank 13] (after 2 iterations) memory (GB) | allocated: 1.7203960418701172 | max "
        "allocated: "
        "2.5284523963928223 | reserved: 2.546875 | max reserved: 2.546875",
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct import_line line = read_line(forms[i]);
        if (line.kind != IMPORT_MEMORY)
            fail_msg("'%s' is not read", forms[i]);
        assert_true(line.rank == 13 && line.iteration == 2);
        assert_true(fabs(line.allocated_mb - 1761.685546875) < 1e-9);
        assert_true(fabs(line.max_allocated_mb - 2589.13525390625) < 1e-9);
        assert_true(line.reserved_mb == 2608);
        assert_true(i == 3 ? line.device_mb == 3000.5 : isnan(line.device_mb));
    }
    static const char *const checkpoints[] = {
        "[Rank 7] (before save_checkpoint for iteration 50) memory (MB) | allocated: 1.25 | max "
        "allocated: 33996.80 | reserved: 3.00 | max reserved: 4.00",
        "0: [Rank 7] (after save_checkpoint for iteration 50) memory (MB) | allocated: 1.25 | max "
        "allocated: 33996.80 | reserved: 3.00 | max reserved: 4.00 | total device memory used: "
        "5.00",
    };
    for (size_t i = 0; i < 2; i++) {
        struct import_line line = read_line(checkpoints[i]);
        assert_int_equal(line.kind, IMPORT_MEMORY);
        assert_true(line.rank == 7 && line.iteration == 50);
        assert_true(line.allocated_mb == 1.25 && line.max_allocated_mb == 33996.8 &&
                    line.reserved_mb == 3);
        assert_true(i == 0 ? isnan(line.device_mb) : line.device_mb == 5);
    }
    static const char *const wrong[] = {
        "[Rank x] (after 2 iterations) memory (MB) | allocated: 1",
        "[Rank 1] (after two iterations) memory (MB) | allocated: 1",
        "[Rank 1] (after 2 iterations) memory (MB) | allocated: -5 | max allocated: nan",
        "[Rank 1] (after 2 iterations) memory (kB) | allocated: 5",
        "[Rank 1] (after 2 iterations) memory (MB) | alloc",
        "[Rank 99999999999999999999] (after 2 iterations) memory (MB) | allocated: 1",
        "Rank 1 after 2 iterations: memory (MB) | allocated: 5",
        "[Rank 1] (after 2 iterations) memory (MB) | allocated: 5 | max allocated: 6 | reserved: 7",
        ("[Rank 1] (during save_checkpoint for iteration 2) memory (MB) | allocated: 5 | max "
         "allocated: 6 | reserved: 7 | max reserved: 8"),
        ("[Rank 1] (after save_checkpoint for iteration 2 memory (MB) | allocated: 5 | max "
         "allocated: 6 | reserved: 7 | max reserved: 8"),
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (read_line(wrong[i]).kind == IMPORT_MEMORY)
            fail_msg("'%s' is read", wrong[i]);
}

/* Two ranks' lines in one; a figure that was cut off by the other's is none. */
static void test_glued(void **state)
{
    (void)state;
    static const char first[] = "[Rank 0] (after 2 iterations) memory (MB) | allocated: 1.00 | max "
                                "allocated: 2.00 | reserved: 3.00 | max reserved: 4.00 | total "
                                "device memory used: 5.2[Rank 8] (after 2";
    const char *second = import_line_glued(first);
    assert_non_null(second);
    assert_string_equal(second, "[Rank 8] (after 2");
    assert_null(import_line_glued(second));
    struct import_line line = read_line(first);
    assert_true(line.rank == 0 && line.max_allocated_mb == 2 && isnan(line.device_mb));
    assert_string_equal(import_line_glued(" iteration 2/4 |[Rank 1] "), "[Rank 1] ");
    assert_null(import_line_glued("no report"));
}

static void test_other_lines(void **state)
{
    (void)state;
    struct import_line line =
        read_line("Theoretical memory footprints: weight and optimizer=35695.42 MB, "
                  "activation=86554.12 MB, total=122249.54 MB");
    assert_true(line.kind == IMPORT_THEORY && line.theory_mb == 122249.54);
    line = read_line("Theoretical memory footprints: weight and optimizer=776.41 MB");
    assert_true(line.kind == IMPORT_THEORY && isnan(line.theory_mb));

    static const char *const iterations[] = {
        " iteration        7/     500 | consumed samples:           32 | elapsed time per "
        "iteration "
        "(ms): 3902.7 | throughput per GPU (TFLOP/s/GPU): 68.2 | learning rate: 6.0E-05 |",
        " [2024-08-01 09:44:55] iteration        7/       5 | consumed samples:           32 | "
        "skipped samples: 3 | elapsed time per iteration (ms): 3902.7 | throughput per GPU "
        "(TFLOP/s/GPU): 68.2",
        "15: [default7]: iteration 7/5 | elapsed time per iteration (ms): 3902.7 | mem usages: 0.8 "
        "| "
        "throughput per GPU (TFLOP/s/GPU): 68.2 |",
    };
    for (size_t i = 0; i < 3; i++) {
        line = read_line(iterations[i]);
        assert_true(line.kind == IMPORT_ITERATION && line.iteration == 7 &&
                    line.step_ms == 3902.7 && line.tflops == 68.2);
    }
    line = read_line(" iteration        1/       5 | consumed samples:           32 |");
    assert_true(line.kind == IMPORT_ITERATION && isnan(line.step_ms) && isnan(line.tflops));
    assert_int_equal(read_line("validation loss at iteration 10 | lm loss").kind, IMPORT_NOTHING);

    line = read_line("[rank0]:   tensor_model_parallel_size ...................... 2");
    assert_int_equal(line.kind, IMPORT_ARGUMENT);
    assert_string_equal(line.key, "tensor_model_parallel_size");
    assert_string_equal(line.value, "2");
    line = read_line("  use_tokenizer_model_from_checkpoint_args_and_a_longer_name_too_1 ... True");
    assert_true(line.kind == IMPORT_ARGUMENT && strlen(line.key) < sizeof line.key);
    import_line_read("  tensor_model_parallel_size ...................... 2", IMPORT_BLOCK_NONE,
                     &line);
    assert_int_equal(line.kind, IMPORT_NOTHING); /* outside the block it is somebody's prose */
    line = read_line("------------------------ arguments ------------------------");
    assert_true(line.kind == IMPORT_BLOCK && line.block == IMPORT_BLOCK_MEGATRON);
    line = read_line("-------------------- end of arguments ---------------------");
    assert_true(line.kind == IMPORT_BLOCK && line.block == IMPORT_BLOCK_NONE);
    assert_int_equal(read_line("[after training is done] datetime: 2024-08-01").kind,
                     IMPORT_FINISHED);
    assert_int_equal(read_line("[rank3]: Traceback (most recent call last):").kind, IMPORT_FAILURE);
    assert_int_equal(read_line("loading checkpoint ... done").kind, IMPORT_ARGUMENT);
    assert_int_equal(read_line("\033[").kind, IMPORT_NOTHING);
}

static struct configuration given(const char *text)
{
    struct configuration configuration = {0};
    assert_true(configuration_add_given(&configuration, text, NULL));
    return configuration;
}

static int64_t size(const struct metrics_row *row, size_t dimension)
{
    return configuration_number(&row->configuration, dimension);
}

static void test_metrics(void **state)
{
    (void)state;
    char *folder = unit_make_folder(), path[4200];
    struct fault fault = {0};
    struct metrics_row rows[] = {
        {given("wd=16,tp=2,pp=4,dp=2,layers=32,mbs=1,gbs=64,ep=2,rc=full"), 1606, 186.8},
        {given("tp=1,pp=1"), NAN, NAN}};
    struct metrics metrics = {2, rows}, again;
    snprintf(path, sizeof path, "%s/metrics.csv", folder);
    assert_true(metrics_write(path, &metrics, &fault));
    assert_true(metrics_read(path, &again, &fault));
    assert_int_equal(again.count, 2);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(
            configuration_compare(&again.rows[i].configuration, &rows[i].configuration), 0);
    assert_true(size(&again.rows[0], DIMENSION_DP) == 2 && again.rows[0].step_ms == 1606 &&
                again.rows[0].tflops == 186.8 &&
                size(&again.rows[0], DIMENSION_GLOBAL_BATCH_SIZE) == 64);
    assert_true(size(&again.rows[1], DIMENSION_TP) == 1 &&
                size(&again.rows[1], DIMENSION_DP) == -1 && isnan(again.rows[1].step_ms));
    metrics_free(&again);

    static const struct {
        const char *text;
        bool right;
    } texts[] = {{"tflops,pp,other,tp\r\n3.5,2,x y,4\r\n\r\n", true},
                 {"", true},
                 {"tp,pp\n", true},
                 {"tp,pp,step_ms\n1,2,fast\n", false},
                 {"tp,pp,step_ms\n1,2,inf\n", false},
                 {"tp,pp\n0,2\n", false},
                 {"tp,step_ms\n1,2\n", false},
                 {"tp,pp\n1,99999999999999999999\n", false}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        FILE *stream = fopen(path, "w");
        assert_non_null(stream);
        fputs(texts[i].text, stream);
        fclose(stream);
        bool read = metrics_read(path, &again, &fault);
        if (read != texts[i].right)
            fail_msg("case %zu: %s", i, fault.text);
        if (i == 0)
            assert_true(again.count == 1 && size(&again.rows[0], DIMENSION_TP) == 4 &&
                        again.rows[0].tflops == 3.5);
        metrics_free(&again);
    }
    unit_remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_glued),
        cmocka_unit_test(test_other_lines),
        cmocka_unit_test(test_metrics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
