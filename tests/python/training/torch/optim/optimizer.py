"""Optimizer, with the hooks of PyTorch 2 for every optimizer's step."""

import functools

from torch import OLD

_before, _after = [], []


class Optimizer:
    def __init__(self, parameters):
        self.param_groups = [{"params": list(parameters)}]
        kind = type(self)
        if not OLD and not getattr(kind.step, "hooked", False):
            kind.step = _with_hooks(kind.step)

    def zero_grad(self):
        pass


def _with_hooks(step):
    @functools.wraps(step)
    def wrapper(self, *arguments, **named):
        for hook in _before:
            hook(self, arguments, named)
        result = step(self, *arguments, **named)
        for hook in _after:
            hook(self, arguments, named)
        return result

    wrapper.hooked = True
    return wrapper


if not OLD:
    register_optimizer_step_pre_hook = _before.append
    register_optimizer_step_post_hook = _after.append


class SGD(Optimizer):
    work = None  # a test's: what the step does

    def step(self):
        if self.work:
            self.work()
