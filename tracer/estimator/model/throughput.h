/* What a step's time says of a run's speed: tokens, and the share of a GPU's arithmetic that the
 * model itself makes use of. */
#ifndef TRACER_ESTIMATOR_MODEL_THROUGHPUT_H
#define TRACER_ESTIMATOR_MODEL_THROUGHPUT_H

#include "schemas/configuration/configuration.h"
#include "tracer/estimator/model/settings.h"

/* Floating-point operations of training on one token: matrix products alone, forward once and
 * backward twice, attention over the whole sequence, nothing for recomputation. So counts formula 3
 * of Narayanan et al., Efficient Large-Scale Language Model Training on GPU Clusters Using
 * Megatron-LM (arXiv 2104.04473), less its fourth pass, which recomputes; here with the gates,
 * query groups and experts that a token goes to. NAN for multi-latent attention, hybrid models,
 * latent experts and layers that predict further tokens: their products are not counted here. */
double model_flops_a_token(const gmt_model *model);

/* Tokens of an iteration, of all ranks: global batch size times sequence length, as the
 * configuration has them, else the model (which may be NULL). NAN where either is not known. */
double throughput_tokens(const struct model_settings *model,
                         const struct configuration *configuration);

/* Tokens a second and GPU, from milliseconds an iteration; NAN where one of these or the world
 * size is not known. */
double throughput_tokens_a_gpu(const struct model_settings *model,
                               const struct configuration *configuration, double step_ms);

/* Model FLOPs utilization, a share: by the model from the step's time; without one, or where it
 * cannot say, of `tflops`, which is what the run itself counted of each GPU. `peak_tflops` is the
 * GPU's. NAN where neither is known. */
double throughput_mfu(const struct model_settings *model, const struct configuration *configuration,
                      double step_ms, double tflops, double peak_tflops);

#endif
