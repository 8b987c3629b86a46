"""Objects that the program makes and that say how it is divided: noted as they are made, and kept no
longer than the program keeps them."""

import weakref

from gmtrace._guard import harmless, wrap
from gmtrace._imports import when_imported

# Where a class is defined, its name, and under which name its objects are kept.
CLASSES = (
    ("torch.nn.parallel.distributed", "DistributedDataParallel", "ddp"),
    ("torch.distributed.fsdp.fully_sharded_data_parallel", "FullyShardedDataParallel", "fsdp"),
    ("torch.distributed.device_mesh", "DeviceMesh", "meshes"),
    ("deepspeed.runtime.engine", "DeepSpeedEngine", "engines"),
    ("transformers.modeling_utils", "PreTrainedModel", "models"),
)

_kept = {kind: weakref.WeakSet() for _, _, kind in CLASSES}


def seen(kind):
    """Those that are still there."""
    return list(_kept[kind])


def note_model(model):
    """One that the program names itself, with what its parameters are divided by."""
    for kind in type(model).__mro__:
        for module, name, kept in CLASSES:
            if kind.__name__ == name and kind.__module__ == module:
                _kept[kept].add(model)
    note_meshes(model.parameters())


def note_meshes(parameters):
    """Those over which parameters are divided (PyTorch's DTensor)."""
    for parameter in parameters:
        mesh = getattr(parameter, "device_mesh", None)
        if mesh is not None:
            _kept["meshes"].add(mesh)


def watch(made):
    """Notes objects from now on; calls made(kind) behind each."""
    for module, name, kind in CLASSES:
        when_imported(module, _watching(name, kind, made))


def _watching(name, kind, made):
    @harmless
    def keep(thing, *_, **__):
        _kept[kind].add(thing)
        made(kind)

    @harmless
    def imported(module):
        holder = getattr(module, name, None)
        if holder is not None:
            wrap(holder, "__init__", after=keep)

    return imported
