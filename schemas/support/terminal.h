/* Text that comes from outside (names of files and folders, what a file says) and goes to a
 * terminal: it must not be able to move the cursor, change colours, or pass for a line of its own.
 */
#ifndef SCHEMAS_SUPPORT_TERMINAL_H
#define SCHEMAS_SUPPORT_TERMINAL_H

#include <stddef.h>

/* The length in bytes of the control character that the text begins with (a byte below 0x20, 0x7F,
 * or one of U+0080 to U+009F), 0 where it begins with another character or has no bytes left. */
static inline size_t terminal_control(const unsigned char *text, size_t left)
{
    if (left > 0 && (text[0] < 0x20 || text[0] == 0x7F))
        return 1;
    return left > 1 && text[0] == 0xC2 && text[1] >= 0x80 && text[1] < 0xA0 ? 2 : 0;
}

enum { TERMINAL_ESCAPE = 4 }; /* "\x1B": the bytes that stand for one of a control character */

/* Writes \xNN, without a closing zero. */
static inline void terminal_escape(char escape[TERMINAL_ESCAPE], unsigned char byte)
{
    static const char digits[] = "0123456789ABCDEF";
    escape[0] = '\\';
    escape[1] = 'x';
    escape[2] = digits[byte >> 4];
    escape[3] = digits[byte & 0xF];
}

#endif
