#include "schemas/snapshot/pickle.h"
#include "schemas/snapshot/snapshot.h"
#include "schemas/snapshot/snapshot_builder.h"

#include <stdlib.h>

static struct pickle_hooks hooks_of(struct snapshot_builder *builder)
{
    return (struct pickle_hooks){
        .context = builder,
        .begin = snapshot_builder_begin,
        .dict = snapshot_builder_dict,
        .list = snapshot_builder_list,
        .length = snapshot_builder_length,
        .item = snapshot_builder_item,
    };
}

/* The pickle has been read, or could not be. */
static bool finish(struct snapshot_builder *builder, struct pickle *pickle, bool read,
                   const char *name, struct fault *fault)
{
    struct snapshot *snapshot = builder->snapshot;
    builder->pickle = pickle;
    bool whole = read && snapshot_assemble(builder, name, fault);
    if (read) {
        snapshot->texts = pickle->texts;
        pickle->texts = (struct text_table){0};
        pickle_free(pickle);
    }
    stack_table_free(&builder->stacks);
    free(builder->histories);
    if (!whole)
        snapshot_free(snapshot);
    return whole;
}

bool snapshot_read(const char *path, struct snapshot *snapshot, struct fault *fault)
{
    struct snapshot_builder builder = {.snapshot = snapshot};
    const struct pickle_hooks hooks = hooks_of(&builder);
    struct pickle pickle;
    *snapshot = (struct snapshot){0};
    bool read = pickle_read(path, &hooks, &pickle, fault);
    return finish(&builder, &pickle, read, path, fault);
}

bool snapshot_parse(const void *bytes, size_t length, const char *name, struct snapshot *snapshot,
                    struct fault *fault)
{
    struct snapshot_builder builder = {.snapshot = snapshot};
    const struct pickle_hooks hooks = hooks_of(&builder);
    struct pickle pickle;
    *snapshot = (struct snapshot){0};
    bool read = pickle_parse(bytes, length, name, &hooks, &pickle, fault);
    return finish(&builder, &pickle, read, name, fault);
}

void snapshot_free(struct snapshot *snapshot)
{
    text_table_free(&snapshot->texts);
    free(snapshot->frames);
    free(snapshot->stacks);
    free(snapshot->stack_frames);
    free(snapshot->events);
    free(snapshot->segments);
    free(snapshot->blocks);
    free(snapshot->annotations);
    free(snapshot->devices);
    free(snapshot->settings);
    *snapshot = (struct snapshot){0};
}
