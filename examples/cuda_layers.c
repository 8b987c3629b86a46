/* cuda_layers: a training step's memory on a GPU, traced. Weights for each layer stay; activations
 * are allocated forwards and freed backwards, layer by layer. Compute there is none: it shows what
 * the tracer sees of cudaMalloc.
 *
 *   cuda_layers [LAYERS [MB_A_LAYER [ITERATIONS]]]      (default 8 64 3)
 *
 * Says what it allocated, for comparison with the trace in memory_traces (or GMT_DIR). The samples
 * are the device's, as the tracer finds them: they count the CUDA context and other processes, too.
 */
#include <cuda_runtime_api.h>
#include <gmtrace.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MOST_LAYERS = 256 };

struct network {
    int layers;
    size_t layer_bytes, in_use, peak;
    void *weights[MOST_LAYERS], *activations[MOST_LAYERS];
};

static int say(const char *what, cudaError_t error)
{
    if (error == cudaSuccess)
        return 0;
    fprintf(stderr, "cuda_layers: %s: %s\n", what, cudaGetErrorString(error));
    return 1;
}

static int take(struct network *network, void **block)
{
    if (say("cudaMalloc", cudaMalloc(block, network->layer_bytes)))
        return 1;
    network->in_use += network->layer_bytes;
    if (network->in_use > network->peak)
        network->peak = network->in_use;
    return say("cudaMemset", cudaMemset(*block, 0, network->layer_bytes));
}

static int give(struct network *network, void *block)
{
    network->in_use -= network->layer_bytes;
    return say("cudaFree", cudaFree(block));
}

/* So that each level of the curve is there for several samples. */
static void work(void)
{
    (void)cudaDeviceSynchronize();
    nanosleep(&(struct timespec){.tv_nsec = 40000000}, NULL);
}

static int train_step(struct network *network, gmt_tracer *tracer)
{
    for (int layer = 0; layer < network->layers; layer++) {
        if (take(network, &network->activations[layer]))
            return 1;
        work();
    }
    gmt_mark(tracer, "backward");
    for (int layer = network->layers - 1; layer >= 0; layer--) {
        if (give(network, network->activations[layer]))
            return 1;
        work();
    }
    return 0;
}

static int train(struct network *network, int iterations, gmt_tracer *tracer)
{
    int failed = 0;
    for (int layer = 0; layer < network->layers && !failed; layer++)
        failed = take(network, &network->weights[layer]);
    for (int i = 0; i < iterations && !failed; i++) {
        gmt_next_iteration(tracer, i);
        gmt_log_static(tracer, i, network->in_use);
        network->peak = network->in_use;
        work();
        failed = train_step(network, tracer);
        gmt_log_peak(tracer, i, network->peak);
        printf("iteration %d: static %zu MB, peak %zu MB\n", i, network->in_use >> 20,
               network->peak >> 20);
    }
    gmt_pause(tracer);
    for (int layer = 0; layer < network->layers && !failed; layer++)
        failed = give(network, network->weights[layer]);
    return failed;
}

/* The nth argument as a number from 1 on; 0 where it is none. */
static long number(int argc, char **argv, int at, long otherwise)
{
    char *end = "";
    long value = at < argc ? strtol(argv[at], &end, 10) : otherwise;
    return *end || value < 1 || value > 1000000 ? 0 : value;
}

int main(int argc, char **argv)
{
    long layers = number(argc, argv, 1, 8), mb = number(argc, argv, 2, 64);
    long iterations = number(argc, argv, 3, 3);
    if (!layers || layers > MOST_LAYERS || !mb || !iterations || argc > 4) {
        fputs("Usage: cuda_layers [LAYERS [MB_A_LAYER [ITERATIONS]]]\n", stderr);
        return 2;
    }
    struct network network = {.layers = (int)layers, .layer_bytes = (size_t)mb << 20};
    gmt_options options = gmt_default_options();
    options.interval_s = 0.002;
    gmt_tracer *tracer = NULL;
    gmt_start(&options, &tracer); /* before CUDA is used: it makes no context of its own */
    int failed = train(&network, (int)iterations, tracer);
    gmt_stop(tracer);
    return failed;
}
