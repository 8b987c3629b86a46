#!/usr/bin/env python3
"""A Megatron-style training script with its memory hook: only the import below differs from one that
uses a tracker written in Python.

    examples/megatron_hook.py [DIRECTORY]

There is no GPU and no torch in it: a step allocates and frees buffers, and the samples are the
process's resident memory.
"""

import os
import random
import sys
import types

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tracer", "python"))

from gmtrace import get_memory_tracker  # noqa: E402

MB = 2**20

# What Megatron's argument parser would have filled in.
ARGS = types.SimpleNamespace(
    trace_memory=True,
    trace_memory_dir=sys.argv[1] if len(sys.argv) > 1 else "memory_traces",
    trace_memory_interval=0.002,
    rank=int(os.environ.get("RANK", 0)),
    world_size=int(os.environ.get("WORLD_SIZE", 1)),
    tensor_model_parallel_size=1,
    pipeline_model_parallel_size=1,
    expert_model_parallel_size=1,
    num_layers=24,
    micro_batch_size=1,
    train_iters=3,
)


def train_step(args):
    """Activations grow layer by layer, and are freed backwards. Returns the peak, in bytes."""
    activations = [bytearray(MB) for _ in range(args.num_layers)]
    peak = sum(len(activation) for activation in activations)
    while activations:
        activations.pop()
    return peak


def train(args):
    tracker = get_memory_tracker(args)
    tracker.start()
    weights = bytearray(32 * MB)
    loss = 1.0
    for iteration in range(args.train_iters):
        tracker.next_iteration(iteration)
        tracker.log_static_memory(iteration, len(weights) / MB)
        peak = train_step(args)
        loss *= 0.5 + random.Random(iteration).random() / 4
        tracker.log_peak_memory(iteration, (len(weights) + peak) / MB)
        tracker.log_theoretical_memory(iteration, 60.25)
        print("iteration %d: loss %.4f" % (iteration, loss), flush=True)
    tracker.stop_tracking()


if __name__ == "__main__":
    train(ARGS)
