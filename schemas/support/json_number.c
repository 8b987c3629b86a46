#include "schemas/support/json_number.h"

#include <errno.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A decimal number taken apart: digits * 10^exponent. */
struct decimal {
    uint64_t digits; /* the first 19 significant ones */
    int64_t exponent;
    bool negative;
    bool exact; /* all digits are in `digits` */
};

/* Powers of ten that a double holds exactly (Clinger, How to Read Floating Point Numbers
 * Accurately, 1990): digits below 2^53 times or through one of these is rounded once, hence
 * correctly. */
static const double POWERS[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
enum { MOST_POWER = 22, MOST_DIGITS = 19 };

static locale_t c_locale;
static pthread_once_t c_locale_once = PTHREAD_ONCE_INIT;

static void make_c_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

/* Takes digits into the decimal; returns behind them. Leading zeros do not count as significant. */
static const char *take_digits(const char *at, const char *end, struct decimal *decimal,
                               int *significant)
{
    for (; at < end && is_digit(*at); at++) {
        if (*significant < MOST_DIGITS) {
            decimal->digits = decimal->digits * 10 + (uint64_t)(*at - '0');
            *significant += decimal->digits != 0;
        } else {
            decimal->exact = decimal->exact && *at == '0';
            decimal->exponent++;
        }
    }
    return at;
}

static const char *take_fraction(const char *at, const char *end, struct decimal *decimal,
                                 int *significant)
{
    const char *first = at;
    at = take_digits(at, end, decimal, significant);
    /* Digits that were dropped have raised the exponent; they too stand behind the point. */
    decimal->exponent -= at - first;
    return at;
}

static const char *take_exponent(const char *at, const char *end, struct decimal *decimal)
{
    bool negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    if (at == end || !is_digit(*at))
        return NULL;
    int64_t exponent = 0;
    for (; at < end && is_digit(*at); at++)
        if (exponent < 100000)
            exponent = exponent * 10 + (*at - '0');
    decimal->exponent += negative ? -exponent : exponent;
    return at;
}

/* Takes the number apart; returns behind it, or NULL (with *broken where) if it is none. */
static const char *take_apart(const char *at, const char *end, struct decimal *decimal,
                              const char **broken)
{
    int significant = 0;
    *decimal = (struct decimal){.exact = true};
    if (at < end && *at == '-') {
        decimal->negative = true;
        at++;
    }
    *broken = at;
    if (at == end || !is_digit(*at))
        return NULL;
    if (*at == '0')
        at++;
    else
        at = take_digits(at, end, decimal, &significant);
    if (at < end && *at == '.') {
        *broken = ++at;
        if (at == end || !is_digit(*at))
            return NULL;
        at = take_fraction(at, end, decimal, &significant);
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        *broken = at + 1;
        at = take_exponent(at + 1, end, decimal);
    }
    return at;
}

#ifdef __SIZEOF_INT128__
__extension__ typedef unsigned __int128 uint128;

bool json_number_divide(uint64_t digits, unsigned places, double *value)
{
    static const uint64_t powers[JSON_NUMBER_MOST_PLACES + 1] = {1ULL,
                                                                 10ULL,
                                                                 100ULL,
                                                                 1000ULL,
                                                                 10000ULL,
                                                                 100000ULL,
                                                                 1000000ULL,
                                                                 10000000ULL,
                                                                 100000000ULL,
                                                                 1000000000ULL,
                                                                 10000000000ULL,
                                                                 100000000000ULL,
                                                                 1000000000000ULL,
                                                                 10000000000000ULL,
                                                                 100000000000000ULL,
                                                                 1000000000000000ULL,
                                                                 10000000000000000ULL,
                                                                 100000000000000000ULL,
                                                                 1000000000000000000ULL,
                                                                 10000000000000000000ULL};
    if (digits == 0 || places > JSON_NUMBER_MOST_PLACES)
        return false;
    /* Both are moved up to fill their 64 bits, so that the quotient has 63 or 64; where something
     * is left over, the lowest bit says so, and the one rounding that follows is correct. */
    int up = __builtin_clzll(digits), divisor_up = __builtin_clzll(powers[places]);
    uint128 dividend = (uint128)(digits << up) << 63;
    uint64_t divisor = powers[places] << divisor_up;
    uint64_t quotient = (uint64_t)(dividend / divisor);
    quotient |= dividend % divisor != 0;
    *value = ldexp((double)quotient, divisor_up - up - 63);
    return true;
}
#else
bool json_number_divide(uint64_t digits, unsigned places, double *value)
{
    (void)digits;
    (void)places;
    (void)value;
    return false;
}
#endif

/* By one exact step, where there is one. */
static bool read_exactly(const struct decimal *decimal, double *value)
{
    double size;
    if (!decimal->exact || decimal->exponent < -MOST_POWER || decimal->exponent > MOST_POWER)
        return false;
    if (decimal->digits <= 1ULL << 53)
        size = decimal->exponent < 0 ? (double)decimal->digits / POWERS[-decimal->exponent]
                                     : (double)decimal->digits * POWERS[decimal->exponent];
    else if (decimal->exponent > 0 ||
             !json_number_divide(decimal->digits, (unsigned)-decimal->exponent, &size))
        return false;
    *value = decimal->negative ? -size : size;
    return true;
}

/* The rare ones: many digits, or far exponents. */
static double read_slowly(const char *start, const char *behind)
{
    char small[128];
    size_t length = (size_t)(behind - start);
    char *text = length < sizeof small ? small : malloc(length + 1);
    if (!text)
        return INFINITY;
    memcpy(text, start, length);
    text[length] = '\0';
    pthread_once(&c_locale_once, make_c_locale);
    int saved = errno;
    double value = c_locale ? strtod_l(text, NULL, c_locale) : strtod(text, NULL);
    errno = saved;
    if (text != small)
        free(text);
    return value;
}

enum json_number_end json_number_read(const char **at, const char *end, double *value)
{
    struct decimal decimal;
    const char *broken;
    const char *behind = take_apart(*at, end, &decimal, &broken);
    if (!behind) {
        *at = broken;
        return JSON_NUMBER_MALFORMED;
    }
    if (!read_exactly(&decimal, value)) {
        *value = read_slowly(*at, behind);
        if (isinf(*value))
            return JSON_NUMBER_TOO_LARGE;
    }
    *at = behind;
    return JSON_NUMBER_READ;
}

/* "-d.ddde-XX" with the fewest digits that read back the same (but for some powers of two, which
 * get one too many); returns how many stand behind the point. */
static int format_shortest(char buffer[JSON_NUMBER_TEXT], double value)
{
    /* Fifteen digits tell whether a number was short; only the tiniest have fewer to tell. */
    int behind = fabs(value) < DBL_MIN ? 0 : 14;
    for (;; behind++) {
        snprintf(buffer, JSON_NUMBER_TEXT, "%.*e", behind, value);
        if (behind == 16 || strtod(buffer, NULL) == value)
            return behind;
    }
}

/* As Python lays a number out: plainly from 1e-4 up to 1e16, and never without a fraction. */
static int lay_out(char buffer[JSON_NUMBER_TEXT], double value)
{
    int behind = format_shortest(buffer, value);
    char *power = strchr(buffer, 'e');
    char *last = power;
    long exponent = strtol(power + 1, NULL, 10);
    for (; behind > 0 && last[-1] == '0'; behind--)
        last--;
    if (exponent >= -4 && exponent < 16)
        return snprintf(buffer, JSON_NUMBER_TEXT, "%.*f",
                        behind > exponent ? behind - (int)exponent : 1, value);
    if (last[-1] == '.')
        last--;
    memmove(last, power, strlen(power) + 1);
    return (int)strlen(buffer);
}

int json_number_format(char buffer[JSON_NUMBER_TEXT], double value)
{
    pthread_once(&c_locale_once, make_c_locale);
    locale_t before = c_locale ? uselocale(c_locale) : (locale_t)0;
    int length = lay_out(buffer, value);
    if (c_locale)
        uselocale(before);
    return length;
}
