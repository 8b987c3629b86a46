"""When an iteration ends: by the optimizers' steps, by DeepSpeed's, or by Megatron's train_step."""

import functools
import sys
import weakref

from gmtrace import _seen
from gmtrace._guard import harmless, wrap
from gmtrace._imports import when_imported


class Steps:
    """Ends the session's iterations, and begins the next ones."""

    def __init__(self, session, iteration_by):
        self._session = session
        self._by = iteration_by
        self._megatron = False  # train_step is found: it alone counts
        self._is_whole = False  # in a step that counts as a whole: inner optimizers' are parts of it
        self._made = weakref.WeakSet()  # optimizers
        self.given = lambda optimizer: None  # what an old torch wants to be done with each
        self._stepped = weakref.WeakSet()  # those, in this iteration
        self._cycle = None  # those that step in every iteration, once that is known
        self._steps = 0

    def restart(self, iteration_by):
        """For a further trace."""
        self._by, self._steps, self._cycle, self._is_whole = iteration_by, 0, None, False
        self._stepped.clear()

    # ---- optimizers ----

    def optimizer_made(self, optimizer):
        self._made.add(optimizer)
        self._session.model_is_ready()

    def optimizer_given(self, optimizer):
        """One that was made before it was watched; a wrapper's inner one is what steps."""
        optimizer = getattr(optimizer, "optimizer", optimizer)
        _seen.note_meshes(p for group in optimizer.param_groups for p in group["params"])
        self._made.add(optimizer)
        self.given(optimizer)

    def step_begins(self, *_):
        """Of any optimizer."""
        if not self._is_whole and not self._megatron and not self._session.running:
            self._session.begin()
        self._session.phase("optimizer step")

    def step_ends(self, optimizer, *_):
        if self._is_whole or self._megatron:
            return
        if self._by is not None and self._by != "optimizer":
            self._count_step()
            return
        if optimizer in self._stepped:
            # One steps again, and others have not: these are the ones that step in every iteration.
            self._cycle = weakref.WeakSet(self._stepped)
            self._stepped.clear()
        self._stepped.add(optimizer)
        wanted = self._made if self._cycle is None else self._cycle
        if all(one in self._stepped for one in wanted):
            self._next()

    def _count_step(self):
        """By N steps; by Megatron's train_step alone, none counts."""
        self._steps += 1
        if self._by != "megatron" and self._steps % self._by == 0:
            self._next()

    def _next(self):
        self._stepped.clear()
        self._session.end()
        self._session.begin()

    # ---- steps that are several optimizers' ----

    def whole_step_begins(self, *_, **__):
        self.step_begins()
        self._is_whole = True

    def whole_step_ends(self, *_, **__):
        self._is_whole = False
        if self._megatron:
            return
        if self._by in (None, "optimizer"):
            self._next()
        else:
            self._count_step()

    # ---- Megatron's ----

    def around_train_step(self, train_step):
        """The function, with an iteration around it, under Megatron's own number."""

        @functools.wraps(train_step)
        def wrapped(*arguments, **named):
            self._session.begin(_megatron_number())
            result = train_step(*arguments, **named)
            self._session.end()
            return result

        wrapped._gmtrace = True
        return wrapped

    def megatron_found(self):
        self._megatron = self._by in (None, "megatron")
        return self._megatron


def _megatron_number():
    from gmtrace._identity import megatron_arguments

    arguments = megatron_arguments() or {}
    number = arguments.get("curr_iteration", arguments.get("iteration"))
    return number if isinstance(number, int) else None


# ---- hooks ----


def _hook_optimizers(steps, torch):
    optimizer, module = torch.optim.Optimizer, sys.modules.get("torch.optim.optimizer")
    begins, ends = harmless(steps.step_begins), harmless(steps.step_ends)
    has_hooks = hasattr(module, "register_optimizer_step_post_hook")  # since PyTorch 2.0

    @harmless
    def made(one, *_, **__):
        steps.given(one)
        steps.optimizer_made(one)

    if not has_hooks:
        steps.given = lambda one: wrap(type(one), "step", before=begins, after=ends)
    wrap(optimizer, "__init__", after=made)
    if has_hooks:
        module.register_optimizer_step_pre_hook(begins)
        module.register_optimizer_step_post_hook(ends)


def hook(session, settings):
    """Watches for what steps, as the program imports it. Calls come by the thread that trains."""
    steps = Steps(session, settings.iteration_by)

    @harmless
    def torch_imported(torch):
        _hook_optimizers(steps, torch)

    @harmless
    def deepspeed_imported(module):
        wrap(
            module.DeepSpeedEngine,
            "_take_model_step",
            before=harmless(steps.whole_step_begins),
            after=harmless(steps.whole_step_ends),
        )

    @harmless
    def megatron_imported(module):
        train_step = getattr(module, "train_step", None)
        if callable(train_step) and not getattr(train_step, "_gmtrace", False) and steps.megatron_found():
            module.train_step = steps.around_train_step(train_step)

    when_imported("torch", torch_imported)
    when_imported("deepspeed.runtime.engine", deepspeed_imported)
    for name in ("megatron.training.training", "megatron.training", "megatron.bridge.training.train"):
        when_imported(name, megatron_imported)
    return steps
