/* Standard output, as every command has it: control characters in what is printed become \xNN, and
 * an error of writing becomes the command's failure. For mains only. */
#ifndef SCHEMAS_SUPPORT_STANDARD_OUTPUT_H
#define SCHEMAS_SUPPORT_STANDARD_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

/* Puts such a stream into the place of stdout; command_setup calls it. When the command ends, by
 * exit or by return from main, what was printed is flushed; where that fails, or failed before, it
 * says why and ends with EXIT_FAILED. */
void standard_output_setup(void);

/* What is printed is not all that there is, for want of memory: the command is to fail when it
 * ends.
 */
void standard_output_lose(void);
bool standard_output_lost(void);

/* For redrawing on a terminal: writes the sequence as it is, behind what was printed before. */
void standard_output_control(const char *sequence);

/* The stream that was stdout, for curses. */
FILE *standard_output_plain(void);

/* A name (of a file, a folder) on one line: newlines, which stdout lets pass, are escaped too. The
 * text is the buffer's; what does not fit ends in "...". */
struct name_text {
    char text[4400];
};
const char *name_text(struct name_text *buffer, const char *name);
#define NAME(name) name_text(&(struct name_text){{0}}, name)

#endif
