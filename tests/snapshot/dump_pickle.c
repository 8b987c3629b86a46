/* What the pickle reader makes of files, one line each, for a test that compares it with Python's
 * own loader: "N", "T", "i12", "f<bits>", "s<hex>", "(..)", "[..]", "{key value ..}", or "refused:
 * why".
 *
 * dump_pickle FILE...
 * dump_pickle --prefixes FILE    how many of its prefixes are refused, as pickles and as snapshots
 */
#include "schemas/snapshot/pickle.h"
#include "schemas/snapshot/snapshot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_hex(const struct pickle *pickle, uint64_t text)
{
    const char *bytes = text_table_get(&pickle->texts, (uint32_t)text);
    for (size_t i = 0; i < text_table_length(&pickle->texts, (uint32_t)text); i++)
        printf("%02x", (unsigned char)bytes[i]);
}

static void put_float(double real)
{
    uint64_t bits;
    memcpy(&bits, &real, sizeof bits);
    printf("f%016" PRIx64, bits);
}

/* NOLINTNEXTLINE(misc-no-recursion): the test's own structures are not deep */
static void put_value(const struct pickle *pickle, const struct pickle_value *value)
{
    static const char *const brackets[] = {
        [PICKLE_TUPLE] = "()", [PICKLE_LIST] = "[]", [PICKLE_SET] = "<>", [PICKLE_DICT] = "{}"};
    switch (value->kind) {
    case PICKLE_NONE:
        putchar('N');
        return;
    case PICKLE_BOOL:
        putchar(value->integer ? 'T' : 'F');
        return;
    case PICKLE_INT:
        printf("i%" PRId64, value->integer);
        return;
    case PICKLE_FLOAT:
        put_float(value->real);
        return;
    case PICKLE_LONG:
    case PICKLE_TEXT:
    case PICKLE_BYTES:
        putchar(value->kind == PICKLE_LONG ? 'L' : value->kind == PICKLE_TEXT ? 's' : 'b');
        put_hex(pickle, value->text);
        return;
    default:
        break;
    }
    putchar(brackets[value->kind][0]);
    const struct pickle_container *container = &pickle->containers[value->container];
    for (size_t i = 0; value->container && i < container->count; i++) {
        if (i > 0)
            putchar(' ');
        put_value(pickle, &pickle->items[container->first + i]);
    }
    putchar(brackets[value->kind][1]);
}

static void dump(const char *path)
{
    static const struct pickle_hooks none = {0};
    struct pickle pickle;
    struct fault fault = {0};
    if (pickle_read(path, &none, &pickle, &fault)) {
        put_value(&pickle, &pickle.value);
        pickle_free(&pickle);
    } else {
        printf("refused: %s", fault.text);
    }
    putchar('\n');
}

static int try_prefixes(const char *path)
{
    static const struct pickle_hooks none = {0};
    static char bytes[1 << 20];
    FILE *stream = fopen(path, "re");
    size_t length = stream ? fread(bytes, 1, sizeof bytes, stream) : 0;
    if (stream)
        fclose(stream);
    size_t pickles = 0, snapshots = 0;
    for (size_t i = 0; i <= length; i++) {
        struct pickle pickle;
        struct snapshot snapshot;
        struct fault fault = {0};
        if (pickle_parse(bytes, i, "prefix", &none, &pickle, &fault))
            pickle_free(&pickle);
        else
            pickles += strncmp(fault.text, "prefix: ", 8) == 0;
        if (snapshot_parse(bytes, i, "prefix", &snapshot, &fault))
            snapshot_free(&snapshot);
        else
            snapshots += strncmp(fault.text, "prefix: ", 8) == 0;
    }
    printf("%zu bytes, refused as pickles: %zu, as snapshots: %zu\n", length, pickles, snapshots);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--prefixes") == 0)
        return try_prefixes(argv[2]);
    for (int i = 1; i < argc; i++)
        dump(argv[i]);
    return 0;
}
