"""Checks of `python -m gmtrace` with a real PyTorch, of the interpreter that TORCH_PYTHON names: two ranks
on gloo, and its own torch/cuda/memory.py over an allocator of ours."""

import os
import re
import sys

import tap
from program import ROOT, TRAINING, Folder

PYTHON = os.environ["TORCH_PYTHON"]

# As PyTorch's tutorial of DistributedDataParallel has it.
DDP = """
import os, sys
import torch
import torch.distributed as dist
import torch.nn as nn
from torch.nn.parallel import DistributedDataParallel as DDP

def main():
    dist.init_process_group("gloo")
    torch.manual_seed(dist.get_rank())
    model = DDP(nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 64)))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 2)
    loss_fn = nn.MSELoss()
    for step in range(int(sys.argv[1])):
        optimizer.zero_grad()
        loss = loss_fn(model(torch.randn(20, 64)), torch.randn(20, 64))
        loss.backward()
        optimizer.step()
        schedule.step()
        if dist.get_rank() == 0:
            print("step %d loss %.9f" % (step, loss.item()), flush=True)
    dist.destroy_process_group()
    sys.exit(int(sys.argv[2]))

if __name__ == "__main__":
    main()
"""

MEMORY = """
import sys
sys.path.append(%r)
import torch, torch._dynamo, fake_allocator
MB = 2**20
gpu = fake_allocator.install(torch, capacity=1000 * MB)
torch.cuda._lazy_init()
gpu.allocate(100 * MB)
model = torch.nn.Linear(4, 4)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for step in range(3):
    gpu.allocate((200 + 50 * step) * MB)
    model(torch.ones(2, 4)).sum().backward()
    gpu.free((200 + 50 * step) * MB)
    if step == 1:
        torch.cuda.reset_peak_memory_stats()
    optimizer.step()
    print(torch.cuda.max_memory_allocated() // MB, torch.cuda.memory_stats()["allocated_bytes.all.peak"] // MB)
""" % TRAINING


def has(module):
    return Folder().run("-c", "import " + module, python=PYTHON).returncode == 0


def torchrun(folder, *words, launch="ddp.py", **more):
    return folder.run(
        *("-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port", "0"),
        *("--rdzv-backend", "c10d", "--rdzv-endpoint", "localhost:0", *words, launch, "4", more.pop("status", "0")),
        python=PYTHON,
        timeout=300,
        **more,
    )


def check_two_ranks():
    """torchrun -m gmtrace: two ranks on gloo, with losses, output and status as they are without"""
    folder = Folder(ddp=DDP)
    alone, traced = torchrun(folder), torchrun(folder, "-m", "gmtrace")
    assert alone.returncode == traced.returncode == 0, traced.stderr
    assert alone.stdout == traced.stdout and alone.stdout.count("loss") == 4, (alone.stdout, traced.stdout)
    assert all("there is no GPU" in line for line in traced.said) and len(traced.said) == 1, traced.stderr
    assert folder.files() == ["memory_trace_rank%d_wd2_tp1_pp1.json" % rank for rank in (0, 1)], folder.files()
    for name in folder.files():
        trace = folder.trace(name)
        assert list(trace) == ["0", "1", "2", "3"], list(trace)
        for iteration in trace.values():
            assert iteration["static_memory_MB"] > 50 and len(iteration["samples"]) >= 2
            assert iteration["allocated_of"] == "process"
            assert all(sample["allocated_memory_MB"] > 50 for sample in iteration["samples"])
        assert re.match(r"\d+\.\d+", trace["3"]["environment"]["torch"]) and trace["3"]["ended"] == "stopped"


def check_failing_rank():
    """a rank that fails: torchrun ends as it does without, and both traces are there"""
    folder = Folder(ddp=DDP)
    alone, traced = torchrun(folder, status="3"), torchrun(folder, "-m", "gmtrace", status="3")
    assert alone.returncode == traced.returncode != 0
    assert alone.stdout == traced.stdout, (alone.stdout, traced.stdout)
    assert len(folder.files()) == 2


def check_memory_functions():
    """PyTorch's own functions over our allocator: the program's maximum, and each iteration's"""
    folder = Folder(train=MEMORY)
    alone = folder.run("train.py", python=PYTHON)
    traced = folder.traced("--phases", "train.py", python=PYTHON)
    assert alone.returncode == traced.returncode == 0, traced.stderr
    assert alone.stdout == traced.stdout == "300 300\n100 100\n400 400\n", (alone.stdout, traced.stdout)
    trace = folder.only_trace()
    assert [iteration["peak_allocated_MB"] for iteration in trace.values()] == [300, 350, 400]
    assert [iteration["backward_peak_MB"] for iteration in trace.values()] == [300, 350, 400]
    names = [marker["name"] for marker in trace["1"]["markers"]]
    assert names == ["forward", "backward", "forward", "optimizer step"], names


def check_compiled_and_tracebacks():
    """a module's hooks are the program's own, and an exception of a forward pass has no frame of ours"""
    code = """
import torch
from torch.nn.modules import module
class Bad(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = torch.nn.Linear(2, 2)
    def forward(self, x):
        assert not module._global_forward_pre_hooks and not self.inner._forward_pre_hooks
        if x.sum() > 5:
            raise ValueError("too large")
        return self.inner(x)
model = Bad()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for step in range(3):
    model(torch.full((2, 2), float(step))).sum().backward()
    optimizer.step()
"""
    folder = Folder(train=code)
    alone, traced = folder.run("train.py", python=PYTHON), folder.traced("train.py", python=PYTHON)
    assert alone.returncode == traced.returncode == 1 and "too large" in alone.stderr
    assert alone.errors == traced.errors, traced.stderr


def check_spawned_ranks():
    """torch.multiprocessing.spawn: a trace of each rank, none of the parent"""
    code = DDP.replace('dist.init_process_group("gloo")', "").replace("def main():", """
def main(rank):
    os.environ.update(MASTER_ADDR="localhost", MASTER_PORT=sys.argv[3])
    dist.init_process_group("gloo", rank=rank, world_size=2)
""").replace("    sys.exit(int(sys.argv[2]))\n", "").replace("    main()\n", "    torch.multiprocessing.spawn(main, nprocs=2)\n")
    folder = Folder(train=code)
    import socket

    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = str(free.getsockname()[1])
    done = folder.traced("train.py", "2", "0", port, python=PYTHON, timeout=300)
    assert done.returncode == 0 and done.stdout.count("loss") == 2, done.stderr
    assert folder.files() == ["memory_trace_rank%d_wd2_tp1_pp1.json" % rank for rank in (0, 1)], folder.files()
    assert list(folder.trace(folder.files()[1])) == ["0", "1"]


def check_lightning():
    """Lightning's trainer with the callback runs a few steps, each an iteration"""
    if not has("lightning.pytorch"):
        raise tap.Skip("%s has no lightning" % PYTHON)
    code = """
import torch, lightning.pytorch as pl, gmtrace.callbacks
class Model(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(8, 8)
    def training_step(self, batch, _):
        return self.layer(batch[0]).pow(2).mean()
    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters())
data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.ones(24, 8)), batch_size=4)
trainer = pl.Trainer(max_epochs=1, logger=False, enable_checkpointing=False, enable_progress_bar=False,
                     accelerator="cpu", accumulate_grad_batches=2, callbacks=[gmtrace.callbacks.lightning(directory="out")])
trainer.fit(Model(), data)
"""
    folder = Folder(train=code)
    done = folder.run("train.py", python=PYTHON)
    assert done.returncode == 0, done.stderr
    trace = folder.only_trace("out")
    assert list(trace) == ["0", "1", "2"] and trace["2"]["ended"] == "stopped", list(trace)


def check_hugging_face():
    """Hugging Face's Trainer with the callback; layers, names and theory of its model"""
    if not has("transformers, accelerate"):
        raise tap.Skip("%s has no transformers with accelerate" % PYTHON)
    code = """
import torch, transformers, gmtrace.callbacks
config = transformers.LlamaConfig(vocab_size=512, hidden_size=64, intermediate_size=128, num_hidden_layers=2,
                                  num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=64)
model = transformers.LlamaForCausalLM(config)
class Data(torch.utils.data.Dataset):
    def __len__(self):
        return 8
    def __getitem__(self, at):
        return {"input_ids": torch.arange(32), "labels": torch.arange(32)}
arguments = transformers.TrainingArguments("hf", max_steps=3, per_device_train_batch_size=2, report_to=[],
                                           save_strategy="no", use_cpu=True, disable_tqdm=True)
transformers.Trainer(model, arguments, train_dataset=Data(),
                     callbacks=[gmtrace.callbacks.hugging_face(directory="out")]).train()
"""
    folder = Folder(train=code)
    done = folder.run("train.py", python=PYTHON, timeout=300)
    assert done.returncode == 0, done.stderr
    trace = folder.only_trace("out")
    assert list(trace) == ["0", "1", "2"], list(trace)
    done = folder.traced("train.py", python=PYTHON, timeout=300)
    assert done.returncode == 0, done.stderr
    trace = folder.only_trace()
    assert list(trace) == ["0", "1", "2"], list(trace)
    assert trace["2"]["environment"]["theory"].startswith("as Megatron-LM 0."), trace["2"]["environment"]
    assert trace["0"]["theoretical_memory_MB"] > 0


def check_cost():
    """what an iteration costs more, of a step of 100 ms: under 1%"""
    code = """
import sys, time
sys.path.append(%r)
import torch, torch._dynamo, fake_allocator
gpu = fake_allocator.install(torch)
torch.cuda._lazy_init()
model = torch.nn.Linear(4, 4)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
hooks = [0.0]
def step():
    model(torch.ones(2, 4)).sum().backward()
    optimizer.step()
for _ in range(20):
    step()
best = []
for _ in range(15):
    begin = time.thread_time()
    for _ in range(20):
        step()
    best.append((time.thread_time() - begin) / 20)
print(min(best))
""" % TRAINING
    folder = Folder(train=code)
    alone = float(folder.run("train.py", python=PYTHON).stdout)
    done = folder.traced("--phases", "train.py", python=PYTHON)
    more = float(done.stdout) - alone
    assert more < 0.001, "%.3f ms more" % (more * 1e3)
    print("# an iteration costs %.3f ms more, with phases" % (more * 1e3))


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(tap.run(globals()))
