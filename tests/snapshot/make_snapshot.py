"""Makes memory snapshots as torch writes them, for tests: a small training run on one device.

    make_snapshot.py FILE [--protocol N] [--iterations N] [--seed N] [--shape bare|old|oom|leak|two]
"""
import argparse
import pickle
import random

CPP = [{"name": "torch::unwind::unwind()", "filename": "??", "line": 0},
       {"name": "c10::cuda::CUDACachingAllocator::Native::DeviceCachingAllocator::malloc(unsigned long, "
                "CUstream_st*)", "filename": "CUDACachingAllocator.cpp", "line": 0},
       {"name": "at::_ops::empty::call(c10::ArrayRef<long>)", "filename": "??", "line": 0}]
MODULE = {"name": "_call_impl", "filename": "/site-packages/torch/nn/modules/module.py", "line": 1790}
TRAIN = {"name": "<module>", "filename": "/home/me/train.py", "line": 80}


def frame(name, filename, line):
    return {"name": name, "filename": filename, "line": line}


def stack(*frames):
    return CPP + list(frames) + [TRAIN]


SITES = {
    "parameter": stack(frame("__init__", "/site-packages/torch/nn/modules/linear.py", 106),
                       frame("__init__", "/home/me/model.py", 12)),
    "attention": stack(frame("forward", "/home/me/model.py", 39), MODULE),
    "mlp": stack(frame("forward", "/home/me/model.py", 51), MODULE),
    "backward": CPP + [frame("torch::autograd::generated::MmBackward0::apply(std::vector<at::Tensor>&&)", "??", 0),
                       frame("torch::autograd::Engine::evaluate_function(...)", "??", 0)],
    "optimizer": stack(frame("_init_group", "/site-packages/torch/optim/adamw.py", 149),
                       frame("step", "/site-packages/torch/optim/adamw.py", 210)),
    "step": stack(frame("_multi_tensor_adamw", "/site-packages/torch/optim/adamw.py", 590),
                  frame("step", "/site-packages/torch/optim/adamw.py", 210)),
    "allreduce": stack(frame("all_reduce", "/site-packages/torch/distributed/distributed_c10d.py", 2501)),
    "leak": stack(frame("log", "/home/me/train.py", 64)),
}
MIB = 1 << 20


class Allocator:
    """Segments of 20 MiB (or as large as asked for); blocks one after the other, as torch has them."""

    def __init__(self, device=0):
        self.device, self.events, self.segments, self.time_us = device, [], [], 1_700_000_000_000_000
        self.live, self.next = {}, 0x7F0000000000 + device * (1 << 40)

    def event(self, action, address, size, frames, **more):
        self.time_us += 7
        place = "device_free" if action == "oom" else "addr"
        self.events.append({"action": action, place: address, "size": size, "stream": 0, "time_us": self.time_us,
                            "compile_context": "N/A", "user_metadata": "", "frames": frames, **more})

    def alloc(self, size, site):
        frames, rounded = list(SITES[site]), max(512, (size + 511) // 512 * 512)
        for segment in self.segments:
            end = segment["address"]
            for address in sorted(a for a in self.live if segment["address"] <= a < segment["end"]) + [segment["end"]]:
                if address - end >= rounded:
                    break
                end = address + self.live.get(address, (0, 0))[0]
            else:
                continue
            if segment["end"] - end >= rounded:
                break
        else:
            total = max(20 * MIB, (rounded + 2 * MIB - 1) // (2 * MIB) * 2 * MIB)
            segment = {"address": self.next, "end": self.next + total, "frames": frames}
            self.segments.append(segment)
            self.next += total + (1 << 30)
            self.event("segment_alloc", segment["address"], total, frames)
            end = segment["address"]
        self.live[end] = (rounded, size, frames)
        self.event("alloc", end, size, frames)
        return end

    def free(self, address):
        _, size, frames = self.live.pop(address)
        self.event("free_requested", address, size, frames)
        self.event("free_completed", address, size, frames)

    def block(self, address, size, requested, state, frames):
        return {"address": address, "size": size, "requested_size": requested, "state": state, "frames": frames}

    def dump_segments(self):
        out = []
        for segment in self.segments:
            blocks, at = [], segment["address"]
            for address in sorted(a for a in self.live if segment["address"] <= a < segment["end"]):
                if address > at:
                    blocks.append(self.block(at, address - at, 0, "inactive", []))
                size, requested, frames = self.live[address]
                blocks.append(self.block(address, size, requested, "active_allocated", frames))
                at = address + size
            if at < segment["end"]:
                blocks.append(self.block(at, segment["end"] - at, 0, "inactive", []))
            active = sum(b["size"] for b in blocks if b["state"] != "inactive")
            out.append({"device": self.device, "address": segment["address"],
                        "total_size": segment["end"] - segment["address"], "allocated_size": active,
                        "active_size": active, "requested_size": sum(b["requested_size"] for b in blocks),
                        "stream": 0, "segment_type": "large", "segment_pool_id": (0, 0), "is_expandable": False,
                        "frames": segment["frames"], "blocks": blocks})
        return out


def train(allocator, iterations, seed, leak=False):
    """Parameters, then iterations of forward, backward and optimizer; annotations of each step."""
    choose, annotations, gradients, states = random.Random(seed), [], [], []
    for _ in range(8):
        allocator.alloc(3 * MIB + 100, "parameter")
    for i in range(iterations):
        annotations.append({"stage": "START", "name": f"ProfilerStep#{i}", "device": 0, "time_us": allocator.time_us + 1})
        kept = []
        for layer in range(8):
            kept.append(allocator.alloc(2 * MIB + choose.randrange(4096), "attention"))
            allocator.free(allocator.alloc(6 * MIB, "mlp"))
            kept.append(allocator.alloc(4 * MIB, "mlp"))
        if leak:
            allocator.alloc(MIB, "leak")
        for address in reversed(kept):
            if i == 0 and len(gradients) < 8:
                gradients.append(allocator.alloc(3 * MIB + 100, "backward"))
            allocator.free(allocator.alloc(MIB // 2, "backward"))
            allocator.free(address)
        allocator.free(allocator.alloc(4 * MIB, "allreduce"))
        if not states:
            states = [allocator.alloc(3 * MIB + 100, "optimizer") for _ in range(16)]
        allocator.free(allocator.alloc(5 * MIB, "step"))
        annotations.append({"stage": "END", "name": f"ProfilerStep#{i}", "device": 0, "time_us": allocator.time_us + 1})
    return annotations


SETTINGS = {"PYTORCH_CUDA_ALLOC_CONF": "", "max_split_size": -1, "garbage_collection_threshold": 0.0,
            "expandable_segments": False, "roundup_power2_divisions": {"1": 0, "2": 0}}


def make(iterations=3, seed=1, shape="plain"):
    allocator = Allocator()
    annotations = train(allocator, iterations, seed, leak=shape == "leak")
    if shape == "oom":
        allocator.event("oom", 300 * MIB, 900 * MIB, list(SITES["mlp"]))
    traces, segments = [allocator.events], allocator.dump_segments()
    if shape == "two":
        other = Allocator(1)
        train(other, 1, seed + 1)
        traces.append(other.events)
        segments += other.dump_segments()
    if shape == "bare":
        return segments
    if shape == "old":
        for event in allocator.events:
            for key in ("time_us", "compile_context", "user_metadata"):
                del event[key]
        for segment in segments:
            del segment["frames"], segment["segment_pool_id"], segment["is_expandable"]
            for block in segment["blocks"]:
                frames, requested = block.pop("frames"), block.pop("requested_size")
                del block["address"]
                if block["state"] != "inactive":
                    block["history"] = [{"addr": 1, "real_size": requested, "frames": frames}]
        return {"segments": segments, "device_traces": traces}
    return {"segments": segments, "device_traces": traces, "allocator_settings": SETTINGS,
            "external_annotations": annotations}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--protocol", type=int, default=4)
    parser.add_argument("--iterations", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shape", default="plain")
    options = parser.parse_args()
    with open(options.file, "wb") as stream:
        pickle.dump(make(options.iterations, options.seed, options.shape), stream, options.protocol)
