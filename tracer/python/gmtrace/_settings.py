"""What `python -m gmtrace` was told: the same in its spawned children."""

import collections

#   directory: where traces go
#   interval_s: between samples
#   iteration_by: "optimizer", "megatron", or a number of optimizer steps
#   phases: forward, backward and step are told apart
#   snapshots: PyTorch's memory history is kept, and saved when memory runs out
#   tags: of the traces' names, in place of what is found out
Settings = collections.namedtuple("Settings", "directory interval_s iteration_by phases snapshots tags")

DEFAULTS = Settings("memory_traces", 0.01, None, False, False, None)
