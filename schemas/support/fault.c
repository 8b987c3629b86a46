#include "schemas/support/fault.h"

#include "schemas/support/terminal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char CUT[] = "...";

/* Steps back from `end` to where a UTF-8 character begins, so that a cut never halves one. */
static size_t character_start(const char *text, size_t end)
{
    while (end > 0 && ((unsigned char)text[end] & 0xC0) == 0x80)
        end--;
    return end;
}

/* Copies `raw` into the first `room` bytes of `text` (the closing zero among them), on one line;
 * what does not fit, or was cut before, ends in "...". `text` has room for that. */
static void put_on_one_line(char *text, size_t room, const char *raw, bool was_cut)
{
    size_t used = 0, fits = 0; /* `fits`: how much may stay if "..." must follow */
    size_t length = strlen(raw);
    for (size_t at = 0, bytes; at < length; at += bytes) {
        const unsigned char *c = (const unsigned char *)raw + at;
        size_t control = terminal_control(c, length - at);
        bytes = control ? control : 1;
        size_t need = control ? control * TERMINAL_ESCAPE : 1;
        if (used + need >= room) {
            was_cut = true;
            break;
        }
        for (size_t i = 0; i < control; i++)
            terminal_escape(text + used + i * TERMINAL_ESCAPE, c[i]);
        if (!control)
            text[used] = raw[at];
        used += need;
        if (used + sizeof CUT <= room)
            fits = used;
    }
    text[used] = '\0';
    if (was_cut) {
        /* The byte after `fits` may be in the middle of a character. */
        fits = character_start(text, fits);
        memcpy(text + fits, CUT, sizeof CUT);
    }
}

static void put_formatted(char *text, size_t room, const char *format, va_list arguments)
{
    /* Apart from `text`: an argument may well be the fault's own text, with more put around it. */
    char raw[sizeof((struct fault *)0)->text];
    int length = vsnprintf(raw, sizeof raw, format, arguments);
    if (length < 0)
        raw[0] = '\0';
    bool cut = length >= (int)sizeof raw;
    if (cut)
        raw[character_start(raw, sizeof raw - 2)] = '\0';
    put_on_one_line(text, room, raw, cut);
}

bool fault_set(struct fault *fault, const char *format, ...)
{
    if (!fault)
        return false;
    int saved = errno;
    va_list arguments;
    va_start(arguments, format);
    put_formatted(fault->text, sizeof fault->text, format, arguments);
    va_end(arguments);
    fault->error = 0;
    errno = saved;
    return false;
}

/* strerror() for any thread: glibc's strerror_r() returns the text, that of POSIX (musl) fills the
 * buffer. */
static const char *error_text(int error, char *buffer, size_t size)
{
#ifdef __GLIBC__
    return strerror_r(error, buffer, size);
#else
    return strerror_r(error, buffer, size) == 0 ? buffer : "unknown error";
#endif
}

bool fault_set_errno(struct fault *fault, int error, const char *format, ...)
{
    if (!fault)
        return false;
    int saved = errno;
    char buffer[128];
    const char *reason = error_text(error, buffer, sizeof buffer);
    size_t tail = strlen(reason) + 2;

    va_list arguments;
    va_start(arguments, format);
    put_formatted(fault->text, sizeof fault->text - tail, format, arguments);
    va_end(arguments);
    size_t used = strlen(fault->text);
    snprintf(fault->text + used, sizeof fault->text - used, ": %s", reason);
    fault->error = error;
    errno = saved;
    return false;
}
