#include "schemas/support/output_file.h"

#include "schemas/support/temporary_file.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The file behind a stream. stdio forgets why a write failed; this remembers. */
struct output_sink {
    struct temporary_file file;
    int error; /* errno of the first write that failed, or 0 */
};

static ssize_t sink_write(void *cookie, const char *bytes, size_t length)
{
    struct output_sink *sink = cookie;
    size_t done = 0;
    while (done < length) {
        ssize_t written = write(sink->file.fd, bytes + done, length - done);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            sink->error = sink->error ? sink->error : written < 0 ? errno : EIO;
            return 0;
        }
        done += (size_t)written;
    }
    return (ssize_t)length;
}

/* A rename would put a plain file in the place of a device or a pipe ("-o /dev/null" as root). */
static bool may_be_replaced(const char *path, struct fault *fault)
{
    struct stat status;
    if (stat(path, &status) != 0 || S_ISREG(status.st_mode))
        return true;
    if (S_ISDIR(status.st_mode))
        return fault_set(fault, "%s: cannot be written: it is a folder", path);
    return fault_set(fault, "%s: cannot be written: it is not a regular file", path);
}

void output_file_abandon(struct output_file *file)
{
    if (file->stream && file->stream != stdout)
        fclose(file->stream);
    if (file->sink)
        temporary_file_discard(&file->sink->file);
    free(file->sink);
    free(file->path);
    *file = (struct output_file){0};
}

bool output_file_open(struct output_file *file, const char *path, struct fault *fault)
{
    *file = (struct output_file){0};
    size_t length = strlen(path);
    if (strcmp(path, "-") == 0) {
        file->stream = stdout;
        return true;
    }
    if (length == 0 || path[length - 1] == '/')
        return fault_set(fault, "'%s': expected the name of a file to write", path);
    if (!may_be_replaced(path, fault))
        return false;

    struct output_sink *sink = malloc(sizeof *sink);
    file->path = strdup(path);
    errno = ENOMEM;
    if (!sink || !file->path || !temporary_file_open(&sink->file, path)) {
        fault_set_errno(fault, errno, "%s: cannot be written", path);
        free(sink);
        output_file_abandon(file);
        return false;
    }
    sink->error = 0;
    file->sink = sink;
    file->stream = fopencookie(sink, "w", (cookie_io_functions_t){.write = sink_write});
    if (!file->stream) {
        fault_set_errno(fault, errno, "%s: cannot be written", path);
        output_file_abandon(file);
        return false;
    }
    setvbuf(file->stream, NULL, _IOFBF, 1 << 16);
    return true;
}

static bool flush_standard_output(struct fault *fault)
{
    return (fflush(stdout) == 0 && !ferror(stdout)) ||
           fault_set_errno(fault, errno, "standard output: could not be written");
}

static bool flush_and_sync(struct output_file *file, struct fault *fault)
{
    bool failed = ferror(file->stream) || fflush(file->stream) != 0;
    if (file->sink->error)
        return fault_set_errno(fault, file->sink->error, "%s: could not be written", file->path);
    if (failed)
        return fault_set(fault, "%s: could not be written", file->path);
    /* Some file systems cannot sync, which is no fault of the file. */
    if (fsync(file->sink->file.fd) != 0 && errno != EINVAL && errno != ENOTSUP)
        return fault_set_errno(fault, errno, "%s: could not be written", file->path);
    return true;
}

static bool put_in_place(struct output_file *file, struct fault *fault)
{
    return temporary_file_become(&file->sink->file, file->path) ||
           fault_set_errno(fault, errno, "%s: could not be put in place", file->path);
}

bool output_file_commit(struct output_file *file, struct fault *fault)
{
    bool done = file->sink ? flush_and_sync(file, fault) && put_in_place(file, fault)
                           : flush_standard_output(fault);
    output_file_abandon(file); /* what is in place stays: it has no temporary name any more */
    return done;
}

bool output_file_end(struct output_file *file, bool whole, struct fault *fault)
{
    if (whole)
        return output_file_commit(file, fault);
    output_file_abandon(file);
    return false;
}

/* One folder, those above it being there. */
static bool make_one_folder(const char *folder, const char *asked_for, struct fault *fault)
{
    if (mkdir(folder, 0777) == 0)
        return true;
    /* Not only for EEXIST: a read-only or automounted file system may refuse before it looks. */
    int error = errno;
    struct stat status;
    if (stat(folder, &status) != 0)
        return fault_set_errno(fault, error, "%s: cannot make the folder %s", asked_for, folder);
    if (!S_ISDIR(status.st_mode))
        return fault_set(fault, "%s: cannot make the folder: %s is a file", asked_for, folder);
    return true;
}

bool make_folders(const char *path, struct fault *fault)
{
    if (!*path)
        return fault_set(fault, "'': expected the name of a folder");
    char *part = strdup(path);
    if (!part)
        return fault_set_errno(fault, ENOMEM, "%s", path);
    bool made = true;
    for (char *end = part; made && *end;) {
        end += strspn(end, "/");
        end += strcspn(end, "/");
        char kept = *end;
        *end = '\0';
        made = make_one_folder(part, path, fault);
        *end = kept;
    }
    free(part);
    return made;
}

bool make_folder_of(const char *path, struct fault *fault)
{
    char *copy = strdup(path);
    if (!copy)
        return fault_set_errno(fault, ENOMEM, "%s", path);
    bool made = make_folders(dirname(copy), fault);
    free(copy);
    return made;
}
