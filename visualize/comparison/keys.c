#include "visualize/comparison/keys.h"

#include "visualize/figure/figure_style.h"
#include "visualize/figure/legend.h"

#include <math.h>

struct key {
    struct colour bar_colours[2], line_colour;
    bool bar, line; /* which there are */
    bool dashed;
};

static void draw_key(cairo_t *cairo, double width, double height, void *context)
{
    const struct key *key = context;
    double bar = key->line ? 0.42 * width : width;
    for (int i = 0; key->bar && i < 2; i++) {
        cairo_rectangle(cairo, bar / 2 * i, 0, bar / 2, height);
        colour_set(cairo, key->bar_colours[i]);
        cairo_fill(cairo);
    }
    if (!key->line)
        return;
    cairo_save(cairo);
    if (key->dashed)
        cairo_set_dash(cairo, (double[]){2.6, 1.4}, 2, 0);
    cairo_move_to(cairo, key->bar ? bar + 0.12 * width : 0, height / 2);
    cairo_line_to(cairo, width, height / 2);
    colour_set(cairo, key->line_colour);
    cairo_set_line_width(cairo, COMPARISON_LINE_TENTHS / 10.0);
    cairo_stroke(cairo);
    cairo_restore(cairo);
}

static void find_bars(struct key keys[COMPARISON_KINDS], const struct comparison_row *rows,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (int side = 0; side < COMPARISON_SIDES; side++) {
            keys[KIND_REAL + side].bar |= !isnan(rows[i].peak_mb[side]);
            keys[KIND_STATIC].bar |= !isnan(rows[i].static_mb[side]);
        }
        keys[KIND_THEORY].bar |= !isnan(rows[i].theory_mb);
    }
}

static void find_lines(struct key keys[COMPARISON_KINDS], const struct timeline *timelines,
                       size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (int side = 0; side < COMPARISON_SIDES; side++) {
            const struct comparison_side *of = &timelines[i].pair->sides[side];
            keys[KIND_REAL + side].line |= of->count > 0;
            keys[KIND_STATIC].line |= !isnan(of->static_mb);
            keys[KIND_THEORY].line |= timelines[i].show_theory && !isnan(of->theory_mb);
        }
}

static void set_colours(cairo_t *cairo, struct key keys[COMPARISON_KINDS])
{
    for (int kind = 0; kind < COMPARISON_KINDS; kind++) {
        struct colour colour = comparison_colour(cairo, (enum comparison_kind)kind);
        keys[kind].line_colour = colour;
        for (int i = 0; i < 2; i++) {
            struct colour side =
                comparison_colour(cairo, i == COMPARISON_REAL ? KIND_REAL : KIND_SIMULATED);
            keys[kind].bar_colours[i] = kind == KIND_THEORY ? comparison_theory_bar(cairo)
                                        : kind == KIND_STATIC
                                            ? colour_darker(side, COMPARISON_STATIC_DARKER)
                                            : colour;
        }
    }
    keys[KIND_SIMULATED].dashed = true;
}

double comparison_keys_draw(cairo_t *cairo, double left, double top, double width,
                            const struct comparison_row *rows, size_t count, bool bars,
                            const struct timeline *timelines, size_t timeline_count, bool draw)
{
    static const struct {
        enum word word;
        const char *usual;
    } names[COMPARISON_KINDS] = {{WORD_REAL, "real"},
                                 {WORD_SIMULATED, "simulated"},
                                 {WORD_STATIC, "static"},
                                 {WORD_THEORY, "theory"}};
    struct key keys[COMPARISON_KINDS] = {0};
    struct legend_entry entries[COMPARISON_KINDS];
    size_t used = 0;
    if (bars)
        find_bars(keys, rows, count);
    find_lines(keys, timelines, timeline_count);
    set_colours(cairo, keys);
    for (int kind = 0; kind < COMPARISON_KINDS; kind++)
        if (keys[kind].bar || keys[kind].line)
            entries[used++] = (struct legend_entry){
                figure_word(cairo, names[kind].word, names[kind].usual), draw_key, &keys[kind]};
    struct text_style style = {.size_pt = TEXT_SIZE_LABEL - 1};
    return legend_layout(cairo, left, top, width, entries, used, &style, draw);
}
