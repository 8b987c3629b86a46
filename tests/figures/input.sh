# Sourced by tests with lists of what is made: what they draw, and what they do with a list.
facts=$PWD/tests/figures
export PYTHONDONTWRITEBYTECODE=1

# A cell of every kind: 16 GB, 60 of 80 though theory says 90, out of memory, a failure, no log, no theory.
make_cells() {
    peak() { # TP PP GB THEORY_GB
        printf '{"0": {"samples": [{"timestamp_s": 0.5, "reserved_memory_MB": %s, "allocated_memory_MB": %s}, {"timestamp_s": 1.5, "reserved_memory_MB": %s, "allocated_memory_MB": %s}], "peak_allocated_MB": %s%s}}\n' \
            $(($3 * 1024)) $(($3 * 500)) $(($3 * 1024)) $(($3 * 1000)) $(($3 * 1024)) "${4:+, \"theoretical_memory_MB\": $(($4 * 1024))}" \
            >"cells/memory_trace_rank0_wd16_tp$1_pp$2.json"
    }
    mkdir cells
    peak 1 4 60 90 && peak 2 2 77 84 && peak 2 4 16 31 && peak 4 2 33
    printf 'Config %s - SUCCESS\n' "1: TP=1, PP=4" "2: TP=2, PP=2" "3: TP=2, PP=4" "4: TP=4, PP=2" >cells/successful_configs.log
    printf 'Config %s - FAILED (%s)\n' "5: TP=1, PP=1" "status: 1, oom" "6: TP=2, PP=1" "status: 3, error" >cells/failed_configs.log
}

# agrees NAME READER FILE: what READER finds in FILE is as NAME has it; or is written there
agrees() {
    run "$PYTHON" "$facts/$2" ${write:+"$write"} "$3" "$facts/$1"
    report "$status" "$1"
}

# imported_agrees NAME: all that import_logs has written under this folder, but from a real writer's file, is as
# NAME.txt.told has it
imported_agrees() {
    find . \( -path '*/memory_traces/*.json' -o -name metrics.csv -o -name '*_configs.log' \) ! -path './real*' | LC_ALL=C sort |
        while read -r file; do echo "== $file" && cat "$file"; done >"$1.txt"
    agrees "$1.txt.told" told.py "$1.txt"
}
