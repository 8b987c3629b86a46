/* Which layers a stage's chunks hold, and how many micro-batches are under way in each.
 *
 * Sources: Megatron-LM core/transformer/transformer_block.py (get_num_layers_to_build),
 * transformer_layer.py (get_transformer_layer_offset), pipeline_parallel_layer_layout.py,
 * models/hybrid/hybrid_layer_allocation.py; core/pipeline_parallel/schedules.py for the schedules.
 */
#include "tracer/estimator/expected/expected.h"
#include "tracer/estimator/layout.h"

#include <math.h>
#include <string.h>

/* ---- layers by their number ---- */

static int hybrid_kind(char letter)
{
    switch (letter) {
    case 'M':
        return LAYER_MAMBA;
    case 'G':
        return LAYER_DELTA;
    case '*':
        return LAYER_ATTENTION;
    case '-':
        return LAYER_MLP;
    case 'E':
        return LAYER_MOE;
    default:
        return -1;
    }
}

struct parts parts_of(const double layers[LAYER_KINDS])
{
    struct parts parts = {
        .attention = layers[LAYER_DENSE] + layers[LAYER_EXPERTS] + layers[LAYER_ATTENTION],
        .delta = layers[LAYER_DELTA] + layers[LAYER_DELTA_DENSE] + layers[LAYER_DELTA_EXPERTS],
        .mamba = layers[LAYER_MAMBA],
        .mlp = layers[LAYER_DENSE] + layers[LAYER_MLP] + layers[LAYER_DELTA_DENSE],
        .experts = layers[LAYER_EXPERTS] + layers[LAYER_MOE] + layers[LAYER_DELTA_EXPERTS],
    };
    for (int kind = 0; kind < LAYER_KINDS; kind++)
        parts.all += layers[kind];
    return parts;
}

static bool has_experts(const gmt_model *model, int64_t layer)
{
    if (model->experts == 0)
        return false;
    return model->moe_layer_pattern ? model->moe_layer_pattern[layer] == '1'
                                    : layer % model->moe_layer_frequency == 0;
}

static bool has_delta(const gmt_model *model, int64_t layer)
{
    if (model->delta_pattern)
        return model->delta_pattern[layer] == '1';
    return model->delta_frequency > 0 && (layer + 1) % model->delta_frequency != 0;
}

/* One by one: where two patterns meet. */
static void count_each(const gmt_model *model, int64_t from, int64_t to, struct chunk *chunk)
{
    for (int64_t i = from; i < to; i++) {
        int dense = has_delta(model, i) ? LAYER_DELTA_DENSE : LAYER_DENSE;
        int experts = has_delta(model, i) ? LAYER_DELTA_EXPERTS : LAYER_EXPERTS;
        chunk->layers[has_experts(model, i) ? experts : dense]++;
    }
}

/* Of layers from..to-1 of a transformer. */
static void count_transformer(const gmt_model *model, int64_t from, int64_t to, struct chunk *chunk)
{
    double with_experts = 0, all = (double)(to > from ? to - from : 0);
    int64_t every = model->moe_layer_frequency;
    if (model->delta_pattern || model->delta_frequency > 0) {
        count_each(model, from, to, chunk);
        return;
    }
    if (model->experts > 0 && model->moe_layer_pattern) {
        for (int64_t i = from; i < to; i++)
            with_experts += model->moe_layer_pattern[i] == '1';
    } else if (model->experts > 0 && to > from) {
        int64_t before = (from + every - 1) / every, behind = (to + every - 1) / every;
        with_experts = (double)(behind - before);
    }
    chunk->layers[LAYER_EXPERTS] += with_experts;
    chunk->layers[LAYER_DENSE] += all - with_experts;
}

/* Letters from..to-1 of a pattern, '|' not counted; or, `of_pieces`, all of the pieces from..to-1
 * between those. */
static void count_letters(const char *pattern, int64_t from, int64_t to, bool of_pieces,
                          struct chunk *chunk)
{
    int64_t at = 0, piece = 0;
    for (; *pattern && *pattern != '/'; pattern++) {
        if (*pattern == '|') {
            piece++;
            continue;
        }
        int64_t number = of_pieces ? piece : at;
        int kind = hybrid_kind(*pattern);
        if (number >= from && number < to && kind >= 0)
            chunk->layers[kind]++;
        at++;
    }
}

void further_layers(const gmt_model *model, double layers[LAYER_KINDS])
{
    const char *own = model->hybrid_pattern ? strchr(model->hybrid_pattern, '/') : NULL;
    struct chunk chunk = {.embedding = false};
    if (own) /* all tokens have the same letters */
        count_letters(own + 1, 0, (int64_t)strlen(own), false, &chunk);
    else
        chunk.layers[model->experts > 0 ? LAYER_EXPERTS : LAYER_DENSE] = 1;
    memcpy(layers, chunk.layers, sizeof chunk.layers);
}

static struct chunk chunk_of_layout(const struct job *job, int64_t segment)
{
    struct layout_piece piece = layout_piece(job->parallel->pipeline_layout, segment);
    struct chunk chunk = {
        .embedding = piece.embedding, .output = piece.output, .further = piece.further};
    int64_t to = piece.from + piece.layers, all = job->model->layers;
    count_transformer(job->model, piece.from < all ? piece.from : all, to < all ? to : all, &chunk);
    return chunk;
}

/* ---- stages ---- */

/* Layers of a segment, the g-th of pp x chunks, and how many are before it. */
static int64_t layers_of_segment(const struct job *job, int64_t segment, int64_t *before)
{
    const gmt_parallel *p = job->parallel;
    int64_t chunks = p->virtual_stages, segments = p->pp * chunks;
    int64_t stage = segment % p->pp, layers = job->model->layers;
    if (p->first_stage_layers > 0 || p->last_stage_layers > 0) {
        int64_t others = p->pp - (p->first_stage_layers > 0) - (p->last_stage_layers > 0);
        int64_t middle = layers - p->first_stage_layers - p->last_stage_layers;
        int64_t of_middle = others > 0 ? middle / others / chunks : 0;
        int64_t first = p->first_stage_layers > 0 ? p->first_stage_layers / chunks : of_middle;
        int64_t last = p->last_stage_layers > 0 ? p->last_stage_layers / chunks : of_middle;
        int64_t of_round = first + of_middle * (p->pp - 2) + last;
        if (p->pp == 1) {
            *before = 0;
            return layers;
        }
        *before = segment / p->pp * of_round + (stage > 0 ? first + of_middle * (stage - 1) : 0);
        return stage == 0 ? first : stage == p->pp - 1 ? last : of_middle;
    }
    int64_t embedding = p->embedding_is_a_layer, loss = p->loss_is_a_layer;
    int64_t each = (layers + embedding + loss) / segments;
    int64_t rest = (layers + embedding + loss) % segments;
    *before = each * segment + (segment < rest ? segment : rest) - (segment > 0 ? embedding : 0);
    int64_t own = each + (segment < rest) - (segment == 0 ? embedding : 0) -
                  (segment == segments - 1 ? loss : 0);
    return own > 0 ? own : 0;
}

struct chunk job_chunk(const struct job *job, int64_t stage, int64_t index)
{
    const gmt_parallel *p = job->parallel;
    const gmt_model *model = job->model;
    int64_t segment = index * p->pp + stage, before;
    if (p->pipeline_layout)
        return chunk_of_layout(job, segment);
    struct chunk chunk = {.embedding = segment == 0};
    chunk.output = segment == p->pp * p->virtual_stages - 1;
    chunk.further = chunk.output && model->mtp_layers > 0;
    int64_t layers = layers_of_segment(job, segment, &before);
    if (!model->hybrid_pattern)
        count_transformer(model, before, before + layers, &chunk);
    else if (strchr(model->hybrid_pattern, '|') && p->pp * p->virtual_stages > 1)
        count_letters(model->hybrid_pattern, segment, segment + 1, true, &chunk);
    else
        count_letters(model->hybrid_pattern, before, before + layers, false, &chunk);
    return chunk;
}

double job_in_flight(const struct job *job, int64_t stage, int64_t index)
{
    const gmt_parallel *p = job->parallel;
    double pp = (double)p->pp, chunks = (double)p->virtual_stages;
    double most = p->micro_batches > 0 ? (double)p->micro_batches : HUGE_VAL;
    if (p->virtual_stages == 1)
        return fmin(pp - (double)stage, most); /* 1F1B */
    /* Forward passes of chunks before the first backward pass ends, in rounds of so many
     * micro-batches a chunk. */
    double group = fmin(p->micro_batch_group > 0 ? (double)p->micro_batch_group : pp, most);
    double passes = 2 * (pp - 1 - (double)stage) + (chunks - 1) * group + 1;
    double rounds = floor(passes / (group * chunks)), rest = passes - rounds * group * chunks;
    double of_rest = fmin(fmax(rest - (double)index * group, 0), group);
    return fmin(rounds * group + of_rest, most);
}
