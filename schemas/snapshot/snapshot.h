/* PyTorch's memory snapshots (torch.cuda.memory._dump_snapshot): see snapshot.md.
 *
 * A snapshot in memory is a few flat tables; texts, frames and stacks are kept once and known by
 * their numbers. Sizes are bytes, times microseconds since 1970.
 */
#ifndef SCHEMAS_SNAPSHOT_SNAPSHOT_H
#define SCHEMAS_SNAPSHOT_SNAPSHOT_H

#include "schemas/snapshot/text_table.h"
#include "schemas/support/fault.h"

enum snapshot_action {
    SNAPSHOT_ALLOC,
    SNAPSHOT_FREE_REQUESTED,
    SNAPSHOT_FREE_COMPLETED,
    SNAPSHOT_SEGMENT_ALLOC,
    SNAPSHOT_SEGMENT_FREE,
    SNAPSHOT_SEGMENT_MAP,
    SNAPSHOT_SEGMENT_UNMAP,
    SNAPSHOT_SNAPSHOT,
    SNAPSHOT_OOM,
    SNAPSHOT_OTHER, /* an action that this reader does not know: it changes nothing */
    SNAPSHOT_ACTIONS
};

/* "alloc", "free_requested", ... as torch writes them; "other". */
const char *snapshot_action_text(enum snapshot_action action);

struct snapshot_pool {
    int64_t id[2]; /* (0, 0): the default pool; others are private ones, of CUDA graphs */
};

#define SNAPSHOT_NO_TIME INT64_MIN

struct snapshot_event {
    uint64_t address; /* at an OOM: what CUDA says is free on the device */
    uint64_t size;    /* as it was asked for, before rounding; at an OOM: rounded */
    int64_t time_us;  /* SNAPSHOT_NO_TIME: older versions of torch wrote none */
    uint64_t stream;
    uint32_t stack;
    uint32_t metadata; /* text: user_metadata */
    uint32_t compile;  /* text: compile_context */
    uint32_t action;   /* enum snapshot_action */
};

enum snapshot_state { SNAPSHOT_INACTIVE, SNAPSHOT_ACTIVE, SNAPSHOT_PENDING /* free requested */ };

struct snapshot_block {
    uint64_t address, size;
    uint64_t requested; /* of an inactive block: of whoever had it last */
    uint32_t stack;
    uint32_t state; /* enum snapshot_state */
};

struct snapshot_segment {
    uint64_t address, size;
    uint64_t stream;
    int64_t device;
    struct snapshot_pool pool;
    size_t first_block, block_count;
    uint32_t stack;
    bool is_small, is_expandable;
};

struct snapshot_annotation {
    int64_t time_us, device;
    uint32_t name; /* text */
    bool is_start; /* else it ends */
};

struct snapshot_frame {
    uint32_t function, file; /* texts */
    int64_t line;            /* 0: not known, as of C++ */
};

struct snapshot_stack {
    size_t first; /* in the stack_frames; the innermost frame comes first */
    uint32_t count, hash;
};

struct snapshot_device {
    int64_t number;
    size_t first_event, event_count; /* in the order in which they happened */
};

struct snapshot_setting {
    uint32_t key, value; /* texts */
};

struct snapshot {
    struct text_table texts; /* 0: "" */
    size_t frame_count, stack_count, event_count, segment_count, block_count, annotation_count,
        device_count, setting_count;
    struct snapshot_frame *frames;
    struct snapshot_stack *stacks; /* 0: none was recorded */
    uint32_t *stack_frames;
    struct snapshot_event *events;
    struct snapshot_segment *segments;       /* by device and address */
    struct snapshot_block *blocks;           /* of one segment after the other, by address */
    struct snapshot_annotation *annotations; /* by time */
    struct snapshot_device *devices;         /* those with events or segments, ascending */
    struct snapshot_setting *settings; /* what the allocator was told, e.g. expandable_segments */
    bool is_bare_list;                 /* of an older torch: segments alone */
};

/* Reads a file. On failure the fault says "FILE: byte OFFSET: what" (or what is wrong with a
 * snapshot that is a fine pickle), and nothing is left to free. Runs nothing. Threads may read at
 * once, each its own. */
bool snapshot_read(const char *path, struct snapshot *snapshot, struct fault *fault);

/* The same from memory; `name` stands for the file in messages. */
bool snapshot_parse(const void *bytes, size_t length, const char *name, struct snapshot *snapshot,
                    struct fault *fault);

void snapshot_free(struct snapshot *snapshot);

static inline const char *snapshot_text(const struct snapshot *snapshot, uint32_t text)
{
    return text_table_get(&snapshot->texts, text);
}

#endif
