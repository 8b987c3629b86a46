#include "visualize/estimate/pasted.h"

#include <stdlib.h>
#include <string.h>

/* Flags of Megatron-LM's that the estimate does not depend on. A flag's values end where the next
 * flag begins, so that nobody needs to know how many it takes. */
static const char *const HARMLESS[] = {
    "accumulate-allreduce-grads-in-fp32",
    "adam-beta1",
    "adam-beta2",
    "adam-eps",
    "add-bias-linear",
    "add-qkv-bias",
    "apply-layernorm-1p",
    "async-save",
    "attention-dropout",
    "attention-softmax-in-fp32",
    "attention-backend",
    "bf16",
    "ckpt-format",
    "clip-grad",
    "cross-entropy-loss-fusion",
    "data-cache-path",
    "data-path",
    "dataloader-type",
    "ddp-bucket-size",
    "deterministic-mode",
    "disable-bias-linear",
    "dist-ckpt-format",
    "distributed-backend",
    "distributed-timeout-minutes",
    "end-weight-decay",
    "eod-mask-loss",
    "eval-interval",
    "eval-iters",
    "exit-duration-in-mins",
    "exit-interval",
    "exit-on-missing-checkpoint",
    "exit-signal-handler",
    "finetune",
    "fp16",
    "hidden-dropout",
    "hysteresis",
    "init-method-std",
    "initial-loss-scale",
    "load",
    "local-rank",
    "log-batch-size-to-tensorboard",
    "log-interval",
    "log-memory-to-tensorboard",
    "log-num-zeros-in-grad",
    "log-params-norm",
    "log-progress",
    "log-throughput",
    "log-timers-to-tensorboard",
    "log-validation-ppl-to-tensorboard",
    "loss-scale",
    "loss-scale-window",
    "lr",
    "lr-decay-iters",
    "lr-decay-samples",
    "lr-decay-style",
    "lr-warmup-fraction",
    "lr-warmup-init",
    "lr-warmup-iters",
    "lr-warmup-samples",
    "manual-gc",
    "manual-gc-eval",
    "manual-gc-interval",
    "mask-prob",
    "max-position-embeddings",
    "merge-file",
    "min-loss-scale",
    "min-lr",
    "mock-data",
    "moe-aux-loss-coeff",
    "moe-grouped-gemm",
    "moe-router-load-balancing-type",
    "moe-token-dispatcher-type",
    "moe-z-loss-coeff",
    "no-async-tensor-model-parallel-allreduce",
    "no-bias-dropout-fusion",
    "no-bias-gelu-fusion",
    "no-bias-swiglu-fusion",
    "no-create-attention-mask-in-dataloader",
    "no-gradient-accumulation-fusion",
    "no-load-optim",
    "no-load-rng",
    "no-masked-softmax-fusion",
    "no-mmap-bin-files",
    "no-position-embedding",
    "no-rope-fusion",
    "no-save-optim",
    "no-save-rng",
    "norm-epsilon",
    "num-dataset-builder-threads",
    "num-workers",
    "openai-gelu",
    "override-opt_param-scheduler",
    "overlap-grad-reduce",
    "overlap-p2p-communication",
    "overlap-param-gather",
    "overlap-param-gather-with-optimizer-step",
    "position-embedding-type",
    "profile",
    "profile-ranks",
    "profile-step-end",
    "profile-step-start",
    "qk-layernorm",
    "rampup-batch-size",
    "rotary-base",
    "rotary-percent",
    "rotary-seq-len-interpolation-factor",
    "save",
    "save-interval",
    "seed",
    "sgd-momentum",
    "split",
    "squared-relu",
    "start-weight-decay",
    "tensorboard-dir",
    "tensorboard-log-interval",
    "tensorboard-queue-size",
    "test-data-path",
    "timing-log-level",
    "timing-log-option",
    "tokenizer-model",
    "tokenizer-type",
    "tp-comm-overlap",
    "train-data-path",
    "train-iters",
    "train-samples",
    "transformer-impl",
    "use-checkpoint-args",
    "use-checkpoint-opt_param-scheduler",
    "use-dist-ckpt",
    "use-mcore-models",
    "use-legacy-models",
    "use-rotary-position-embeddings",
    "valid-data-path",
    "vocab-file",
    "wandb-exp-name",
    "wandb-project",
    "wandb-save-dir",
    "weight-decay",
    "weight-decay-incr-style",
};

static bool is_flag(const char *text)
{
    return strncmp(text, "--", 2) == 0 && text[2] != '\0';
}

static bool is_harmless(const char *flag, size_t length)
{
    for (size_t i = 0; i < sizeof HARMLESS / sizeof *HARMLESS; i++)
        if (strlen(HARMLESS[i]) == length && strncmp(HARMLESS[i], flag, length) == 0)
            return true;
    return false;
}

/* Takes argv[at] and the values behind it out; returns where the next flag is. */
static int pass_over(int argc, char **argv, int at, const char **list, size_t *count)
{
    list[(*count)++] = argv[at++];
    while (at < argc && !is_flag(argv[at]))
        at++;
    return at;
}

bool pasted_sort(int argc, char **argv, bool (*own)(const char *flag, size_t length),
                 struct pasted *pasted)
{
    size_t room = (size_t)argc + 1;
    *pasted = (struct pasted){.argv = calloc(room, sizeof *pasted->argv),
                              .harmless = calloc(room, sizeof *pasted->harmless),
                              .unknown = calloc(room, sizeof *pasted->unknown)};
    if (!pasted->argv || !pasted->harmless || !pasted->unknown) {
        pasted_free(pasted);
        return false;
    }
    for (int i = 0; i < argc;) {
        const char *flag = argv[i] + 2;
        size_t length = is_flag(argv[i]) ? strcspn(flag, "=") : 0;
        if (length == 0 || own(flag, length))
            pasted->argv[pasted->argc++] = argv[i++];
        else if (is_harmless(flag, length))
            i = pass_over(argc, argv, i, pasted->harmless, &pasted->harmless_count);
        else
            i = pass_over(argc, argv, i, pasted->unknown, &pasted->unknown_count);
    }
    return true;
}

void pasted_free(struct pasted *pasted)
{
    free(pasted->argv);
    free(pasted->harmless);
    free(pasted->unknown);
    *pasted = (struct pasted){0};
}
