/* From a run's configuration to the settings that the estimator takes. */
#ifndef TRACER_ESTIMATOR_MODEL_CONFIGURATION_SETTINGS_H
#define TRACER_ESTIMATOR_MODEL_CONFIGURATION_SETTINGS_H

#include "schemas/configuration/configuration.h"
#include "tracer/estimator/model/settings.h"

/* Puts what the configuration was given over the settings: what is known of a run rules over what a
 * model's file says in general. False where a dimension has a value that the estimator does not
 * know; the fault names it. */
bool settings_take_configuration(struct model_settings *settings,
                                 const struct configuration *configuration, struct fault *fault);

/* Does the estimate depend on the dimension? */
bool settings_know_dimension(size_t dimension);

/* Theory for a configuration of a model, MB; NAN where the model cannot be divided so, and where
 * the release prints none. Sequence parallelism and selective recomputation are assumed where
 * neither the model nor the configuration says. */
double settings_theory_mb(const struct model_settings *model,
                          const struct configuration *configuration);

/* Expected peak for a configuration of a model, MB: of the most loaded stage. What neither says has
 * Megatron-LM's default. NAN where the model cannot be divided so, and where state is shared out
 * over nobody knows how many ranks. */
double settings_expected_mb(const struct model_settings *model,
                            const struct configuration *configuration);

/* Of which release such theory is, and what is assumed, for a line of output. Returns the buffer.
 */
char *settings_theory_text(const struct model_settings *model, char *buffer, size_t size);

#endif
