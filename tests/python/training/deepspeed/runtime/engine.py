"""An engine whose step is several inner optimizers' steps, at the end of an accumulation."""

import types

import torch


class DeepSpeedEngine:
    def __init__(self, zero=1, micro=2, steps=4, world=2):
        self.inner = [torch.optim.SGD([1.0]) for _ in range(2)]
        self.mpu = None
        self.zero, self.micro, self.steps, self.world = zero, micro, steps, world
        self.micro_steps = 0

    def zero_optimization_stage(self):
        return self.zero

    def train_micro_batch_size_per_gpu(self):
        return self.micro

    def gradient_accumulation_steps(self):
        return self.steps

    def train_batch_size(self):
        return self.micro * self.steps * self.world

    def bfloat16_enabled(self):
        return True

    def fp16_enabled(self):
        return False

    def step(self):
        self.micro_steps += 1
        if self.micro_steps % self.steps == 0:
            self._take_model_step({})

    def _take_model_step(self, lr_kwargs, block_eigenvalue={}):
        for inner in self.inner:
            inner.step()
            inner.step()  # of its second group


class PipelineEngine(DeepSpeedEngine):
    def __init__(self, **how):
        super().__init__(**how)
        self.grid = types.SimpleNamespace(pipe_parallel_size=2, slice_parallel_size=2)
        self.stage_id = 1
