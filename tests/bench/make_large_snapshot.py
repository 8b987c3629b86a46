"""Makes a large memory snapshot out of a small one: its events over and over, each allocation with a list of
frames of its own, as torch writes them.

    make_large_snapshot.py SMALL LARGE MEGABYTES
"""
import pickle
import sys

small, large, megabytes = sys.argv[1], sys.argv[2], float(sys.argv[3])
snapshot = pickle.load(open(small, "rb"))
events = snapshot["device_traces"][0]
span = events[-1]["time_us"] - events[0]["time_us"] + 1000
live = set()
for event in events:
    if event["action"] == "alloc":
        live.add(event["addr"])
    elif event["action"] == "free_completed":
        live.discard(event["addr"])
# What lives at the end lives in the last round alone, so that nothing is allocated twice.
kept = [e for e in events if e["addr"] not in live]


def copies(number, of):
    lists = {}
    for event in of:
        copy = dict(event, time_us=event["time_us"] + number * span)
        key = id(event["frames"])
        if event["action"] == "alloc" or key not in lists:
            lists[key] = list(event["frames"])
        copy["frames"] = lists[key]
        yield copy


def size(rounds):
    return len(pickle.dumps([list(copies(i, kept)) for i in range(rounds)], 4))


rounds = max(1, int(megabytes * 1e6 / (size(3) - size(2))))
snapshot["device_traces"][0] = [e for i in range(rounds) for e in copies(i, kept)] + list(copies(rounds, events))
with open(large, "wb") as stream:
    pickle.dump(snapshot, stream, 4)
