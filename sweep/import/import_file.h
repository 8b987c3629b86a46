/* A file of any form that import_logs understands. */
#ifndef SWEEP_IMPORT_IMPORT_FILE_H
#define SWEEP_IMPORT_IMPORT_FILE_H

#include "sweep/import/imported_run.h"

/* Recognised by content. Whatever is nothing else is a log. */
enum import_form {
    IMPORT_FORM_LOG,
    IMPORT_FORM_EVENTS, /* TensorBoard's */
    IMPORT_FORM_GOLDEN, /* recorded values of Megatron-LM's functional tests */
    IMPORT_FORM_GPUS,   /* a table of nvidia-smi's */
};
enum import_form import_form_of(const char *path);

/* Reads a file into a run that has just begun. False where it cannot be read. True with a text in
 * the fault where a part could not; *corrupt then says that it is more than a missing end. */
bool import_file_read(struct import_run *run, const char *path, bool *corrupt, struct fault *fault);

#endif
