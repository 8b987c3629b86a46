#!/usr/bin/env python3
"""Makes recordings of one large job, as a killed job leaves them: sparse files of 1 MiB, each with a
header, the notes of a few iterations and a chunk of samples. make_recordings.py FOLDER COUNT"""
import os
import struct
import sys
import time

CHUNK, RECORDS, NOTES_AT = 4096, 127, 65536
RING_AT = NOTES_AT + 16384 * 32
SAMPLE, ITERATION, STATIC, PEAK, MEASURES, REPEAT = 1, 2, 3, 4, 9, 13
GPU = 80 << 30


def record(time_ns, kind, first, second, iteration):
    return struct.pack("<4Q", time_ns << 8 | kind, first, second, (iteration + 2**39) << 24 | 1)


def header(rank, world, stages, notes, start_ns):
    fixed = struct.pack("<8s4I2Q2qqQQQQ", b"GMTRACE\n", 1, 0x01020304, 4096, CHUNK, RING_AT, 16384,
                        rank, world, start_ns, 10**9, 4242, 0, 0)
    extents = struct.pack("<16Q", NOTES_AT, *[0] * 15)
    texts = struct.pack("<64s256s40s", b"GPU-00000000", b"", b"another boot")
    rest = struct.pack("<QQqQQQ5I", 1, GPU, start_ns, 0, 1, notes, 1, 1, 1, 
                       rank * stages // world + 1, 1)
    return (fixed + extents + texts + rest).ljust(4096, b"\0")


def write(path, rank, world, stages, start_ns):
    peak = (30 << 30) + rank * 7919 % (40 << 30)
    notes, samples = [], []
    for iteration in range(4):
        begin = iteration * 10**9
        notes += [record(begin, ITERATION, 0, 0, iteration), record(begin, MEASURES, 1, 1, iteration),
                  record(begin, STATIC, 20 << 30, 0, iteration),
                  record(begin + 9 * 10**8, PEAK, peak, 0, iteration)]
        for k in range(15):
            samples += [record(begin + k * 6 * 10**7, SAMPLE, peak * (k + 1) // 15, GPU, iteration),
                        record(begin + k * 6 * 10**7 + 4 * 10**7, REPEAT, 4, 0, iteration)]
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.ftruncate(file, 1 << 20)
    os.pwrite(file, header(rank, world, stages, len(notes), start_ns), 0)
    os.pwrite(file, b"".join(notes), NOTES_AT)
    os.pwrite(file, struct.pack("<4Q", 1, 0, 0, 0) + b"".join(samples), RING_AT)
    os.close(file)


def main():
    folder, count = sys.argv[1], int(sys.argv[2])
    os.makedirs(folder, exist_ok=True)
    start_ns = time.time_ns() - 3600 * 10**9
    tp, pp = next(shape for shape in ((8, 64), (1, 4), (1, 1)) if count % (shape[0] * shape[1]) == 0)
    for rank in range(count):
        name = f"memory_trace_rank{rank}_wd{count}_tp{tp}_pp{pp}.gmtrace"
        write(os.path.join(folder, name), rank, count, pp, start_ns)


main()
