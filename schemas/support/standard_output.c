#include "schemas/support/standard_output.h"

#include "schemas/support/command.h"
#include "schemas/support/terminal.h"

#include <err.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static FILE *plain;
static atomic_bool lost;
static int error;          /* errno of the first write that failed, or 0 */
static unsigned char held; /* the first byte of a character whose second is still to come, or 0 */

static bool write_whole(const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(STDOUT_FILENO, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            error = error ? error : written < 0 ? errno : EIO;
            return false;
        }
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

/* Lines and columns are the command's own. */
static bool is_layout(unsigned char byte)
{
    return byte == '\n' || byte == '\t';
}

/* Writes what is not a control character as it is, in pieces as long as may be. */
static bool write_escaped(const unsigned char *text, size_t length)
{
    size_t from = 0;
    bool well = true;
    for (size_t at = 0; at < length && well;) {
        size_t control = terminal_control(text + at, length - at);
        if (control == 0 || is_layout(text[at])) {
            at++;
            continue;
        }
        well = write_whole((const char *)text + from, at - from);
        for (size_t i = 0; i < control && well; i++) {
            char escape[TERMINAL_ESCAPE];
            terminal_escape(escape, text[at + i]);
            well = write_whole(escape, sizeof escape);
        }
        at += control;
        from = at;
    }
    return well && write_whole((const char *)text + from, length - from);
}

static ssize_t take(void *cookie, const char *bytes, size_t length)
{
    (void)cookie;
    enum { FIRST_OF_TWO = 0xC2 };
    const unsigned char *text = (const unsigned char *)bytes;
    size_t left = length;
    bool well = true;
    if (held && left > 0) {
        const unsigned char pair[] = {held, text[0]};
        well = write_escaped(pair, sizeof pair);
        held = 0;
        text++;
        left--;
    }
    if (left > 0 && text[left - 1] == FIRST_OF_TWO)
        held = text[--left];
    well = well && write_escaped(text, left);
    return well ? (ssize_t)length : 0;
}

static void finish(void)
{
    bool failed = ferror(stdout) != 0;
    failed = fflush(stdout) != 0 || failed;
    failed = error != 0 || failed; /* musl's stream does not say so */
    failed = (held && !write_whole((const char *)&held, 1)) || failed;
    if (!failed && !standard_output_lost())
        return;
    errno = error ? error : EIO;
    if (failed)
        warn("standard output");
    else
        warnx("out of memory: not all is told that there is");
    _exit(EXIT_FAILED);
}

void standard_output_setup(void)
{
    FILE *escaping = fopencookie(NULL, "w", (cookie_io_functions_t){.write = take});
    if (!escaping)
        err(EXIT_FAILED, "standard output");
    setvbuf(escaping, NULL, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF, BUFSIZ);
    plain = stdout;
    stdout = escaping;
    if (atexit(finish) != 0)
        errx(EXIT_FAILED, "out of memory");
}

void standard_output_lose(void)
{
    atomic_store(&lost, true);
}

bool standard_output_lost(void)
{
    return atomic_load(&lost);
}

void standard_output_control(const char *sequence)
{
    if (fflush(stdout) == 0)
        write_whole(sequence, strlen(sequence));
}

FILE *standard_output_plain(void)
{
    return plain ? plain : stdout;
}

const char *name_text(struct name_text *buffer, const char *name)
{
    static const char cut[] = "...";
    const unsigned char *text = (const unsigned char *)name;
    size_t used = 0, length = strlen(name);
    for (size_t at = 0; at < length;) {
        size_t control = terminal_control(text + at, length - at), bytes = control ? control : 1;
        if (used + bytes * TERMINAL_ESCAPE + sizeof cut > sizeof buffer->text) {
            memcpy(buffer->text + used, cut, sizeof cut);
            return buffer->text;
        }
        for (size_t i = 0; i < bytes; i++, used += control ? TERMINAL_ESCAPE : 1)
            if (control)
                terminal_escape(buffer->text + used, text[at + i]);
            else
                buffer->text[used] = name[at];
        at += bytes;
    }
    buffer->text[used] = '\0';
    return buffer->text;
}
