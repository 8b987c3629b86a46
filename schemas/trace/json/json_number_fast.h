/* The common numbers of a trace, inline: plain decimals of at most 19 digits. Whatever else there
 * is, json_number_read reads. */
#ifndef SCHEMAS_TRACE_JSON_JSON_NUMBER_FAST_H
#define SCHEMAS_TRACE_JSON_JSON_NUMBER_FAST_H

#include "schemas/support/json_number.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* How many bytes json_number_fast may look at: 24 digits, a point, 24 digits, and what follows. */
enum { JSON_NUMBER_FAST_REACH = 50 };

#if defined(__x86_64__) || __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__

/* Takes up to eight digits in a few steps: *value becomes *value * 10^count + the digits. */
static inline unsigned json_digits_take(const char *at, uint64_t *value)
{
    static const uint32_t powers[] = {1,      10,      100,      1000,     10000,
                                      100000, 1000000, 10000000, 100000000};
    uint64_t word;
    memcpy(&word, at, sizeof word);
    word ^= 0x3030303030303030U; /* digits become 0 to 9, all else more */
    uint64_t others = (word | (word + 0x7676767676767676U)) & 0x8080808080808080U;
    unsigned count = others ? (unsigned)__builtin_ctzll(others) / 8 : 8;
    if (count == 0)
        return 0;
    /* Zeros in front, then neighbours are joined: to pairs, fours, eight. */
    word <<= 64 - 8 * count;
    word = (word * 10 + (word >> 8)) & 0x00FF00FF00FF00FFU;
    word = (word * 100 + (word >> 16)) & 0x0000FFFF0000FFFFU;
    word = (word * 10000 + (word >> 32)) & 0xFFFFFFFFU;
    *value = *value * powers[count] + word;
    return count;
}

/* A run of digits, at most 24 of them; more are left, and the caller gives up on them. */
static inline const char *json_digits_run(const char *at, uint64_t *value)
{
    unsigned count = 8;
    for (int i = 0; i < 3 && count == 8; i++) {
        count = json_digits_take(at, value);
        at += count;
    }
    return at;
}

/* Reads a number at *at, where JSON_NUMBER_FAST_REACH bytes may be looked at, and moves *at behind
 * it; false (and nothing moves) where it is not of the common kind. */
static inline bool json_number_fast(const char **at, double *value)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,
                                    1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19};
    const char *start = *at;
    uint64_t digits = 0;
    const char *behind = json_digits_run(start, &digits);
    long whole = behind - start, fraction = 0;
    if (*behind == '.') {
        const char *point = behind;
        behind = json_digits_run(point + 1, &digits);
        fraction = behind - point - 1;
        if (fraction == 0)
            return false;
    }
    bool leading_zero = *start == '0' && whole > 1;
    if (whole == 0 || leading_zero || whole + fraction > 19 || (*behind | 0x20) == 'e')
        return false;
    if (digits <= 1ULL << 53)
        *value = (double)digits / powers[fraction];
    else if (!json_number_divide(digits, (unsigned)fraction, value))
        return false;
    *at = behind;
    return true;
}

#else

static inline bool json_number_fast(const char **at, double *value)
{
    (void)at;
    (void)value;
    return false;
}

#endif
#endif
