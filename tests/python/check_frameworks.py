"""Checks of who a rank is, and of theory and expected peak, by what each framework knows, over stand-ins
written after the real ones (tests/python/training)."""

import json
import os
import sys

import tap
from program import TRAINING, Folder, tool

MB = 2**20

BEGIN = """
import os, sys, types
import torch, torch.distributed, torch.utils.data
import fake_allocator
MB = 2**20
gpu = fake_allocator.install(torch, capacity=100000 * MB)
torch.distributed.rank, torch.distributed.size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
torch.cuda._lazy_init()
gpu.allocate(100 * MB)
"""

STEPS = """
for step in range(2):
    gpu.allocate(50 * MB); gpu.free(50 * MB)
    optimizer.step()
"""

# Megatron's namespace, as it is after validate_args: names as the parser stores them, with its types.
MEGATRON = """
import enum
class AttnBackend(enum.Enum):
    flash = 1
class float32:
    def __repr__(self):
        return "torch.float32"
args = types.SimpleNamespace(
    world_size=16, rank=int(os.environ["RANK"]), local_rank=0,
    tensor_model_parallel_size=2, pipeline_model_parallel_size=2, context_parallel_size=2,
    expert_model_parallel_size=4, expert_tensor_parallel_size=1, data_parallel_size=2,
    virtual_pipeline_model_parallel_size=2, num_layers_per_virtual_pipeline_stage=4,
    num_virtual_stages_per_pipeline_rank=None, num_layers=16, hidden_size=2048, ffn_hidden_size=8192,
    num_attention_heads=16, group_query_attention=True, num_query_groups=8, kv_channels=128, seq_length=4096,
    max_position_embeddings=4096, position_embedding_type="rope", add_position_embedding=True,
    padded_vocab_size=50432, vocab_size=None, make_vocab_size_divisible_by=128,
    tokenizer_type="GPT2BPETokenizer", merge_file=None, swiglu=True, untie_embeddings_and_output_weights=True,
    normalization="RMSNorm", add_bias_linear=False, add_qkv_bias=False, num_experts=8, moe_router_topk=2,
    moe_ffn_hidden_size=4096, moe_layer_freq=1, moe_grouped_gemm=True, moe_token_dispatcher_type="alltoall",
    micro_batch_size=1, global_batch_size=32, sequence_parallel=True, recompute_granularity="selective",
    recompute_modules=["core_attn", "moe_act"], recompute_method=None, recompute_num_layers=None,
    bf16=True, fp16=False, fp8=None, use_distributed_optimizer=True, data_parallel_sharding_strategy="no_shard",
    accumulate_allreduce_grads_in_fp32=True, overlap_grad_reduce=True, overlap_param_gather=True,
    attention_backend=AttnBackend.flash, hidden_dropout=0.0, attention_dropout=0.0, main_grads_dtype=float32(),
    use_precision_aware_optimizer=False, transformer_impl="transformer_engine", optimizer="adam",
    hybrid_override_pattern=None, spec=None, log_interval=100, lr=1e-4, train_iters=ITERATIONS, iteration=FIRST)
"""

PRETRAIN = """
from megatron.core import parallel_state, num_microbatches_calculator
from megatron.training import global_vars, pretrain
global_vars.set_args(args)
rank = args.rank
parallel_state.sizes.update(tp=2, pp=2, cp=2, ep=4, etp=1, vpp=2)
parallel_state.ranks.update(tp=rank % 2, cp=rank // 2 % 2, dp=rank // 4 % 2, pp=rank // 8, ep=rank % 4)
num_microbatches_calculator.calculator = types.SimpleNamespace(get=lambda: 16)
def forward_step(iterator, model):
    gpu.allocate((900 + 10 * rank + args.curr_iteration) * MB)
    torch.autograd.backward(lambda: 0)
    gpu.free((900 + 10 * rank + args.curr_iteration) * MB)
pretrain(lambda: "model", forward_step, main=MAIN)
"""

NAME = "wd16_tp2_pp2_dp2_vpp2_cp2_exp4_etp1_expNum8_l16_s4096_mbs1_nmbs16_gbs32_sp1_zero1_rc-core-attn+moe-act_prec-bf16"

FLAGS = """--world-size 16 --tensor-model-parallel-size 2 --pipeline-model-parallel-size 2 --context-parallel-size 2
--expert-model-parallel-size 4 --expert-tensor-parallel-size 1 --num-layers-per-virtual-pipeline-stage 4
--num-layers 16 --hidden-size 2048 --ffn-hidden-size 8192 --num-attention-heads 16 --group-query-attention
--num-query-groups 8 --kv-channels 128 --seq-length 4096 --max-position-embeddings 4096
--position-embedding-type rope --padded-vocab-size 50432 --swiglu --untie-embeddings-and-output-weights
--normalization RMSNorm --disable-bias-linear --num-experts 8 --moe-router-topk 2 --moe-ffn-hidden-size 4096
--moe-grouped-gemm --moe-token-dispatcher-type alltoall --micro-batch-size 1 --global-batch-size 32
--sequence-parallel --recompute-granularity selective --recompute-modules core_attn moe_act --bf16
--use-distributed-optimizer --accumulate-allreduce-grads-in-fp32 --overlap-grad-reduce --overlap-param-gather
--attention-backend flash --hidden-dropout 0 --attention-dropout 0 --megatron-version 0.12"""


def stub(folder, *words, rank=0, world=16, **more):
    done = folder.traced(*words, path=[TRAINING], RANK=str(rank), LOCAL_RANK="0", WORLD_SIZE=str(world), **more)
    assert done.returncode == 0, done.stderr
    assert done.said == [], done.stderr
    return done


def megatron(first=0, iterations=3, main=False):
    code = BEGIN + MEGATRON.replace("FIRST", str(first)).replace("ITERATIONS", str(iterations))
    return Folder(train=code + PRETRAIN.replace("MAIN", str(main)))


def names(code, world=8, rank=3):
    """The tags, and the trace, of a rank under what the code sets up."""
    folder = Folder(train=BEGIN + code)
    stub(folder, "train.py", rank=rank, world=world)
    (name,) = folder.files()
    begin = "memory_trace_rank%d_" % rank
    assert name.startswith(begin), name
    return name[len(begin) : -len(".json")], folder.only_trace()


def check_megatron_ranks():
    """Megatron's train_step at core_r0.12 and main: every dimension in the name, places, figures, iterations"""
    for main in (False, True):
        folder = megatron(main=main)
        for rank in (0, 5, 13):
            stub(folder, "train.py", rank=rank)
        assert folder.files() == sorted("memory_trace_rank%d_%s.json" % (rank, NAME) for rank in (0, 5, 13))
        trace = folder.trace("memory_trace_rank13_%s.json" % NAME)
        assert list(trace) == ["0", "1", "2"]
        assert [iteration["static_memory_MB"] for iteration in trace.values()] == [100] * 3
        assert [iteration["peak_allocated_MB"] for iteration in trace.values()] == [1130, 1131, 1132]
        assert trace["2"]["coordinates"] == {"tp": 1, "cp": 0, "dp": 1, "pp": 1, "ep": 1}, trace["2"]["coordinates"]
        assert trace["2"]["environment"]["megatron"] == "0.12.0"


def check_megatron_resumed():
    """a resumed job's iterations have Megatron's own numbers"""
    folder = megatron(first=5000, iterations=5002)
    stub(folder, "train.py")
    assert list(folder.only_trace()) == ["5000", "5001"]


def check_megatron_by_optimizer():
    """--iteration-by optimizer rules over train_step; both of its optimizers are one iteration"""
    folder = megatron()
    stub(folder, "--iteration-by", "optimizer", "train.py")
    assert list(folder.only_trace()) == ["0", "1", "2"]
    folder = megatron(iterations=4)
    stub(folder, "--iteration-by", "4", "train.py")
    assert list(folder.only_trace()) == ["0", "1"]


def check_megatron_theory():
    """theory and expected peak are what estimate_memory tells of the same flags"""
    folder = megatron()
    stub(folder, "train.py")
    first = folder.only_trace()["0"]
    (stage,) = json.loads(tool("estimate_memory", *FLAGS.split(), "--json"))["stages"]
    for key, figure in (("theoretical_memory_MB", "total_bytes"), ("expected_peak_MB", "expected_peak_bytes")):
        assert abs(first[key] - stage[figure] / MB) < 0.001, (key, first[key], stage[figure] / MB)
    last = folder.only_trace()["2"]["environment"]
    assert last["theory"] == "as Megatron-LM 0.12 reports it", last
    assert "expected peak" not in last
    stub(folder, "-o", "flags", "train.py", "--cpu-offloading-num-layers", "4", "--lr", "0.1")
    assert folder.only_trace("flags")["2"]["environment"]["expected peak"] == "without --cpu-offloading-num-layers"


def check_heatmap():
    """visualize_heatmap draws the traces: PP by EP, actual and theory"""
    folder = megatron()
    for rank in (0, 13):
        stub(folder, "train.py", rank=rank)
    table = os.path.join(folder.name, "table.json")
    where = os.path.join(folder.name, "memory_traces")
    tool("visualize_heatmap", "--memory-dir", where, "--y", "ep", "--output", os.path.join(folder.name, "map"), "--table", table, "--quiet")
    with open(table, encoding="utf-8") as file:
        (cell,) = [cell for cell in json.load(file) if cell["status"] == "success"]
    theory = folder.trace(folder.files()[0])["0"]["theoretical_memory_MB"]
    assert abs(cell["actual_gb"] - 1132 / 1024) < 1e-4 and abs(cell["theory_gb"] - theory / 1024) < 1e-4, cell
    assert (cell["ep"], cell["cp"], cell["experts"], cell["ranks"]) == (4, 2, 8, 2), cell


def check_replicated():
    """DistributedDataParallel over all ranks, over some, and a single process"""
    loop = "optimizer = torch.optim.SGD([1.0])\n" + STEPS
    assert names("model = torch.nn.parallel.DistributedDataParallel(8)\n" + loop)[0] == "wd8_tp1_pp1"
    assert names("model = torch.nn.parallel.DistributedDataParallel(4)\n" + loop)[0] == "wd8"
    assert names(loop)[0] == "wd8"
    assert names(loop, world=1, rank=0)[0] == "wd1_tp1_pp1"
    # Wrapped behind the optimizer: the first iterations' figures come along under the new name.
    name, trace = names(loop.replace("for step in range(2):", "for step in range(3):\n    if step == 1:\n        model = torch.nn.parallel.DistributedDataParallel(8)"))
    assert name == "wd8_tp1_pp1"
    assert [trace[i]["peak_allocated_MB"] for i in trace] == [150, 150, 150], trace


def check_device_mesh():
    """device meshes by the names of their dimensions, as torchtitan has them"""
    code = """
from torch.distributed.device_mesh import DeviceMesh
meshes = [DeviceMesh((2, 2, 2, 2), (1, 0, 0, 1), ("pp", "dp_shard", "cp", "tp")),
          DeviceMesh((2, 2, 4), (1, 0, 1), ("pp", "efsdp", "ep"))]
optimizer = torch.optim.SGD([1.0])
"""
    name, trace = names(code + STEPS, world=16, rank=9)
    assert name == "wd16_tp2_pp2_cp2_exp4", name
    assert trace["1"]["coordinates"] == {"tp": 1, "cp": 0, "pp": 1, "ep": 1}, trace["1"]
    unnamed = code.replace(', ("pp", "dp_shard", "cp", "tp")', ", None").replace(', ("pp", "efsdp", "ep")', ", None")
    assert names(unnamed + STEPS, world=16, rank=9)[0] == "wd16"
    part = code.replace("(2, 2, 2, 2), (1, 0, 0, 1)", "(2, 1, 2, 2), (1, 0, 0, 1)").replace("(2, 2, 4)", "(2, 1, 4)")
    assert names(part + STEPS, world=16, rank=9)[0] == "wd16", "a mesh of some ranks tells nothing of the world"


def check_deepspeed():
    """DeepSpeed's engine: its configuration, its step as a whole, a pipeline's stage"""
    code = "import deepspeed\nengine = deepspeed.DeepSpeedEngine(zero=2, world=8)\n"
    loop = "for step in range(12):\n    gpu.allocate(50 * MB); gpu.free(50 * MB)\n    engine.step()\n"
    name, trace = names(code + loop)
    assert name == "wd8_tp1_pp1_mbs2_nmbs4_gbs64_zero2_prec-bf16", name
    assert list(trace) == ["0", "1", "2"]
    name, trace = names(code.replace("DeepSpeedEngine", "PipelineEngine") + loop)
    assert name.startswith("wd8_tp2_pp2_") and trace["2"]["coordinates"] == {"pp": 1}, name


def check_accelerate():
    """Accelerate's state: ZeRO stage, precision, parallelism"""
    code = """
import accelerate
accelerate.state.AcceleratorState._shared_state.update(
    _mixed_precision="bf16", deepspeed_plugin=types.SimpleNamespace(zero_stage=3),
    parallelism_config=types.SimpleNamespace(tp_size=2, cp_size=2))
optimizer = torch.optim.SGD([1.0])
"""
    assert names(code + STEPS)[0] == "wd8_tp2_pp1_cp2_zero3_prec-bf16"


def check_parallel_state():
    """Megatron's core without its arguments: sizes of its groups"""
    code = """
from megatron.core import parallel_state
parallel_state.sizes.update(tp=4, pp=2, cp=1, ep=2, etp=4)
parallel_state.ranks.update(tp=3, pp=0, cp=0, dp=0, ep=1)
optimizer = torch.optim.SGD([1.0])
"""
    name, trace = names(code + STEPS)
    assert name == "wd8_tp4_pp2_exp2", name
    assert trace["1"]["coordinates"] == {"tp": 3, "cp": 0, "dp": 0, "pp": 0, "ep": 1}


HUGGING_FACE = """
import transformers, accelerate
config = dict(model_type="llama", num_hidden_layers=8, hidden_size=1024, num_attention_heads=16,
              num_key_value_heads=4, intermediate_size=2816, vocab_size=32000, tie_word_embeddings=False,
              max_position_embeddings=2048, rope_scaling=None)
model = transformers.PreTrainedModel(config, 100)
small = transformers.PreTrainedModel(dict(config, num_hidden_layers=1), 10)
accelerate.state.AcceleratorState._shared_state["_mixed_precision"] = PRECISION
class Tokens:
    ndim, shape = 2, (4, 512)
    def is_floating_point(self):
        return False
data = torch.utils.data.DataLoader([{"input_ids": Tokens()}] * 2)
optimizer = torch.optim.SGD([1.0])
for batch in data:
    optimizer.step()
"""


def check_hugging_face():
    """a Hugging Face model's theory: layers from its configuration, sequences from the first batch"""
    name, trace = names(HUGGING_FACE.replace("PRECISION", "'no'"), world=1, rank=0)
    folder = Folder()
    config = dict(
        model_type="llama", num_hidden_layers=8, hidden_size=1024, num_attention_heads=16, num_key_value_heads=4,
        intermediate_size=2816, vocab_size=32000, tie_word_embeddings=False,
    )  # fmt: skip
    folder.write("config.json", json.dumps(config))
    flags = ["--model", os.path.join(folder.name, "config.json"), "--seq-length", "512", "--micro-batch-size", "4"]
    flags += ["--num-microbatches", "1", "--world-size", "1"]
    (stage,) = json.loads(tool("estimate_memory", *flags, "--json"))["stages"]
    assert abs(trace["0"]["theoretical_memory_MB"] - stage["total_bytes"] / MB) < 0.001, (trace["0"], stage)
    assert trace["0"]["expected_peak_MB"] > 0
    # Mixed precision by autocast is none that the expected peak is counted for.
    trace = names(HUGGING_FACE.replace("PRECISION", "'bf16'"), world=1, rank=0)[1]
    assert trace["0"]["theoretical_memory_MB"] > 0 and "expected_peak_MB" not in trace["0"]
    trace = names(HUGGING_FACE.replace("PRECISION", "'no'").replace('"llama"', '"gpt99"'), world=1, rank=0)[1]
    assert trace["0"]["theoretical_memory_MB"] == -1 and "'gpt99' is not known" in trace["1"]["environment"]["theory"]


if __name__ == "__main__":
    sys.exit(tap.run(globals()))
