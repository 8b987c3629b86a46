/* Theoretical memory: known answers with their sources, the releases, the paper's table, properties
 * over random models, and what is refused. */
#include "tests/unit/unit.h"
#include "tracer/gmtrace.h"

#include <math.h>

static const double MB = 1048576;

static gmt_memory_estimate estimated(const gmt_model *model, const gmt_parallel *parallel,
                                     int64_t stage)
{
    gmt_memory_estimate estimate;
    if (gmt_estimate_memory(model, parallel, stage, &estimate) != GMT_OK)
        fail_msg("%s: expected %s", estimate.invalid_field, estimate.expected);
    return estimate;
}

static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fmax(fabs(a), fabs(b)) + 1e-3;
}

static void check_near(const char *what, double is, const char *wanted, double be)
{
    if (!near(is, be))
        fail_msg("%s is %.6f, not %s, %.6f", what, is, wanted, be);
}
#define assert_near(a, b) check_near(#a, a, #b, b)

/* The 485B model of the published sweep over 8,192 GPUs. */
static const gmt_model GPT_485B = {.layers = 96,
                                   .hidden_size = 20480,
                                   .attention_heads = 160,
                                   .sequence_length = 2048,
                                   .padded_vocabulary = 50304};

static void test_known_answers(void **state)
{
    (void)state;
    /* TP 2 x PP 64 as the trace files of that sweep record it, 140204.06 MB; the others as the
     * figure drawn from them says, in GB with one decimal. The further digits come from evaluating
     * Megatron-LM's theoretical_memory_usage.py of core_r0.17 with these arguments. All are without
     * the distributed optimizer: with it TP 2 x PP 64 would need 91875.47 MB. */
    static const struct {
        int64_t tp, pp;
        double published_gb, mb;
    } cases[] = {
        {2, 64, 136.9, 140204.06}, {4, 32, 99.8, 102182.44}, {4, 64, 68.5, 70102.03},
        {8, 16, 81.5, 83411.72},   {8, 32, 49.9, 51091.22},  {8, 64, 34.2, 35051.01},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gmt_parallel parallel = {.tp = cases[i].tp,
                                 .pp = cases[i].pp,
                                 .dp = 8192 / cases[i].tp / cases[i].pp,
                                 .micro_batches = 6 * cases[i].pp,
                                 .megatron_minor = 17,
                                 .sequence_parallel = true,
                                 .recompute = GMT_RECOMPUTE_SELECTIVE};
        gmt_memory_estimate estimate = estimated(&GPT_485B, &parallel, GMT_MOST_LOADED);
        double mb = estimate.total_bytes / MB;
        if (fabs(mb - cases[i].mb) > 0.0051 || fabs(mb / 1024 - cases[i].published_gb) > 0.05)
            fail_msg("TP %d x PP %d: %.4f MB", (int)cases[i].tp, (int)cases[i].pp, mb);
        assert_int_equal(estimate.stage, 0);
        assert_int_equal(estimate.layers_uneven, 96 % cases[i].pp != 0);
        assert_int_equal(gmt_theoretical_bytes(&GPT_485B, &parallel),
                         (uint64_t)round(estimate.total_bytes));
        if (i == 0) {
            parallel.sharding = GMT_SHARD_OPTIMIZER;
            mb = (double)gmt_theoretical_bytes(&GPT_485B, &parallel) / MB;
            assert_true(fabs(mb - 91875.47) < 0.0051);
        }
    }
}

/* TP 2 x PP 64 of the same model, evaluated by each release's theoretical_memory_usage.py. */
static void test_releases(void **state)
{
    (void)state;
    static const struct {
        int64_t minor;
        bool sequence_parallel;
        gmt_recompute recompute;
        double mb; /* NAN: no total is printed */
    } cases[] = {
        {7, true, GMT_RECOMPUTE_SELECTIVE, 140204.06},
        {0, true, GMT_RECOMPUTE_SELECTIVE, 140205.12},
        {18, true, GMT_RECOMPUTE_SELECTIVE, 140205.12},
        {17, false, GMT_RECOMPUTE_NONE, 165036.61},
        {15, true, GMT_RECOMPUTE_FULL, 165036.61},
        {14, false, GMT_RECOMPUTE_NONE, NAN},
        {7, true, GMT_RECOMPUTE_FULL, NAN},
        {14, false, GMT_RECOMPUTE_SELECTIVE, NAN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gmt_parallel parallel = {.tp = 2,
                                 .pp = 64,
                                 .dp = 64,
                                 .micro_batches = 384,
                                 .megatron_minor = cases[i].minor,
                                 .sequence_parallel = cases[i].sequence_parallel,
                                 .recompute = cases[i].recompute};
        gmt_memory_estimate e = estimated(&GPT_485B, &parallel, GMT_MOST_LOADED);
        assert_int_equal(isnan(cases[i].mb), *e.no_total != '\0');
        assert_int_equal(e.megatron_minor, cases[i].minor ? cases[i].minor : 19);
        if (!isnan(cases[i].mb)) {
            if (fabs(e.total_bytes / MB - cases[i].mb) > 0.0051)
                fail_msg("case %zu: %.4f MB", i, e.total_bytes / MB);
            continue;
        }
        assert_true(isnan(e.total_bytes) && isnan(e.activations_bytes) && e.state_bytes > 0);
        assert_true(gmt_theoretical_bytes(&GPT_485B, &parallel) == GMT_UNKNOWN);
    }
    gmt_model hybrid = GPT_485B;
    hybrid.hybrid_pattern = "M*";
    const gmt_parallel one = {0};
    gmt_memory_estimate e = estimated(&hybrid, &one, GMT_MOST_LOADED);
    /* What the formula cannot count is counted by its tensors, whatever it is divided by. */
    const gmt_parallel eight = {.tp = 8, .dp = 4};
    gmt_memory_estimate divided = estimated(&hybrid, &eight, GMT_MOST_LOADED);
    gmt_expected_memory whole;
    assert_int_equal(gmt_expect_memory(&hybrid, &one, 0, &whole), GMT_OK);
    assert_near(e.model_parameters, whole.parameters);
    assert_near(divided.model_parameters, e.model_parameters);
    assert_true(isnan(divided.attention_parameters) && isnan(divided.mlp_parameters));
    assert_true(*e.no_total && isnan(e.total_bytes) && isnan(e.state_bytes));
}

/* A LayerNorm has a bias: from core_r0.16 on it is counted for the compressed queries, keys and
 * values, too. */
static void test_norms_of_latent_attention(void **state)
{
    (void)state;
    const gmt_model layer_norm = {.layers = 4,
                                  .hidden_size = 512,
                                  .attention_heads = 8,
                                  .multi_latent_attention = true,
                                  .q_lora_rank = 96,
                                  .kv_lora_rank = 64,
                                  .sequence_length = 128,
                                  .padded_vocabulary = 1024};
    gmt_model rms_norm = layer_norm;
    rms_norm.rms_norm = true;
    static const struct {
        int64_t minor;
        double bias, rms_bias; /* parameters of a layer, more than in the release before */
    } cases[] = {{15, 0, 0}, {16, 96 + 64, -2 * 512}, {17, 0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const gmt_parallel before = {.megatron_minor = cases[i].minor - 1};
        const gmt_parallel now = {.megatron_minor = cases[i].minor};
        double more = estimated(&layer_norm, &now, 0).attention_parameters -
                      estimated(&layer_norm, &before, 0).attention_parameters;
        assert_near(more, 4 * cases[i].bias);
        more = estimated(&rms_norm, &now, 0).model_parameters -
               estimated(&rms_norm, &before, 0).model_parameters;
        assert_near(more, 4 * cases[i].rms_bias - (cases[i].minor == 16 ? 512 : 0));
    }
}

/* What layers keep, by the rows of Table 2 of arXiv 2205.05198 that the releases print: with s, b,
 * h, t of the paper, of models of its Table 3 (22B and 1T). */
static void test_table_2_of_the_paper(void **state)
{
    (void)state;
    static const struct {
        int64_t heads, hidden, layers, pp, micro_batch;
    } models[] = {{64, 6144, 48, 1, 4}, {160, 25600, 128, 64, 1}};
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        gmt_model model = {.layers = models[i].layers,
                           .hidden_size = models[i].hidden,
                           .attention_heads = models[i].heads,
                           .sequence_length = 2048,
                           .padded_vocabulary = 51200};
        gmt_parallel parallel = {.tp = 8,
                                 .pp = models[i].pp,
                                 .micro_batch_size = models[i].micro_batch,
                                 .recompute = GMT_RECOMPUTE_SELECTIVE};
        double sbhl =
            2048.0 * (double)(models[i].micro_batch * models[i].hidden * models[i].layers);
        assert_near(estimated(&model, &parallel, 0).layer_activations_bytes,
                    sbhl * (10 + 24.0 / 8));
        parallel.sequence_parallel = true;
        assert_near(estimated(&model, &parallel, 0).layer_activations_bytes, sbhl * 34 / 8);
    }
}

/* ---- properties ---- */

struct job {
    gmt_model model;
    gmt_parallel parallel;
};

static int64_t pick(uint64_t *seed, int64_t least, int64_t most)
{
    return least + (int64_t)(unit_random(seed) % (uint64_t)(most - least + 1));
}

/* A job whose sizes fit, also with each parallel size doubled. */
static struct job random_job(uint64_t *seed)
{
    struct job job = {0};
    gmt_parallel *p = &job.parallel;
    gmt_model *m = &job.model;
    p->tp = (int64_t)1 << pick(seed, 0, 3);
    p->pp = pick(seed, 1, 12);
    p->cp = (int64_t)1 << pick(seed, 0, 2);
    p->virtual_stages = p->pp > 1 ? pick(seed, 1, 3) : 1;
    p->ep = (int64_t)1 << pick(seed, 0, 2);
    p->dp = p->ep * pick(seed, 1, 9);
    p->megatron_minor = pick(seed, 7, 19);
    p->micro_batch_size = pick(seed, 1, 4);
    p->micro_batches = pick(seed, 0, 20);
    p->sharding = (gmt_sharding)pick(seed, 0, 1);
    /* With a total in every release, or from 0.15 on. */
    p->sequence_parallel = p->megatron_minor < 15 || pick(seed, 0, 1);
    p->recompute =
        p->megatron_minor < 15 ? GMT_RECOMPUTE_SELECTIVE : (gmt_recompute)pick(seed, 0, 2);
    m->layers = p->pp * p->virtual_stages * pick(seed, 1, 5);
    m->query_groups = 2 * p->tp * pick(seed, 1, 3);
    m->attention_heads = m->query_groups * pick(seed, 1, 4);
    m->kv_channels = 16 * pick(seed, 1, 8);
    m->hidden_size = 64 * pick(seed, 1, 100);
    m->ffn_hidden_size = 2 * p->tp * 8 * pick(seed, 1, 100);
    m->sequence_length = 2 * p->tp * 2 * p->cp * pick(seed, 1, 500);
    m->padded_vocabulary = 2 * p->tp * pick(seed, 1, 5000);
    m->gated_mlp = pick(seed, 0, 1);
    m->untied_embeddings = pick(seed, 0, 1);
    m->rms_norm = pick(seed, 0, 1);
    m->moe_layer_frequency = pick(seed, 0, 3);
    if (pick(seed, 0, 1)) {
        m->experts = 2 * p->ep * pick(seed, 1, 4);
        m->moe_ffn_hidden_size = 64 * pick(seed, 1, 50);
        m->shared_expert_ffn_hidden_size = 64 * pick(seed, 0, 3);
        m->router_top_k = pick(seed, 0, 2);
        p->etp = pick(seed, 0, 1) ? p->tp : 0;
    } else {
        p->dp = p->dp / p->ep;
        p->ep = 1;
    }
    return job;
}

enum { JOBS = 3000 };

static void test_monotone_in_every_size(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < JOBS; i++) {
        struct job job = random_job(&seed), larger[12];
        const gmt_parallel *p = &job.parallel;
        size_t count = 0;
#define LARGER(part, field, by) larger[count] = job, larger[count].part.field += (by), count++
        LARGER(model, layers, p->pp * p->virtual_stages);
        LARGER(model, hidden_size, 1);
        LARGER(model, attention_heads, job.model.query_groups);
        LARGER(model, kv_channels, 1);
        LARGER(model, sequence_length, 2 * p->cp * p->tp);
        LARGER(model, padded_vocabulary, p->tp);
        LARGER(model, ffn_hidden_size, p->tp);
        LARGER(parallel, micro_batch_size, 1);
        if (p->micro_batches > 0)
            LARGER(parallel, micro_batches, 1);
        if (job.model.experts > 0) {
            LARGER(model, experts, p->ep);
            LARGER(model, moe_ffn_hidden_size, p->tp);
        }
#undef LARGER
        double bytes = estimated(&job.model, p, GMT_MOST_LOADED).total_bytes;
        assert_true(bytes > 0);
        for (size_t k = 0; k < count; k++) {
            double more =
                estimated(&larger[k].model, &larger[k].parallel, GMT_MOST_LOADED).total_bytes;
            if (more < bytes)
                fail_msg("job %d: change %zu makes it smaller: %.1f, then %.1f", i, k, bytes, more);
        }
    }
}

static void test_what_parallelism_divides(void **state)
{
    (void)state;
    uint64_t seed = 2;
    for (int i = 0; i < JOBS; i++) {
        struct job job = random_job(&seed);
        int64_t stage = pick(&seed, 0, job.parallel.pp - 1);
        gmt_parallel twice = job.parallel;
        twice.tp *= 2;
        twice.etp *= 2;
        gmt_memory_estimate one = estimated(&job.model, &job.parallel, stage);
        gmt_memory_estimate two = estimated(&job.model, &twice, stage);
        /* Up to 0.17 tensor parallelism halves all parameters; from 0.18 on not norms and routers.
         */
        if (job.parallel.megatron_minor < 18)
            assert_near(two.weights_bytes, one.weights_bytes / 2);
        else
            assert_near(two.norm_parameters, one.norm_parameters);
        assert_near(two.attention_parameters, one.attention_parameters / 2);
        if (twice.sequence_parallel && twice.recompute == GMT_RECOMPUTE_SELECTIVE)
            assert_near(two.activations_bytes, one.activations_bytes / 2);

        /* Context parallelism changes nothing but the share of experts' state (0.18). */
        twice = job.parallel;
        twice.cp *= 2;
        two = estimated(&job.model, &twice, stage);
        assert_near(two.activations_bytes, one.activations_bytes);
        assert_near(two.weights_bytes, one.weights_bytes);

        /* Data parallelism halves the distributed optimizer's state, and nothing else. */
        gmt_parallel plain = job.parallel;
        plain.sharding = GMT_SHARD_OPTIMIZER;
        twice = plain;
        twice.dp *= 2;
        one = estimated(&job.model, &plain, stage);
        two = estimated(&job.model, &twice, stage);
        assert_near(two.moments_bytes, one.moments_bytes / 2);
        assert_near(two.master_weights_bytes, one.master_weights_bytes / 2);
        assert_near(two.weights_bytes, one.weights_bytes);
        assert_near(two.layer_activations_bytes, one.layer_activations_bytes);
    }
}

static void test_experts_over_ranks(void **state)
{
    (void)state;
    uint64_t seed = 3;
    int with_experts = 0;
    for (int i = 0; i < JOBS; i++) {
        struct job job = random_job(&seed);
        if (job.model.experts == 0)
            continue;
        with_experts++;
        gmt_parallel together = job.parallel;
        together.ep = 1;
        double ep = job.parallel.megatron_minor < 18 ? 1 : (double)job.parallel.ep;
        gmt_memory_estimate divided = estimated(&job.model, &job.parallel, 0);
        gmt_memory_estimate whole = estimated(&job.model, &together, 0);
        assert_near(divided.expert_parameters * ep, whole.expert_parameters);
        assert_near(divided.activations_bytes, whole.activations_bytes);
    }
    assert_true(with_experts > JOBS / 4);
}

/* A tensor-parallel size of 1, where ranks hold all that their stage has. */
static void test_stages_make_up_the_model(void **state)
{
    (void)state;
    uint64_t seed = 4;
    for (int i = 0; i < JOBS; i++) {
        struct job job = random_job(&seed);
        job.parallel.tp = job.parallel.etp = job.parallel.ep = 1;
        double parameters = 0, in_flight = INFINITY;
        gmt_memory_estimate e = {0};
        for (int64_t stage = 0; stage < job.parallel.pp; stage++) {
            e = estimated(&job.model, &job.parallel, stage);
            assert_int_equal(e.stage, stage);
            parameters += e.attention_parameters + e.mlp_parameters + e.norm_parameters +
                          e.expert_parameters + e.router_parameters + e.embedding_parameters +
                          e.output_parameters;
            assert_true(e.in_flight <= in_flight && e.in_flight > 0);
            in_flight = e.in_flight;
        }
        /* Tied weights of several stages are there twice. */
        double copy = job.model.untied_embeddings || job.parallel.pp == 1
                          ? 0
                          : (double)(job.model.hidden_size * job.model.padded_vocabulary);
        assert_near(parameters, e.model_parameters + copy);
    }
}

/* ---- what is refused ---- */

static void refuses(const char *field, gmt_model model, gmt_parallel parallel, int64_t stage)
{
    gmt_memory_estimate e;
    memset(&e, 0xA5, sizeof e);
    if (gmt_estimate_memory(&model, &parallel, stage, &e) != GMT_INVALID)
        fail_msg("%s is not refused", field);
    assert_string_equal(e.invalid_field, field);
    assert_true(strlen(e.expected) > 0);
    assert_true(e.total_bytes == 0 && e.state_bytes == 0);
    if (stage == GMT_MOST_LOADED)
        assert_true(gmt_theoretical_bytes(&model, &parallel) == GMT_UNKNOWN);
}

static void test_refused(void **state)
{
    (void)state;
    const gmt_model good = {.layers = 8,
                            .hidden_size = 512,
                            .attention_heads = 8,
                            .sequence_length = 128,
                            .padded_vocabulary = 1024};
    const gmt_parallel none = {0};
    assert_true(gmt_theoretical_bytes(&good, &none) != GMT_UNKNOWN);
#define BAD_MODEL(field, value)                                                                    \
    do {                                                                                           \
        gmt_model bad = good;                                                                      \
        bad.field = (value);                                                                       \
        refuses(#field, bad, none, GMT_MOST_LOADED);                                               \
    } while (0)
#define BAD_PARALLEL(named, ...) refuses(named, good, (gmt_parallel){__VA_ARGS__}, GMT_MOST_LOADED)
    BAD_MODEL(layers, 0);
    BAD_MODEL(hidden_size, -1);
    BAD_MODEL(hidden_size, 513);
    BAD_MODEL(attention_heads, (int64_t)INT32_MAX + 1);
    BAD_MODEL(sequence_length, 0);
    BAD_MODEL(padded_vocabulary, INT64_MIN);
    BAD_MODEL(ffn_hidden_size, INT64_MAX);
    BAD_MODEL(query_groups, 3);
    BAD_MODEL(moe_layer_pattern, "0101010");
    BAD_MODEL(moe_layer_pattern, "010101012");
    BAD_MODEL(moe_layer_pattern, "01010102");
    BAD_PARALLEL("layers", .pp = 16);
    BAD_PARALLEL("layers", .pp = 2, .virtual_stages = 3);
    BAD_PARALLEL("virtual_stages", .virtual_stages = 2);
    BAD_PARALLEL("attention_heads", .tp = 3);
    BAD_PARALLEL("sequence_length", .cp = 3);
    BAD_PARALLEL("sequence_length", .cp = 128); /* half of a piece */
    BAD_PARALLEL("sequence_length", .tp = 8, .cp = 32, .sequence_parallel = true);
    BAD_PARALLEL("tp", .tp = -1);
    BAD_PARALLEL("ep", .ep = 2);
    BAD_PARALLEL("recompute", .recompute = (gmt_recompute)7);
    BAD_PARALLEL("moment_bytes", .moment_bytes = NAN);
    BAD_PARALLEL("weight_bytes", .weight_bytes = -2);
    BAD_PARALLEL("gradient_bytes", .gradient_bytes = INFINITY);
    BAD_PARALLEL("moe_imbalance", .moe_imbalance = NAN);
    BAD_PARALLEL("offloaded_optimizer_share", .offloaded_optimizer_share = 1.5);
    BAD_PARALLEL("megatron_minor", .megatron_minor = 6);
    BAD_PARALLEL("megatron_minor", .megatron_minor = 20);
    BAD_PARALLEL("sharding", .sharding = (gmt_sharding)-1);
    assert_true(gmt_theoretical_bytes(&good, &(gmt_parallel){.megatron_minor = 19}) != GMT_UNKNOWN);
    gmt_memory_estimate oldest = estimated(&good, &(gmt_parallel){.megatron_minor = 7}, 0);
    assert_true(oldest.weights_bytes > 0);
}

static void test_refused_experts(void **state)
{
    (void)state;
    gmt_model experts = GPT_485B;
    /* Experts are shared out over tp x cp x dp = 8 ranks, of which ep x etp hold each once. */
    experts.experts = 16;
    for (int64_t ep = 1; ep <= 16; ep *= 2) {
        const gmt_parallel p = {.tp = 2, .dp = 4, .ep = ep, .etp = 2};
        gmt_memory_estimate estimate;
        bool fits = ep <= 4;
        assert_int_equal(gmt_estimate_memory(&experts, &p, 0, &estimate),
                         fits ? GMT_OK : GMT_INVALID);
        if (!fits)
            assert_string_equal(estimate.invalid_field, "ep");
    }
    refuses("ep", experts, (gmt_parallel){.tp = 1, .dp = 1, .ep = 4}, GMT_MOST_LOADED);
    refuses("experts", experts, (gmt_parallel){.dp = 3, .ep = 3}, GMT_MOST_LOADED);
}

/* As theoretical_memory_usage.py has them: with sequence parallelism and selective recomputation
 * 18 h + 4 f bytes a token and layer over tp ranks, else h (10 + 24 / tp) and 5% more in all. */
static void test_activations_by_hand(void **state)
{
    (void)state;
    const gmt_model m = {.layers = 8,
                         .hidden_size = 512,
                         .ffn_hidden_size = 1536,
                         .attention_heads = 8,
                         .sequence_length = 128,
                         .padded_vocabulary = 1024};
    const double tokens = 3 * 128, h = 512, f = 1536, v = 1024;
    gmt_parallel p = {.tp = 4, .pp = 2, .micro_batch_size = 3, .micro_batches = 8};
    gmt_memory_estimate e = estimated(&m, &p, 0);
    assert_near(e.layer_activations_bytes, tokens * h * (10 + 24.0 / 4) * 4 * 2);
    assert_near(e.embedding_activations_bytes, tokens * (8 + h) * 2);
    assert_near(e.output_activations_bytes, 0);
    assert_near(e.overhead_bytes, (e.layer_activations_bytes + e.embedding_activations_bytes) / 20);
    e = estimated(&m, &p, 1);
    assert_near(e.layer_activations_bytes, tokens * h * (10 + 24.0 / 4) * 4);
    assert_near(e.embedding_activations_bytes, 0);
    assert_near(e.output_activations_bytes, tokens * 2 * (h + v / 4));
    assert_near(e.overhead_bytes, (e.layer_activations_bytes + e.output_activations_bytes) / 20);
    p.sequence_parallel = true;
    p.recompute = GMT_RECOMPUTE_SELECTIVE;
    e = estimated(&m, &p, 0);
    assert_near(e.layer_activations_bytes, tokens * (18 * h + 4 * f) / 4 * 4 * 2);
    assert_near(e.embedding_activations_bytes, tokens * (8 + h) * 2 / 4);
    assert_near(e.overhead_bytes, 0);
    e = estimated(&m, &p, 1);
    assert_near(e.output_activations_bytes, tokens * 4 * (h + v) / 4);
    assert_near(e.activations_bytes, e.layer_activations_bytes + e.output_activations_bytes);
    p.micro_batches = 1; /* fewer than stages: one is under way */
    assert_near(estimated(&m, &p, 0).in_flight, 1);
    p.recompute = GMT_RECOMPUTE_NONE; /* of which this release prints nothing */
    p.megatron_minor = 12;
    e = estimated(&m, &p, 1);
    assert_true(isnan(e.layer_activations_bytes) && isnan(e.embedding_activations_bytes));
    assert_true(isnan(e.output_activations_bytes) && isnan(e.overhead_bytes));
    assert_true(isnan(e.activations_bytes) && isnan(e.total_bytes) && e.state_bytes > 0);
}

static void test_refused_together(void **state)
{
    (void)state;
    const gmt_model good = {.layers = 8,
                            .hidden_size = 512,
                            .attention_heads = 8,
                            .sequence_length = 128,
                            .padded_vocabulary = 1024};
    const gmt_parallel none = {0};
    gmt_model model = good;
    model.padded_vocabulary = 1025;
    refuses("padded_vocabulary", model, (gmt_parallel){.tp = 2}, GMT_MOST_LOADED);
    model = good, model.ffn_hidden_size = 1001;
    refuses("ffn_hidden_size", model, (gmt_parallel){.tp = 2}, GMT_MOST_LOADED);
    model = good, model.hidden_size = 16, model.gated_mlp = true;
    refuses("ffn_hidden_size", model, none, GMT_MOST_LOADED);
    model = good, model.experts = 6;
    refuses("experts", model, (gmt_parallel){.dp = 4, .ep = 4}, GMT_MOST_LOADED);
    refuses("ep", model, (gmt_parallel){.dp = 4, .ep = 3}, GMT_MOST_LOADED);
    /* Any layout of experts in which world = ETP x EP x EDP x PP will do. */
    assert_true(gmt_theoretical_bytes(&model, &(gmt_parallel){.tp = 2, .ep = 2, .etp = 1}) !=
                GMT_UNKNOWN);
    model.multi_latent_attention = true, model.query_groups = 4;
    refuses("query_groups", model, none, GMT_MOST_LOADED);
    refuses("stage", good, (gmt_parallel){.pp = 4}, 4);
    refuses("stage", good, none, -2);
    /* The largest sizes of all overflow, and do not hurt. */
    model = (gmt_model){.layers = INT32_MAX,
                        .hidden_size = INT32_MAX,
                        .attention_heads = INT32_MAX,
                        .sequence_length = INT32_MAX,
                        .padded_vocabulary = INT32_MAX};
    refuses("total_bytes", model, none, GMT_MOST_LOADED);

    gmt_memory_estimate e;
    assert_int_equal(gmt_estimate_memory(NULL, &none, 0, &e), GMT_INVALID);
    assert_string_equal(e.invalid_field, "model");
    assert_int_equal(gmt_estimate_memory(&good, NULL, 0, &e), GMT_INVALID);
    assert_string_equal(e.invalid_field, "parallel");
    assert_int_equal(gmt_estimate_memory(&good, &none, 0, NULL), GMT_INVALID);
    assert_true(gmt_theoretical_bytes(NULL, NULL) == GMT_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_releases),
        cmocka_unit_test(test_norms_of_latent_attention),
        cmocka_unit_test(test_table_2_of_the_paper),
        cmocka_unit_test(test_monotone_in_every_size),
        cmocka_unit_test(test_what_parallelism_divides),
        cmocka_unit_test(test_experts_over_ranks),
        cmocka_unit_test(test_stages_make_up_the_model),
        cmocka_unit_test(test_activations_by_hand),
        cmocka_unit_test(test_refused_experts),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_refused_together),
    };
    return cmocka_run_group_tests_name("theoretical memory", tests, NULL, NULL);
}
