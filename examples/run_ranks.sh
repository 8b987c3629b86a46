#!/usr/bin/env bash
# run_ranks.sh N COMMAND...: starts N ranks of a job on this machine, with the variables that
# torchrun would set, and waits for them. When one fails, the others are ended, and its exit status
# is this script's.
set -u
if (($# < 2)) || ! [[ $1 =~ ^[1-9][0-9]*$ ]]; then
    echo "Usage: run_ranks.sh N COMMAND..." >&2
    exit 2
fi
world_size=$1
shift

ranks=()
trap 'kill "${ranks[@]}" 2>/dev/null' EXIT
for ((rank = 0; rank < world_size; rank++)); do
    RANK=$rank LOCAL_RANK=$rank WORLD_SIZE=$world_size LOCAL_WORLD_SIZE=$world_size "$@" &
    ranks+=($!)
done
for _ in "${ranks[@]}"; do
    wait -n || exit
done
