/* The parts of expected memory; see gmtrace_model.h, and estimate_memory.md for the terms and where
 * they come from. All figures are bytes of one rank, as doubles. */
#ifndef TRACER_ESTIMATOR_EXPECTED_EXPECTED_H
#define TRACER_ESTIMATOR_EXPECTED_EXPECTED_H

#include "tracer/gmtrace.h"

/* Kinds of layers. */
enum layer_kind {
    LAYER_DENSE,     /* attention and an MLP */
    LAYER_EXPERTS,   /* attention and experts */
    LAYER_ATTENTION, /* of hybrid models: each alone */
    LAYER_MLP,
    LAYER_MOE,
    LAYER_MAMBA,
    LAYER_DELTA,       /* a gated delta net alone, */
    LAYER_DELTA_DENSE, /* and in place of attention */
    LAYER_DELTA_EXPERTS,
    LAYER_KINDS
};

/* How many parts of a sort so many layers have. */
struct parts {
    double attention, delta, mamba, mlp, experts, all;
};

/* What one model chunk of a stage holds. */
struct chunk {
    double layers[LAYER_KINDS];
    bool embedding, output, further; /* further: the layers of multi-token prediction */
};

/* A checked job, and what follows from it for all stages. */
struct job {
    const gmt_model *model;
    const gmt_parallel *parallel;
    double activation_bytes; /* of an element */
    double tokens;           /* of a micro-batch on a rank */
    double sequence_ranks;   /* over which norms and residuals are divided: tp, or 1 */
    double ranks;            /* that hold a dense parameter alike: dp x cp */
    double expert_ranks;     /* that hold an expert alike */
    bool hopper, blackwell;
    bool engine;  /* Transformer Engine's layers */
    double stays; /* share of offloaded activations that is on the GPU at the peak */
};

/* ---- layers.c: which layers are where ---- */

enum { MOST_CHUNKS = 1024 };

/* The `index`-th chunk of a stage. */
struct chunk job_chunk(const struct job *job, int64_t stage, int64_t index);

/* The layers that predict one further token. */
void further_layers(const gmt_model *model, double layers[LAYER_KINDS]);

struct parts parts_of(const double layers[LAYER_KINDS]);

/* Micro-batches of a chunk whose activations are held at the stage's peak. */
double job_in_flight(const struct job *job, int64_t stage, int64_t index);

/* ---- tensors.c: parameters, one by one ---- */

/* Tensors of one shape. */
struct tensor {
    double elements, count;
    bool expert;   /* shared by the ranks of expert data parallelism */
    bool matrix;   /* Muon's; else Adam's */
    bool eight;    /* kept in 8 bits with fp8_weights */
    bool always32; /* float32 whatever the precision */
};

enum { MOST_TENSORS = 96 };
struct tensors {
    int count;
    struct tensor items[MOST_TENSORS];
};

/* Adds what a chunk holds. */
void tensors_of_chunk(const struct job *job, const struct chunk *chunk, struct tensors *tensors);

/* ---- state.c: weights, gradients, optimizer ---- */

/* Adds the terms of a chunk's parameters. */
void state_of_chunk(const struct job *job, const struct chunk *chunk, const struct tensors *tensors,
                    double terms[GMT_TERM_COUNT]);

/* ---- buffers.c: what libraries and pipelines keep ---- */

void buffers_add(const struct job *job, int64_t stage, double terms[GMT_TERM_COUNT]);

/* ---- attention.c, delta.c, mlp.c, mamba.c: activations ---- */

/* Add what a layer's part keeps of one micro-batch, `count` times. */
void attention_keeps(const struct job *job, double count, double terms[GMT_TERM_COUNT]);
void mlp_keeps(const struct job *job, double count, double terms[GMT_TERM_COUNT]);
void experts_keep(const struct job *job, double count, double terms[GMT_TERM_COUNT]);
void mamba_keeps(const struct job *job, double count, double terms[GMT_TERM_COUNT]);
void delta_keeps(const struct job *job, double count, double terms[GMT_TERM_COUNT]);

/* What gradients within such a part take as it goes back. */
double attention_backward(const struct job *job);
double mlp_backward(const struct job *job);
double experts_backward(const struct job *job);
double mamba_backward(const struct job *job);
double delta_backward(const struct job *job);

/* ---- hidden.c: what several parts read ---- */

/* A hidden state, divided over the ranks of sequence parallelism; a norm's output; the mask of a
 * residual's dropout. */
double hidden_state(const struct job *job);
double norm_output(const struct job *job);
double dropout_mask(const struct job *job);

/* `width` elements a token, divided over tensor-parallel ranks. */
double divided(const struct job *job, double width);

/* What a matrix product in 8 bits reads is kept in 8 bits: its share of what it would be else. */
double product_share(const struct job *job);

/* Is a module recomputed selectively? */
bool job_recomputes(const struct job *job, unsigned module);

/* The share of a module's input that is on the GPU: less than 1 where it is offloaded. */
double on_gpu(const struct job *job, unsigned module);

double gate_factor(const gmt_model *model); /* 2 where the MLP is gated, else 1 */

/* ---- head.c: embedding, output layer, loss, and layers that predict further tokens ---- */

void embedding_keeps(const struct job *job, double count, double terms[GMT_TERM_COUNT]);
void loss_adds(const struct job *job, double terms[GMT_TERM_COUNT]);

/* ---- peak.c ---- */

/* Adds what the layers of a chunk keep of `count` micro-batches. */
void layers_keep(const struct job *job, const double layers[LAYER_KINDS], double count,
                 double terms[GMT_TERM_COUNT]);

#endif
