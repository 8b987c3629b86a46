"""Who am I: the rank, its place in each group, and every dimension of the configuration that the program
knows, under the names that Megatron's arguments have for them (schemas/configuration/configuration.md).

Each source adds what it knows to what those before it knew. What nobody says is not there."""

import collections
import sys

from gmtrace import _library, _torch
from gmtrace._megatron import coordinates as megatron_coordinates
from gmtrace._seen import seen

#   rank: in the whole world
#   settings: {name: value}, of the configuration
#   coordinates: {"tp": 0, ...}
Identity = collections.namedtuple("Identity", "rank settings coordinates")

WORLD, TP, PP = "world_size", "tensor_model_parallel_size", "pipeline_model_parallel_size"
CP, EP, ETP, VPP = (
    "context_parallel_size",
    "expert_model_parallel_size",
    "expert_tensor_parallel_size",
    "virtual_pipeline_model_parallel_size",
)
ZERO, PRECISION, RECOMPUTE = "zero", "precision", "recompute"
MICRO_BATCH, MICRO_BATCHES, GLOBAL_BATCH = "micro_batch_size", "micro_batches", "global_batch_size"


def _group_size(group):
    return sys.modules["torch"].distributed.get_world_size(group)


# ---- of torch itself ----

_SHARDED = {"NO_SHARD": 0, "SHARD_GRAD_OP": 2, "FULL_SHARD": 3, "HYBRID_SHARD": 3, "_HYBRID_SHARD_ZERO2": 2}


def _replicated(world):
    """All ranks are data-parallel ones: alone, under DistributedDataParallel, or under FSDP."""
    found = {}
    wrapped = [("ddp", module) for module in seen("ddp")] + [("fsdp", module) for module in seen("fsdp")]
    for kind, module in wrapped:
        if kind == "fsdp":
            strategy = getattr(getattr(module, "sharding_strategy", None), "name", None)
            if strategy in _SHARDED:
                found[ZERO] = _SHARDED[strategy]
    if world == 1 or any(_group_size(module.process_group) == world for _, module in wrapped):
        found.update({TP: 1, PP: 1})
    return found


def _named_meshes():
    """(name, size, this rank's place) of every dimension of every mesh that has names."""
    for mesh in seen("meshes"):
        names = getattr(mesh, "mesh_dim_names", None) or ()
        for name in names:
            try:
                yield name, int(mesh.size(names.index(name))), int(mesh.get_local_rank(name))
            except Exception:  # a mesh that this rank is not in
                pass


def _device_mesh(world):
    """torchtitan's names, which FSDP2's and others' users take too. A dimension of 1 is often left out
    of a mesh: once a mesh with names spans the world, what it lacks is 1."""
    sizes, places = {}, {}
    for name, size, place in _named_meshes():
        sizes[name], places[name] = size, place
    spans = any(getattr(mesh, "mesh_dim_names", None) and mesh.size() == world for mesh in seen("meshes"))
    if not sizes or not spans:
        return {}, {}
    found = {TP: sizes.get("tp", 1), PP: sizes.get("pp", 1)}
    for argument, name in ((CP, "cp"), (EP, "ep"), (ETP, "etp")):
        if sizes.get(name, 1) > 1:
            found[argument] = sizes[name]
    return found, {name: places[name] for name in ("tp", "cp", "pp", "ep") if name in places}


def _fully_sharded(world):
    """FSDP2 makes a class of its own of every module's that it shards. Its mesh, where the program names
    none, is all ranks."""
    fsdp = sys.modules.get("torch.distributed.fsdp")
    module = getattr(fsdp, "FSDPModule", None)
    if module is None or not module.__subclasses__():
        return {}
    found = {ZERO: 3}
    if all(mesh.mesh_dim_names is None and mesh.ndim == 1 and mesh.size() == world for mesh in seen("meshes")):
        found.update({TP: 1, PP: 1})
    return found


# ---- of what stands on torch ----


def _accelerate():
    state = getattr(sys.modules.get("accelerate.state"), "AcceleratorState", None)
    known = dict(getattr(state, "_shared_state", None) or {})
    found = {}
    parallelism = known.get("parallelism_config")
    if parallelism is not None:
        found.update({TP: int(parallelism.tp_size or 1), PP: 1})
        if int(parallelism.cp_size or 1) > 1:
            found[CP] = int(parallelism.cp_size)
    megatron = known.get("megatron_lm_plugin")
    if megatron is not None:
        found.update({TP: megatron.tp_degree, PP: megatron.pp_degree, MICRO_BATCHES: megatron.num_micro_batches})
    deepspeed = known.get("deepspeed_plugin") or known.get("deepspeed_plugins")
    if getattr(deepspeed, "zero_stage", None) is not None:
        found[ZERO] = int(deepspeed.zero_stage)
    precision = known.get("_mixed_precision")
    if precision in ("fp16", "bf16", "fp8"):
        found[PRECISION] = precision
    return {name: value for name, value in found.items() if value is not None}


def _deepspeed_tensor_parallel(engine, grid):
    if grid is not None:
        return int(grid.slice_parallel_size)
    groups = getattr(engine, "mpu", None)
    if groups is None:
        return 1
    size = getattr(groups, "get_tensor_model_parallel_world_size", None)
    return int((size or groups.get_model_parallel_world_size)())


def _deepspeed():
    found, places = {}, {}
    for engine in seen("engines"):
        grid = getattr(engine, "grid", None)  # a pipeline engine's
        found.update(
            {
                TP: _deepspeed_tensor_parallel(engine, grid),
                PP: int(getattr(grid, "pipe_parallel_size", 1)),
                ZERO: int(engine.zero_optimization_stage()),
                MICRO_BATCH: int(engine.train_micro_batch_size_per_gpu()),
                MICRO_BATCHES: int(engine.gradient_accumulation_steps()),
                GLOBAL_BATCH: int(engine.train_batch_size()),
            }
        )
        if engine.bfloat16_enabled() or engine.fp16_enabled():
            found[PRECISION] = "bf16" if engine.bfloat16_enabled() else "fp16"
        if grid is not None:
            places["pp"] = int(engine.stage_id)
    return found, places


def _parallel_state():
    """Megatron's groups, where its core is used without its arguments."""
    state = sys.modules.get("megatron.core.parallel_state")
    if state is None or not state.model_parallel_is_initialized():
        return {}
    found = {}
    for argument, function, absent in (
        (TP, "get_tensor_model_parallel_world_size", None),
        (PP, "get_pipeline_model_parallel_world_size", None),
        (CP, "get_context_parallel_world_size", 1),
        (EP, "get_expert_model_parallel_world_size", 1),
        (ETP, "get_expert_tensor_parallel_world_size", 0),
        (VPP, "get_virtual_pipeline_model_parallel_world_size", None),
    ):
        try:
            size = getattr(state, function)()
        except Exception:  # a release without it, or a group that was not made
            continue
        if size is not None and size != absent:
            found[argument] = int(size)
    if found.get(ETP) == found.get(TP):
        found.pop(ETP, None)  # as its absence means
    return found


def _micro_batches():
    """Megatron's schedule, where it has begun."""
    calculator = sys.modules.get("megatron.core.num_microbatches_calculator")
    try:
        return {MICRO_BATCHES: int(calculator.get_num_microbatches())}
    except Exception:  # not Megatron, or not set up
        return {}


# Arguments of a rank, not of the run; the launcher's and torch's own are asked.
_NOT_SETTINGS = ("rank", "local_rank", "world_size")


def _megatron_settings():
    arguments = megatron_arguments()
    if arguments is None:
        return {}
    return {name: value for name, value in arguments.items() if name not in _NOT_SETTINGS}


def megatron_arguments():
    """{name: value} of Megatron's global arguments; None where there are none."""
    for name in ("megatron.training.global_vars", "megatron.global_vars"):
        try:
            return dict(vars(sys.modules[name].get_args()))
        except Exception:  # not imported, or not parsed yet
            pass
    return None


# ---- together ----


# torch's words for what Megatron's flags call otherwise.
_TYPES = {"float32": "fp32", "float16": "fp16", "bfloat16": "bf16", "uint8": "fp8"}


def as_text(value):
    """As a flag has it; a list is joined by blanks, None is "None"."""
    if isinstance(value, (bool, int, float, str)):
        return str(value)
    if isinstance(value, (list, tuple)):
        return " ".join(str(part) for part in value)
    text = getattr(value, "name", None) or str(value).replace("torch.", "")
    return _TYPES.get(text, text)


def who():
    """The identity as it can be known by now."""
    rank, world = _library.launcher()
    if _torch.distributed_rank() is not None:
        rank, world = _torch.distributed_rank(), _torch.distributed_world_size()
    world = max(world, 1)
    settings = {WORLD: world}
    meshed, places = _device_mesh(world)
    engines, stages = _deepspeed()
    for found in (_replicated(world), _fully_sharded(world), meshed, _accelerate(), engines, _parallel_state()):
        settings.update(found)
    megatron = _megatron_settings()
    settings.update(megatron)
    settings.update(_micro_batches())
    places = dict(places, **stages)
    places.update(megatron_coordinates())
    return Identity(rank, {name: as_text(value) for name, value in settings.items()}, places)
