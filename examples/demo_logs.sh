#!/usr/bin/env bash
# demo_logs.sh DIR: writes logs of nine runs as Megatron-LM prints them, for import_logs to read: a 13B
# model on 16 GPUs, TP {1,2,4} x PP {1,2,4}. Nothing of them was measured: memory and step times are by
# the plain arithmetic below, and what comes to over 80 GB has run out of memory.
set -euo pipefail
mkdir -p "${1:?Usage: demo_logs.sh DIR}"

# argument NAME VALUE, with the dots that Megatron-LM's argument parser prints between them
argument() {
    local dots=................................................
    echo "  $1 ${dots:${#1}} $2"
}

run_of() { # TP PP
    local tp=$1 pp=$2 dp=$((16 / $1 / $2)) gb ms
    gb=$((13 * 18 / (tp * pp) + 24 / tp))
    ms=$((1800 + 220 * tp + 130 * pp))
    echo "using world size: 16, data-parallel size: $dp, tensor-model-parallel size: $tp, pipeline-model-parallel size: $pp"
    echo "------------------------ arguments ------------------------"
    argument data_parallel_size "$dp"
    argument global_batch_size 64
    argument micro_batch_size 1
    argument num_layers 40
    argument pipeline_model_parallel_size "$pp"
    argument seq_length 2048
    argument tensor_model_parallel_size "$tp"
    argument world_size 16
    echo "-------------------- end of arguments ---------------------"
    if ((gb > 80)); then
        echo "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total capacity of 79.25 GiB of which 1.11 GiB is free."
        return
    fi
    for i in 1 2 3 4; do
        echo " [2026-11-02 09:44:5$i] iteration        $i/       4 | consumed samples: $((i * 64)) | elapsed time per iteration (ms): $ms.0 | throughput per GPU (TFLOP/s/GPU): $((900000 / ms)).0 | global batch size:    64 |"
        ((i > 1)) || for ((stage = 0; stage < pp; stage++)); do
            echo "[Rank $((stage * 16 / pp))] (after 1 iterations) memory (MB) | allocated: $((gb * 600)).0 | max allocated: $((gb * 1024 - stage * 512)).0 | reserved: $((gb * 1100)).0 | max reserved: $((gb * 1100)).0"
        done
    done
    echo "[after training is done] datetime: 2026-11-02 09:45:00"
}

for tp in 1 2 4; do
    for pp in 1 2 4; do
        run_of "$tp" "$pp" >"$1/tp${tp}_pp$pp.log"
    done
done
