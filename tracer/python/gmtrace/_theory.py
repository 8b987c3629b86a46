"""Theory and expected peak, by the library's estimator, of Megatron's arguments or of a Hugging Face
model's configuration."""

import sys

from gmtrace import _library
from gmtrace._guard import harmless
from gmtrace._identity import PRECISION, as_text, megatron_arguments, who
from gmtrace._seen import seen

def _flags():
    """The command line's: some touch memory, and an estimate that does not count them says so."""
    words = sys.argv[1:]
    flags = {}
    for word, following in zip(words, words[1:] + [""]):
        if word.startswith("--"):
            name, equals, value = word.partition("=")
            flags[name] = value if equals else "" if following.startswith("--") else following
    return flags


def _release():
    """Megatron's, where its formula is known; later ones are estimated as the newest of those."""
    version = str(getattr(sys.modules.get("megatron.core"), "__version__", ""))
    parts = version.split(".")
    if len(parts) > 1 and parts[0] == "0" and parts[1].isdigit() and 7 <= int(parts[1]) <= 19:
        return {"megatron_version": "0." + parts[1]}
    return {}


def _of_megatron():
    arguments = megatron_arguments()
    if arguments is None:
        return None
    settings = {name: as_text(value) for name, value in arguments.items()}
    settings.update(who().settings, **_release())
    settings.update(_flags())
    return settings


# ---- Hugging Face ----


class _FirstBatch:
    """A model's configuration does not say how long its sequences are: the first batch for training
    does. The data loader hands it out, so no module gets a hook."""

    def __init__(self):
        self.shape = None  # (sequences, tokens)
        self._watched = False

    @harmless
    def watch(self):
        loader = sys.modules.get("torch.utils.data.dataloader")
        iterator = getattr(loader, "_BaseDataLoaderIter", None)
        if self._watched or iterator is None:
            return
        self._watched = True
        following = iterator.__next__

        def first(own):
            batch = following(own)
            self._look(iterator, following, batch)
            return batch

        iterator.__next__ = first

    @harmless
    def _look(self, iterator, following, batch):
        if not sys.modules["torch"].is_grad_enabled():
            return
        iterator.__next__ = following
        tokens = batch["input_ids"] if hasattr(batch, "keys") and "input_ids" in batch.keys() else None
        if tokens is None and isinstance(batch, (list, tuple)) and batch:
            tokens = batch[0]
        if getattr(tokens, "ndim", 0) == 2 and not tokens.is_floating_point():
            self.shape = (int(tokens.shape[0]), int(tokens.shape[1]))


_first_batch = _FirstBatch()


def watch_batches():
    """There is a model whose sequences' length is wanted."""
    _first_batch.watch()


def _largest_model():
    return max(seen("models"), key=lambda model: sum(p.numel() for p in model.parameters()), default=None)


def _flat(config):
    values = config.to_dict()
    values = dict(values, **(values.get("text_config") or {}))
    return {"hugging_face." + name: as_text(value) for name, value in values.items()}


def _is_plain(model):
    """Mixed precision by autocast, and 16-bit training without master weights, are none of Megatron's:
    no expected peak is told of them, nor where it is not known."""
    state = getattr(sys.modules.get("accelerate.state"), "AcceleratorState", None)
    known = getattr(state, "_shared_state", None) or {}
    return known.get("_mixed_precision") == "no" and as_text(next(model.parameters()).dtype) == "fp32"


def _of_hugging_face():
    """(settings, whether the expected peak is counted for them)"""
    model = _largest_model()
    if model is None or _first_batch.shape is None:
        return None, False
    sequences, tokens = _first_batch.shape
    settings = _flat(model.config)
    settings.update(who().settings)
    settings.update(seq_length=str(tokens))
    settings.setdefault("micro_batch_size", str(sequences))
    settings.setdefault("micro_batches", "1")
    plain = _is_plain(model)
    if plain:
        settings[PRECISION] = "fp32"
    return settings, plain


# ---- both ----


def _known(figure):
    return None if figure == _library.UNKNOWN else figure


@harmless
def log(session):
    """With the first iteration; nothing where the program has neither."""
    settings, expected = _of_megatron(), True
    if settings is None:
        settings, expected = _of_hugging_face()
    if settings is None:
        return
    estimate = _library.estimate_arguments(settings)
    session.log_estimate(_known(estimate.theoretical_bytes), _known(estimate.expected_peak_bytes) if expected else None)
    note = session.recorder.note
    if _known(estimate.theoretical_bytes) is not None:
        note("theory", "as Megatron-LM 0.%d reports it" % estimate.megatron_minor)
    elif estimate.why:
        note("theory", "none: " + estimate.why.decode("utf-8", "replace"))
    if estimate.not_modelled and expected:
        note("expected peak", "without " + estimate.not_modelled.decode("utf-8", "replace"))
