/* musl's <stdio.h>, with a stdout that can be replaced, as that of glibc:
 * schemas/support/standard_output.h puts a stream in its place that escapes control characters.
 * packaging/bare.mk puts this folder on the way where the compiler's stdout is a constant. */
#ifndef PACKAGING_MUSL_STDIO_H
#define PACKAGING_MUSL_STDIO_H

#include_next <stdio.h>

__attribute__((weak))
FILE *standard_output; /* one for all files of a program, or library; at first NULL */

static inline FILE **standard_output_place(void)
{
    if (!standard_output)
        standard_output = stdout;
    return &standard_output;
}

#undef stdout
#define stdout                     (*standard_output_place())
#define printf(...)                fprintf(stdout, __VA_ARGS__)
#define vprintf(format, arguments) vfprintf(stdout, format, arguments)
#define puts(text)                 (fputs(text, stdout) < 0 ? EOF : putc('\n', stdout))
#define putchar(character)         putc(character, stdout)

#endif
