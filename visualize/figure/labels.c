#include "visualize/figure/labels.h"

#include <math.h>

static const double PAD = 0.8, LEADER_PT = 0.35;

/* How far from the point, in parts of the text's size; from LED_FROM on a line leads there. */
static const double DISTANCES[] = {0.55, 1.1, 1.8, 2.6, 3.6, 4.8};
enum { DISTANCE_COUNT = sizeof DISTANCES / sizeof *DISTANCES, LED_FROM = 2 };

/* Where a label may lie from its point; without a wish of its own, the first ones first. */
static const struct direction {
    double across, up;
} DIRECTIONS[] = {{1, 0},      {-1, 0},      {0.7, 0.7}, {-0.7, 0.7},
                  {0.7, -0.7}, {-0.7, -0.7}, {0, 1},     {0, -1}};
enum { DIRECTION_COUNT = sizeof DIRECTIONS / sizeof *DIRECTIONS };

/* The directions that agree most with the label's wish first. */
static void order_directions(const struct label *label, int order[DIRECTION_COUNT])
{
    for (int i = 0; i < DIRECTION_COUNT; i++) {
        int at = i;
        double wish = label->across * DIRECTIONS[i].across + label->up * DIRECTIONS[i].up;
        for (; at > 0; at--) {
            const struct direction *before = &DIRECTIONS[order[at - 1]];
            if (label->across * before->across + label->up * before->up >= wish)
                break;
            order[at] = order[at - 1];
        }
        order[at] = i;
    }
}

static bool overlap(const struct axes_rectangle *a, const struct axes_rectangle *b)
{
    return a->left < b->left + b->width && b->left < a->left + a->width &&
           a->top < b->top + b->height && b->top < a->top + a->height;
}

static bool inside(const struct axes_rectangle *a, const struct axes_rectangle *within)
{
    return a->left >= within->left && a->top >= within->top &&
           a->left + a->width <= within->left + within->width &&
           a->top + a->height <= within->top + within->height;
}

/* The side of the box that faces the point is at the distance from it. */
static struct axes_rectangle box_at(const struct label *label, struct text_extent extent,
                                    const struct direction *direction, double distance)
{
    double width = extent.width + 2 * PAD, height = extent.ink_height + 2 * PAD;
    double x = label->x + direction->across * distance;
    double y = label->y - direction->up * distance;
    double align_x = direction->across > 0 ? 0 : direction->across < 0 ? 1 : 0.5;
    double align_y = direction->up > 0 ? 1 : direction->up < 0 ? 0 : 0.5;
    return (struct axes_rectangle){x - align_x * width, y - align_y * height, width, height};
}

static bool is_free(const struct axes_rectangle *box, const struct label *labels, size_t count,
                    const struct axes_rectangle *taken, size_t taken_count)
{
    for (size_t i = 0; i < count; i++)
        if (labels[i].placed && overlap(box, &labels[i].box))
            return false;
    for (size_t i = 0; i < taken_count; i++)
        if (overlap(box, &taken[i]))
            return false;
    return true;
}

size_t labels_place(cairo_t *cairo, struct label *labels, size_t count,
                    const struct text_style *style, struct axes_rectangle within,
                    const struct axes_rectangle *taken, size_t taken_count)
{
    size_t homeless = 0;
    for (size_t i = 0; i < count; i++)
        labels[i].placed = false;
    for (size_t i = 0; i < count; i++) {
        struct label *label = &labels[i];
        struct text_extent extent = text_measure(cairo, label->text, style);
        int order[DIRECTION_COUNT];
        order_directions(label, order);
        for (int k = 0; k < DISTANCE_COUNT * DIRECTION_COUNT && !label->placed; k++) {
            int distance = k / DIRECTION_COUNT;
            label->box = box_at(label, extent, &DIRECTIONS[order[k % DIRECTION_COUNT]],
                                DISTANCES[distance] * style->size_pt);
            label->led = distance >= LED_FROM;
            label->placed = inside(&label->box, &within) &&
                            is_free(&label->box, labels, count, taken, taken_count);
        }
        homeless += !label->placed;
    }
    return homeless;
}

/* From the box's nearest point. */
static void draw_leader(cairo_t *cairo, const struct label *label)
{
    const struct axes_rectangle *box = &label->box;
    cairo_move_to(cairo, fmin(fmax(label->x, box->left), box->left + box->width),
                  fmin(fmax(label->y, box->top), box->top + box->height));
    cairo_line_to(cairo, label->x, label->y);
    cairo_set_line_width(cairo, LEADER_PT);
    colour_set(cairo, COLOUR_OUTLINE);
    cairo_stroke(cairo);
}

void labels_draw(cairo_t *cairo, const struct label *labels, size_t count,
                 const struct text_style *style)
{
    for (size_t i = 0; i < count; i++)
        if (labels[i].placed && labels[i].led)
            draw_leader(cairo, &labels[i]);
    for (size_t i = 0; i < count; i++) {
        const struct label *label = &labels[i];
        if (!label->placed)
            continue;
        struct text_extent extent = text_measure(cairo, label->text, style);
        /* The ink stands in the middle of the box, whichever letters reach below the line. */
        text_draw(cairo, label->box.left + PAD, label->box.top + PAD - extent.ink_top, 0, 0,
                  label->text, style);
    }
}
