"""Megatron's arguments: which rank is it, of which configuration, and what is the file's name?"""

import os
import sys
import time

from gmtrace import _torch
from gmtrace._library import complain
from gmtrace._tracker import MemoryTracker, NoMemoryTracker


def _rank(args):
    rank = _torch.distributed_rank()
    if rank is None:
        rank = getattr(args, "rank", None)
    return rank if rank is not None else int(os.environ.get("RANK", 0))


def _simulated_name(args):
    """Of a rank that is simulated on one GPU ("scaling mode"), as the fork's own tracker has it.

    The stamp keeps reruns apart: each adds a file, and readers take the one that changed last."""
    return "wd%s_tp%s_pp%s_dp%s_exp%s_expNum%s_l%s_mbs%s_nmbs%s_gbs%s_ts%s" % (
        args.fake_world_size,
        args.fake_tp,
        args.fake_pp,
        args.fake_dp,
        args.fake_exp,
        args.fake_num_experts,
        args.num_layers,
        args.micro_batch_size,
        args.num_micro_batches,
        args.global_batch_size,
        int(time.time() * 1000) % 100000,
    )


def _real_name(args):
    name = "wd%s_tp%s_pp%s" % (
        args.world_size,
        args.tensor_model_parallel_size,
        args.pipeline_model_parallel_size,
    )
    if getattr(args, "expert_model_parallel_size", 1) > 1:
        name += "_ep%s_expNum%s" % (args.expert_model_parallel_size, args.num_experts)
    return name + "_l%s_bs%s" % (args.num_layers, args.micro_batch_size)


def _further_sizes(args, tp):
    """Those that the fork's names do not have, where they are not what their absence means."""
    sizes = ""
    for tag, argument, absent in (
        ("vpp", "virtual_pipeline_model_parallel_size", 1),
        ("cp", "context_parallel_size", 1),
        ("etp", "expert_tensor_parallel_size", tp),
    ):
        size = getattr(args, argument, None)
        if size is not None and size != absent:
            sizes += "_%s%s" % (tag, size)
    return sizes


def coordinates():
    """The rank's place in its groups, from Megatron's own groups where it has made them."""
    state = sys.modules.get("megatron.core.parallel_state")
    places = {}
    for name, function in (
        ("tp", "get_tensor_model_parallel_rank"),
        ("cp", "get_context_parallel_rank"),
        ("dp", "get_data_parallel_rank"),
        ("pp", "get_pipeline_model_parallel_rank"),
        ("ep", "get_expert_model_parallel_rank"),
    ):
        try:
            places[name] = int(getattr(state, function)())
        except Exception:  # no Megatron, one without such groups, or before they are made
            pass
    return places


def _count_micro_batches(args):
    """Training code reads it after get_memory_tracker, whether or not anything is traced."""
    args.num_micro_batches = args.global_batch_size // (args.micro_batch_size * args.fake_dp)


def _make(args, simulated):
    if simulated:
        rank, name = args.fake_current_rank_id, _simulated_name(args)
        name += _further_sizes(args, args.fake_tp)
    else:
        rank, name = _rank(args), _real_name(args)
        name += _further_sizes(args, args.tensor_model_parallel_size)
    device = _torch.current_device()
    return MemoryTracker(
        rank=rank,
        device_id=device if device is not None else getattr(args, "local_rank", None),
        output_dir=getattr(args, "trace_memory_dir", None)
        or ("memory_traces_scaling" if simulated else "memory_traces"),
        sampling_interval=getattr(args, "trace_memory_interval", 0.01),
        file_name_args=name,
        # The groups of a simulated rank's process are not the rank's.
        coordinates=None if simulated else coordinates(),
    )


def get_memory_tracker(args):
    """A tracker for Megatron's arguments; a false one, whose calls do nothing, unless
    args.trace_memory is set.

    args.trace_memory_dir (memory_traces; memory_traces_scaling in scaling mode) and
    args.trace_memory_interval (0.01 s) say where and how often. args.is_scaling_mode takes rank
    and sizes from the fake_* arguments, and sets args.num_micro_batches.
    """
    wanted = getattr(args, "trace_memory", False)
    simulated = getattr(args, "is_scaling_mode", False)
    try:
        if simulated:
            _count_micro_batches(args)
        return _make(args, simulated) if wanted else NoMemoryTracker()
    except Exception as error:  # an argument that is missing, say
        if wanted:
            complain("memory is not traced: %s" % error)
        return NoMemoryTracker()
