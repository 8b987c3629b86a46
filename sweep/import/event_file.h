/* TensorBoard's event files: TFRecord files of Event messages. Read from memory, for any caller;
 * event_run.h has what they come to. */
#ifndef SWEEP_IMPORT_EVENT_FILE_H
#define SWEEP_IMPORT_EVENT_FILE_H

#include "schemas/support/fault.h"
#include "sweep/import/protobuf.h"

/* A value of an event. Texts are not ended by a zero, and live as long as the file's bytes. */
struct event_value {
    double wall_time_s; /* since 1970 */
    int64_t step;
    struct protobuf_bytes tag;
    double number;              /* NAN: it is none */
    struct protobuf_bytes text; /* of a text */
};

/* Returning false ends the reading. */
typedef bool (*event_visit_fn)(void *context, const struct event_value *value);

enum event_file_end {
    EVENT_FILE_WHOLE,
    EVENT_FILE_CUT,     /* within a record: all before it was read */
    EVENT_FILE_CORRUPT, /* a checksum is wrong, or a record is no event; all before it was read */
    EVENT_FILE_STOPPED, /* by the visitor */
};

/* Is this an event file? By its first record's length and that one's checksum. */
bool event_file_is(const uint8_t *bytes, size_t length);

/* Gives each scalar and text in the file's order. Where the end is not whole, the fault says where
 * and why, with the offset of the record. `name` stands for the file. */
enum event_file_end event_file_read(const uint8_t *bytes, size_t length, const char *name,
                                    event_visit_fn visit, void *context, struct fault *fault);

#endif
