#include "schemas/trace/json/json_skip.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__) && defined(__ARM_NEON)
#include <arm_neon.h>
#endif

enum { BLOCK = 64 };

/* A bit for each of a block's bytes: is it a quote, a backslash, a bracket? */
struct masks {
    uint64_t quotes, backslashes, opening, closing;
};

/* What one block passes on to the next. */
struct state {
    bool in_string;
    bool escaped; /* the next byte follows a backslash */
    uint64_t depth;
};

/* Bits that follow an odd run of backslashes: those bytes are text, whatever they are. */
static uint64_t escaped_bytes(uint64_t backslashes, bool *carry)
{
    uint64_t escaped = *carry;
    *carry = false;
    while (backslashes) {
        int at = __builtin_ctzll(backslashes);
        backslashes &= backslashes - 1;
        if (escaped >> at & 1)
            continue;
        if (at == BLOCK - 1)
            *carry = true;
        else
            escaped |= 2ULL << at;
    }
    return escaped;
}

/* Each bit becomes the parity of the bits up to it: from quotes to the bytes between them. */
static uint64_t between(uint64_t quotes)
{
    for (int shift = 1; shift < BLOCK; shift *= 2)
        quotes ^= quotes << shift;
    return quotes;
}

/* Takes a block in; returns the offset of the bracket that closes the array, or -1. */
static inline int take_block(struct state *state, struct masks masks)
{
    if (masks.backslashes | (uint64_t)state->escaped)
        masks.quotes &= ~escaped_bytes(masks.backslashes, &state->escaped);
    uint64_t brackets = masks.opening | masks.closing;
    if (brackets) {
        uint64_t strings = between(masks.quotes) ^ (state->in_string ? ~0ULL : 0);
        for (brackets &= ~strings; brackets; brackets &= brackets - 1) {
            int at = __builtin_ctzll(brackets);
            if (masks.opening >> at & 1)
                state->depth++;
            else if (--state->depth == 0)
                return at;
        }
    }
    state->in_string ^= (unsigned)__builtin_popcountll(masks.quotes) & 1;
    return -1;
}

static struct masks masks_plain(const char *block)
{
    struct masks masks = {0};
    for (int i = 0; i < BLOCK; i++) {
        masks.quotes |= (uint64_t)(block[i] == '"') << i;
        masks.backslashes |= (uint64_t)(block[i] == '\\') << i;
        masks.opening |= (uint64_t)(block[i] == '[') << i;
        masks.closing |= (uint64_t)(block[i] == ']') << i;
    }
    return masks;
}

/* One loop for each way to make masks; inlined, so that each is compiled for its processor. */
#define SKIP_LOOP(make_masks)                                                                      \
    for (; end - at >= BLOCK; at += BLOCK) {                                                       \
        int closed = take_block(state, make_masks(at));                                            \
        if (closed >= 0)                                                                           \
            return at + closed + 1;                                                                \
    }                                                                                              \
    *rest = at;                                                                                    \
    return NULL

static const char *skip_plain(const char *at, const char *end, struct state *state,
                              const char **rest)
{
    SKIP_LOOP(masks_plain);
}

#if defined(__x86_64__)
static inline uint64_t equal_sse2(const char *block, char byte)
{
    __m128i wanted = _mm_set1_epi8(byte);
    uint64_t mask = 0;
    for (int i = 0; i < BLOCK / 16; i++) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(block + (ptrdiff_t)16 * i));
        mask |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, wanted)) << (16 * i);
    }
    return mask;
}

static inline struct masks masks_sse2(const char *block)
{
    return (struct masks){equal_sse2(block, '"'), equal_sse2(block, '\\'), equal_sse2(block, '['),
                          equal_sse2(block, ']')};
}

__attribute__((target("avx2,popcnt,bmi"))) static inline uint64_t equal_avx2(const char *block,
                                                                             char byte)
{
    __m256i wanted = _mm256_set1_epi8(byte);
    const __m256i *halves = (const __m256i *)(const void *)block;
    __m256i low = _mm256_cmpeq_epi8(_mm256_loadu_si256(halves), wanted);
    __m256i high = _mm256_cmpeq_epi8(_mm256_loadu_si256(halves + 1), wanted);
    return (uint64_t)(unsigned)_mm256_movemask_epi8(low) |
           (uint64_t)(unsigned)_mm256_movemask_epi8(high) << 32;
}

__attribute__((target("avx2,popcnt,bmi"))) static inline struct masks masks_avx2(const char *block)
{
    return (struct masks){equal_avx2(block, '"'), equal_avx2(block, '\\'), equal_avx2(block, '['),
                          equal_avx2(block, ']')};
}

static const char *skip_sse2(const char *at, const char *end, struct state *state,
                             const char **rest)
{
    SKIP_LOOP(masks_sse2);
}

__attribute__((target("avx2,popcnt,bmi"))) static const char *
skip_avx2(const char *at, const char *end, struct state *state, const char **rest)
{
    SKIP_LOOP(masks_avx2);
}
#elif defined(__aarch64__) && defined(__ARM_NEON)
/* Each byte that is equal leaves the bit of its place within eight; pairs are added until eight
 * bytes are one. */
static inline uint64_t equal_neon(const char *block, char byte)
{
    const uint8x16_t places = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    uint8x16_t wanted = vdupq_n_u8((uint8_t)byte), found[BLOCK / 16];
    for (int i = 0; i < BLOCK / 16; i++)
        found[i] = vandq_u8(vceqq_u8(vld1q_u8((const uint8_t *)block + (ptrdiff_t)16 * i), wanted),
                            places);
    uint8x16_t sum = vpaddq_u8(vpaddq_u8(found[0], found[1]), vpaddq_u8(found[2], found[3]));
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(sum, sum)), 0);
}

static inline struct masks masks_neon(const char *block)
{
    return (struct masks){equal_neon(block, '"'), equal_neon(block, '\\'), equal_neon(block, '['),
                          equal_neon(block, ']')};
}

static const char *skip_neon(const char *at, const char *end, struct state *state,
                             const char **rest)
{
    SKIP_LOOP(masks_neon);
}
#endif

typedef const char *(*skip_fn)(const char *at, const char *end, struct state *state,
                               const char **rest);

static skip_fn skip_by(enum json_skip_way way)
{
    switch (way) {
#if defined(__x86_64__)
    case JSON_SKIP_AVX2:
        return __builtin_cpu_supports("avx2") ? skip_avx2 : NULL;
    case JSON_SKIP_SSE2:
        return skip_sse2;
#elif defined(__aarch64__) && defined(__ARM_NEON)
    case JSON_SKIP_NEON:
        return skip_neon;
#endif
    case JSON_SKIP_PLAIN:
        return skip_plain;
    default:
        return NULL; /* of another processor */
    }
}

bool json_skip_has(enum json_skip_way way)
{
    return skip_by(way) != NULL;
}

const char *json_skip_array_by(enum json_skip_way way, const char *at, const char *end)
{
    struct state state = {.depth = 1};
    const char *rest = at;
    const char *behind = skip_by(way)(at, end, &state, &rest);
    if (behind)
        return behind;
    /* The last bytes, filled up to a block with what means nothing. */
    char last[BLOCK];
    size_t length = (size_t)(end - rest);
    memset(last, ' ', sizeof last);
    for (size_t i = 0; i < length; i++)
        last[i] = rest[i];
    int closed = take_block(&state, masks_plain(last));
    return closed >= 0 ? rest + closed + 1 : NULL;
}

const char *json_skip_array(const char *at, const char *end)
{
    enum json_skip_way way = JSON_SKIP_FASTEST;
    while (!json_skip_has(way))
        way--;
    return json_skip_array_by(way, at, end);
}
