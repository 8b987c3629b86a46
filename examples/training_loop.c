/* training_loop: a small network that learns on the CPU, traced as a rank of a large job would be.
 *
 * It is one rank's share of a pipeline: its stage holds layers/PP layers of width x width/TP
 * weights, and runs micro-batches as 1F1B does, so that the first stage keeps PP micro-batches'
 * activations at its peak. Weights, gradients and Adam's moments stay; activations come and go.
 * All of it is counted, and past --memory-limit the job dies as one on a GPU does.
 *
 *   training_loop --pp 4 --memory-limit 20
 *   examples/run_ranks.sh 4 build/examples/training_loop --pp 4
 *
 * The stage learns to say what a fixed random network of one layer says. It prints the loss of each
 * iteration, which does not depend on whether it is traced.
 */
#include <getopt.h>
#include <gmtrace.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct settings {
    long layers, width, batch, micro_batches, iterations, tp, pp;
    double memory_limit_mb; /* 0: none */
};

/* ---- memory, counted ---- */

struct memory {
    _Atomic uint64_t in_use; /* the tracer's thread reads it */
    uint64_t peak, limit;    /* limit 0: none */
};

static const double MB = 1048576;

static _Noreturn void die_of_oom(const struct memory *memory, size_t bytes)
{
    fprintf(stderr,
            "OutOfMemoryError: out of memory. Tried to allocate %.2f MiB. The rank has a total "
            "capacity of %.2f MiB of which %.2f MiB is free.\n",
            (double)bytes / MB, (double)memory->limit / MB,
            (double)(memory->limit - memory->in_use) / MB);
    _Exit(1); /* as a job that is aborted: nothing is tidied up, the recording stays */
}

static float *take(struct memory *memory, size_t count)
{
    size_t bytes = count * sizeof(float);
    if (memory->limit && memory->in_use + bytes > memory->limit)
        die_of_oom(memory, bytes);
    float *values = calloc(count, sizeof *values);
    if (!values)
        die_of_oom(memory, bytes);
    memory->in_use += bytes;
    if (memory->in_use > memory->peak)
        memory->peak = memory->in_use;
    return values;
}

static void give(struct memory *memory, float *values, size_t count)
{
    free(values);
    memory->in_use -= count * sizeof(float);
}

/* The figures that the tracer samples. */
static int allocator_figures(void *context, uint64_t *allocated, uint64_t *reserved)
{
    const struct memory *memory = context;
    *allocated = memory->in_use;
    *reserved = GMT_UNKNOWN;
    return 0;
}

/* ---- numbers ---- */

static float random_value(uint64_t *state) /* -1 to 1 */
{
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return (float)(*state >> 40) / (float)(1 << 23) - 1.0F;
}

/* out[rows][columns] += in[rows][inner] x weights[inner][columns] */
static void multiply(float *restrict out, const float *restrict in, const float *restrict weights,
                     long rows, long inner, long columns)
{
    for (long row = 0; row < rows; row++)
        for (long k = 0; k < inner; k++) {
            float factor = in[row * inner + k];
            for (long column = 0; column < columns; column++)
                out[row * columns + column] += factor * weights[k * columns + column];
        }
}

/* weight_gradient[inner][columns] += in^T x out_gradient; in_gradient += out_gradient x weights^T
 */
static void multiply_back(float *restrict weight_gradient, float *restrict in_gradient,
                          const float *restrict in, const float *restrict weights,
                          const float *restrict out_gradient, long rows, long inner, long columns)
{
    for (long row = 0; row < rows; row++)
        for (long k = 0; k < inner; k++) {
            float factor = in[row * inner + k], sum = 0;
            for (long column = 0; column < columns; column++) {
                float gradient = out_gradient[row * columns + column];
                weight_gradient[k * columns + column] += factor * gradient;
                sum += gradient * weights[k * columns + column];
            }
            in_gradient[row * inner + k] += sum;
        }
}

/* ---- the stage ---- */

/* A layer adds to its input what a hidden row of width/TP makes of it:
 * out = in + tanh(in x down) x up. */
struct layer {
    float *weights, *gradients, *moments; /* down, then up; Adam's two moments */
};

struct stage {
    const struct settings *settings;
    struct memory memory;
    long layer_count, shard; /* of this rank */
    size_t weights_a_layer;
    struct layer *layers;
    long step;
};

static void stage_begin(struct stage *stage)
{
    const struct settings *settings = stage->settings;
    stage->layer_count = settings->layers / settings->pp;
    stage->shard = settings->width / settings->tp;
    stage->weights_a_layer = 2 * (size_t)settings->width * (size_t)stage->shard;
    stage->layers = calloc((size_t)stage->layer_count, sizeof *stage->layers);
    if (!stage->layers)
        die_of_oom(&stage->memory, 0);
    uint64_t seed = 1;
    float scale = 1 / sqrtf((float)settings->width * (float)settings->layers);
    for (long l = 0; l < stage->layer_count; l++) {
        struct layer *layer = &stage->layers[l];
        layer->weights = take(&stage->memory, stage->weights_a_layer);
        layer->gradients = take(&stage->memory, stage->weights_a_layer);
        layer->moments = take(&stage->memory, 2 * stage->weights_a_layer);
        for (size_t i = 0; i < stage->weights_a_layer; i++)
            layer->weights[i] = scale * random_value(&seed);
    }
}

static void stage_end(struct stage *stage)
{
    for (long l = 0; l < stage->layer_count; l++) {
        give(&stage->memory, stage->layers[l].weights, stage->weights_a_layer);
        give(&stage->memory, stage->layers[l].gradients, stage->weights_a_layer);
        give(&stage->memory, stage->layers[l].moments, 2 * stage->weights_a_layer);
    }
    free(stage->layers);
}

/* A micro-batch on its way: each layer's input and hidden row, and the last layer's output. */
struct micro_batch {
    float **inputs, **hidden; /* layer_count + 1 and layer_count; one block of pointers */
    float *wanted;
};

static size_t row_values(const struct stage *stage)
{
    return (size_t)stage->settings->batch * (size_t)stage->settings->width;
}

static size_t hidden_values(const struct stage *stage)
{
    return (size_t)stage->settings->batch * (size_t)stage->shard;
}

/* What goes in, and what should come out: tanh of a fixed mix of neighbours. */
static void make_data(const struct stage *stage, struct micro_batch *batch, uint64_t seed)
{
    long width = stage->settings->width;
    float *input = batch->inputs[0];
    for (size_t i = 0; i < row_values(stage); i++)
        input[i] = random_value(&seed);
    for (long row = 0; row < stage->settings->batch; row++)
        for (long i = 0; i < width; i++) {
            const float *values = input + row * width;
            batch->wanted[row * width + i] = tanhf(values[i] - 0.5F * values[(i + 1) % width]);
        }
}

static void forward(struct stage *stage, struct micro_batch *batch, uint64_t seed)
{
    long rows = stage->settings->batch, width = stage->settings->width;
    batch->inputs = calloc(2 * (size_t)stage->layer_count + 1, sizeof *batch->inputs);
    if (!batch->inputs)
        die_of_oom(&stage->memory, 0);
    batch->hidden = batch->inputs + stage->layer_count + 1;
    batch->inputs[0] = take(&stage->memory, row_values(stage));
    batch->wanted = take(&stage->memory, row_values(stage));
    make_data(stage, batch, seed);
    for (long l = 0; l < stage->layer_count; l++) {
        const float *down = stage->layers[l].weights, *up = down + width * stage->shard;
        float *hidden = batch->hidden[l] = take(&stage->memory, hidden_values(stage));
        float *out = batch->inputs[l + 1] = take(&stage->memory, row_values(stage));
        multiply(hidden, batch->inputs[l], down, rows, width, stage->shard);
        for (size_t i = 0; i < hidden_values(stage); i++)
            hidden[i] = tanhf(hidden[i]);
        memcpy(out, batch->inputs[l], row_values(stage) * sizeof *out);
        multiply(out, hidden, up, rows, stage->shard, width);
    }
}

/* Through one layer; `gradient` is that of its output, then of its input. */
static void layer_backward(struct stage *stage, struct micro_batch *batch, long l, float *gradient)
{
    long rows = stage->settings->batch, width = stage->settings->width;
    const struct layer *layer = &stage->layers[l];
    long up = width * stage->shard;
    float *hidden_gradient = take(&stage->memory, hidden_values(stage));
    multiply_back(layer->gradients + up, hidden_gradient, batch->hidden[l], layer->weights + up,
                  gradient, rows, stage->shard, width);
    for (size_t i = 0; i < hidden_values(stage); i++)
        hidden_gradient[i] *= 1 - batch->hidden[l][i] * batch->hidden[l][i];
    multiply_back(layer->gradients, gradient, batch->inputs[l], layer->weights, hidden_gradient,
                  rows, width, stage->shard);
    give(&stage->memory, hidden_gradient, hidden_values(stage));
    give(&stage->memory, batch->hidden[l], hidden_values(stage));
}

/* Returns the micro-batch's loss, and frees what it held. */
static double backward(struct stage *stage, struct micro_batch *batch)
{
    double loss = 0;
    float *gradient = take(&stage->memory, row_values(stage));
    const float *out = batch->inputs[stage->layer_count];
    for (size_t i = 0; i < row_values(stage); i++) {
        float error = out[i] - batch->wanted[i];
        loss += (double)error * (double)error;
        gradient[i] = 2 * error / (float)row_values(stage);
    }
    give(&stage->memory, batch->wanted, row_values(stage));
    for (long l = stage->layer_count - 1; l >= 0; l--) {
        give(&stage->memory, batch->inputs[l + 1], row_values(stage));
        layer_backward(stage, batch, l, gradient);
    }
    give(&stage->memory, batch->inputs[0], row_values(stage));
    give(&stage->memory, gradient, row_values(stage));
    free(batch->inputs);
    return loss / (double)row_values(stage);
}

static void adam_step(struct stage *stage)
{
    const float rate = 0.002F, decay = 0.9F, square_decay = 0.99F;
    stage->step++;
    float correction = 1 - powf(decay, (float)stage->step);
    float square_correction = 1 - powf(square_decay, (float)stage->step);
    for (long l = 0; l < stage->layer_count; l++) {
        struct layer *layer = &stage->layers[l];
        float *mean = layer->moments, *square = mean + stage->weights_a_layer;
        for (size_t i = 0; i < stage->weights_a_layer; i++) {
            float gradient = layer->gradients[i];
            mean[i] = decay * mean[i] + (1 - decay) * gradient;
            square[i] = square_decay * square[i] + (1 - square_decay) * gradient * gradient;
            layer->weights[i] -=
                rate * (mean[i] / correction) / (sqrtf(square[i] / square_correction) + 1e-6F);
        }
        memset(layer->gradients, 0, stage->weights_a_layer * sizeof *layer->gradients);
    }
}

/* ---- training ---- */

/* One iteration as 1F1B runs it: so many micro-batches forward, then one backward for each forward,
 * then the rest backward. Returns the mean loss. */
static double train_step(struct stage *stage, long in_flight, gmt_tracer *tracer)
{
    long count = stage->settings->micro_batches, warm_up = in_flight < count ? in_flight : count;
    struct micro_batch *batches = calloc((size_t)count, sizeof *batches);
    if (!batches)
        die_of_oom(&stage->memory, 0);
    double loss = 0;
    long begun = 0, done = 0;
    while (done < count) {
        bool full = begun - done >= warm_up || begun == count;
        if (full && begun > done)
            loss += backward(stage, &batches[done++]);
        if (begun < count) {
            forward(stage, &batches[begun], 7 + (uint64_t)begun);
            begun++;
        }
    }
    free(batches);
    gmt_mark(tracer, "optimizer step");
    adam_step(stage);
    return loss / (double)count;
}

static void train(const struct settings *settings, const gmt_options *options)
{
    gmt_tracer *tracer = NULL;
    gmt_start(options, &tracer); /* on failure it is NULL, and training goes on untraced */

    struct stage stage = {.settings = settings,
                          .memory.limit = (uint64_t)(settings->memory_limit_mb * MB)};
    gmt_set_source(tracer, allocator_figures, &stage.memory);
    gmt_next_iteration(tracer, 0);
    stage_begin(&stage);
    /* Ranks of a stage stand side by side; later stages have fewer micro-batches in flight. */
    int64_t world = options->world_size > 0 ? options->world_size : 1;
    int64_t ranks_a_stage = world / settings->pp > 0 ? world / settings->pp : 1;
    long in_flight = settings->pp - (long)(options->rank / ranks_a_stage % settings->pp);
    for (long i = 0; i < settings->iterations; i++) {
        gmt_next_iteration(tracer, i);
        gmt_log_static(tracer, i, stage.memory.in_use);
        stage.memory.peak = stage.memory.in_use;
        double loss = train_step(&stage, in_flight, tracer);
        gmt_log_peak(tracer, i, stage.memory.peak);
        printf("iteration %ld: loss %.6f\n", i, loss);
        fflush(stdout);
    }
    gmt_stop(tracer); /* before what the source reads is gone */
    stage_end(&stage);
}

/* ---- the command line ---- */

static const struct option OPTIONS[] = {
    {"layers", required_argument, NULL, 'l'},
    {"width", required_argument, NULL, 'w'},
    {"batch", required_argument, NULL, 'b'},
    {"micro-batches", required_argument, NULL, 'm'},
    {"iterations", required_argument, NULL, 'i'},
    {"tp", required_argument, NULL, 't'},
    {"pp", required_argument, NULL, 'p'},
    {"memory-limit", required_argument, NULL, 'L'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static const char USAGE[] =
    "Usage: training_loop [--layers 8] [--width 128] [--batch 64] [--micro-batches 8]\n"
    "                     [--iterations 5] [--tp 1] [--pp 1] [--memory-limit MB]\n"
    "Trains one rank's share of a small network on the CPU, and traces its memory into\n"
    "memory_traces (or GMT_DIR). Layers must divide by pp, width by tp.\n";

static long *setting_of(struct settings *settings, int option)
{
    switch (option) {
    case 'l':
        return &settings->layers;
    case 'w':
        return &settings->width;
    case 'b':
        return &settings->batch;
    case 'm':
        return &settings->micro_batches;
    case 'i':
        return &settings->iterations;
    case 't':
        return &settings->tp;
    case 'p':
        return &settings->pp;
    default:
        return NULL;
    }
}

static bool take_option(struct settings *settings, int option, const char *text)
{
    char *end;
    if (option == 'L') {
        settings->memory_limit_mb = strtod(text, &end);
        return end != text && !*end && settings->memory_limit_mb > 0;
    }
    long *setting = setting_of(settings, option);
    if (!setting)
        return false;
    *setting = strtol(text, &end, 10);
    return end != text && !*end && *setting > 0 && *setting < 100000;
}

int main(int argc, char **argv)
{
    struct settings settings = {.layers = 8,
                                .width = 128,
                                .batch = 64,
                                .micro_batches = 8,
                                .iterations = 5,
                                .tp = 1,
                                .pp = 1};
    for (int option; (option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1;) {
        if (option == 'h') {
            fputs(USAGE, stdout);
            return 0;
        }
        if (!take_option(&settings, option, optarg)) {
            fputs(USAGE, stderr);
            return 2;
        }
    }
    if (optind < argc || settings.layers % settings.pp || settings.width % settings.tp) {
        fputs(USAGE, stderr);
        return 2;
    }

    gmt_options options = gmt_default_options();
    options.tp = settings.tp;
    options.pp = settings.pp;
    if (options.world_size < 0)
        options.world_size = settings.tp * settings.pp;
    options.dp = options.world_size / (settings.tp * settings.pp);
    char tags[64];
    snprintf(tags, sizeof tags, "l%ld_mbs%ld_nmbs%ld", settings.layers, settings.batch,
             settings.micro_batches);
    options.tags = tags;
    options.interval_s = 0.002; /* its iterations are short */
    train(&settings, &options);
    return 0;
}
