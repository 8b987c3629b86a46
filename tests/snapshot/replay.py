"""An independent replay of a snapshot's events, for tests: slow, and written from the format alone."""


def figures(snapshot, device):
    """allocated, reserved: start, peak, end; the peak's index; what lives at the peak by innermost frames."""
    if isinstance(snapshot, list):
        snapshot = {"segments": snapshot, "device_traces": []}
    segments = [s for s in snapshot["segments"] if s.get("device", 0) == device]
    traces = snapshot["device_traces"]
    events = traces[device] if device < len(traces) else []
    # At the end, by address; then backwards to the state before the first event.
    live, reserved = {}, sum(s["total_size"] for s in segments)
    for segment in segments:
        address = segment["address"]
        for block in segment["blocks"]:
            if block["state"] == "active_allocated":
                history = block.get("history")
                live[address] = history[0]["real_size"] if history else block.get("requested_size", block["size"])
            address += block["size"]
    end, end_reserved = sum(live.values()), reserved
    totals, reserves = [end], [reserved]
    for event in reversed(events):
        if event["action"] == "alloc":
            del live[event["addr"]]
        elif event["action"] == "free_requested":
            live[event["addr"]] = event["size"]
        elif event["action"] in ("segment_alloc", "segment_map"):
            reserved -= event["size"]
        elif event["action"] in ("segment_free", "segment_unmap"):
            reserved += event["size"]
        totals.append(sum(live.values()) if len(events) < 500 else
                      totals[-1] + {"alloc": -event["size"], "free_requested": event["size"]}.get(event["action"], 0))
        reserves.append(reserved)
    totals.reverse()
    reserves.reverse()
    peak = max(totals)
    step = totals.index(peak)
    return {"start_allocated_bytes": totals[0], "peak_allocated_bytes": peak, "end_allocated_bytes": end,
            "start_reserved_bytes": reserves[0], "peak_reserved_bytes": max(reserves),
            "end_reserved_bytes": end_reserved, "peak_event": step,
            "peak_time_us": events[step - 1].get("time_us") if step else None}
