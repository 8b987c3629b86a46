#include "visualize/figure/axes.h"

#include "visualize/figure/bundle.h"
#include "visualize/figure/figure.h"
#include "visualize/figure/text.h"

#include <limits.h>
#include <math.h>
#include <plplot/plplot.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double MM_PER_POINT = 25.4 / 72.0;
static const double TICK_LENGTH = 2.2, NUMBER_GAP = 1.2; /* points */

static const char DEVICE[] = "extcairo";
enum { INK = 1, MOST_DEVICES = 100, MOST_NUMBERS = 512 };

/* What is being drawn. PLplot ends the process when it meets an error, unless told where to go
 * instead: back to axes_draw_on, which is there for as long as PLplot is at work. */
static jmp_buf failed;
static cairo_t *drawn_on;
static double page_points[2];

/* The frame at hand, and the numbers around the frames, which are drawn once PLplot has left the
 * context. */
static struct axes_rectangle frame;
static struct number {
    double x, y, align_x, align_y;
    struct text_style style;
    char text[AXES_NUMBER];
} numbers[MOST_NUMBERS];
static size_t number_count;

/* Why nothing more is drawn with PLplot, whose state is not to be trusted after a failure; "" while
 * nothing is wrong. */
static struct fault broken;

static int on_exit_wanted(const char *message)
{
    fault_set(&broken, "PLplot: %s", message);
    longjmp(failed, 1); /* NOLINT(cert-err52-cpp): the only way past PLplot's own exit() */
}

/* It goes on without what it was asked to draw. */
static void on_abort(const char *message)
{
    figure_fail(drawn_on, "PLplot: %s", message);
}

/* Asked for a device that it does not have, PLplot would ask the user for another one. */
static bool has_device(void)
{
    const char *titles[MOST_DEVICES], *names[MOST_DEVICES];
    int count = MOST_DEVICES;
    plgDevs((PLCHAR_VECTOR **)&(const char **){titles}, (PLCHAR_VECTOR **)&(const char **){names},
            &count);
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], DEVICE) == 0)
            return true;
    return false;
}

static void begin(void)
{
    plsdev(DEVICE);
    plsetopt("drvopt", "set_background=0");
    plspage(0, 0, (PLINT)lround(page_points[0]), (PLINT)lround(page_points[1]), 0, 0);
    plspause(0);
    plinit();
    pl_cmd(PLESC_DEVINIT, drawn_on);
    pladv(0);
}

static void draw_with_plplot(void (*draw)(void *context), void *context)
{
    static bool is_there;
    bundle_use();
    plsexit(on_exit_wanted);
    if (!is_there && !has_device()) {
        fault_set(&broken,
                  "PLplot has no device %s: install plplot-driver-cairo, or set PLPLOT_DRV_DIR to "
                  "the folder of its drivers",
                  DEVICE);
        return;
    }
    is_there = true;
    plsabort(on_abort);
    begin();
    draw(context);
    plend();
}

void axes_draw_on(cairo_t *cairo, double page_width, double page_height,
                  void (*draw)(void *context), void *context)
{
    page_points[0] = page_width;
    page_points[1] = page_height;
    drawn_on = cairo;
    number_count = 0;
    cairo_save(cairo); /* the device turns the page's y axis round and leaves it so */
    if (!broken.text[0] && !setjmp(failed)) /* NOLINT(cert-err52-cpp) */
        draw_with_plplot(draw, context);
    cairo_restore(drawn_on);
    if (broken.text[0])
        figure_fail(drawn_on, "%s", broken.text);
    for (size_t i = 0; i < number_count; i++)
        text_draw(drawn_on, numbers[i].x, numbers[i].y, numbers[i].align_x, numbers[i].align_y,
                  numbers[i].text, &numbers[i].style);
}

void axes_frame(struct axes_rectangle place, struct axes_range x, struct axes_range y)
{
    frame = place;
    plvpor(place.left / page_points[0], (place.left + place.width) / page_points[0],
           1 - (place.top + place.height) / page_points[1], 1 - place.top / page_points[1]);
    plwind(x.least, x.most, y.least, y.most);
}

static void ink_set(struct colour ink, double width_pt)
{
    plscol0(INK, (PLINT)lround(ink.red * 255), (PLINT)lround(ink.green * 255),
            (PLINT)lround(ink.blue * 255));
    plcol0(INK);
    plwidth(width_pt);
}

/* PLplot's letters: the lines alone (b, c), without ticks. */
static const char *line_letters(unsigned sides)
{
    bool near = sides & AXES_LINE_NEAR, far = sides & AXES_LINE_FAR;
    return near && far ? "bc" : near ? "b" : far ? "c" : "";
}

/* PLplot's letters: ticks without a line (u, w) outwards (i), on the sides that have numbers;
 * sub-ticks (s). */
static void tick_letters(char *letters, size_t size, const struct axes_scale *scale)
{
    bool near = scale->sides & AXES_NUMBERS_NEAR, far = scale->sides & AXES_NUMBERS_FAR;
    if (scale->tick > 0 && (near || far))
        snprintf(letters, size, "%s%sit%s", near ? "u" : "", far ? "w" : "",
                 scale->subticks > 1 ? "s" : "");
    else
        letters[0] = '\0';
}

/* ---- numbers ---- */

const char *axes_number_text(double value, double tick, char text[AXES_NUMBER])
{
    int decimals = (int)fmin(12, fmax(0, -floor(log10(tick) + 1e-9)));
    bool is_zero = fabs(value) < tick * 1e-6;
    snprintf(text, AXES_NUMBER, "%s%.*f", value < 0 && !is_zero ? "\xE2\x88\x92" : "", decimals,
             is_zero ? 0 : fabs(value));
    return text;
}

/* The ticks of a scale, by their number from the first that is in the range. */
static long long tick_count(const struct axes_scale *scale, double *first)
{
    *first = ceil(scale->range.least / scale->tick - 1e-9);
    return llround(floor(scale->range.most / scale->tick + 1e-9) - *first) + 1;
}

static void add_number(double x, double y, double align_x, double align_y, double value,
                       double tick, const struct text_style *style)
{
    if (number_count == MOST_NUMBERS) {
        figure_fail(drawn_on, "too many numbers beside its axes");
        return;
    }
    struct number *number = &numbers[number_count++];
    *number = (struct number){x, y, align_x, align_y, *style, ""};
    axes_number_text(value, tick, number->text);
}

/* Below the frame, and above it. */
static void add_x_number(const struct axes_scale *scale, double value, double share,
                         const struct text_style *style)
{
    double x = frame.left + frame.width * share;
    if (scale->sides & AXES_NUMBERS_NEAR)
        add_number(x, frame.top + frame.height + TICK_LENGTH, 0.5, 0, value, scale->tick, style);
    if (scale->sides & AXES_NUMBERS_FAR)
        add_number(x, frame.top - TICK_LENGTH, 0.5, 1, value, scale->tick, style);
}

/* At the left of the frame, and at its right. */
static void add_y_number(const struct axes_scale *scale, double value, double share,
                         const struct text_style *style)
{
    double y = frame.top + frame.height * (1 - share), away = TICK_LENGTH + NUMBER_GAP;
    if (scale->sides & AXES_NUMBERS_NEAR)
        add_number(frame.left - away, y, 1, 0.5, value, scale->tick, style);
    if (scale->sides & AXES_NUMBERS_FAR)
        add_number(frame.left + frame.width + away, y, 0, 0.5, value, scale->tick, style);
}

static void add_numbers(const struct axes_scale *scale, bool is_y, const struct text_style *style)
{
    double first;
    if (!(scale->tick > 0) || !(scale->sides & (AXES_NUMBERS_NEAR | AXES_NUMBERS_FAR)))
        return;
    long long count = tick_count(scale, &first);
    for (long long i = 0; i < count && i <= MOST_NUMBERS; i++) {
        double value = (first + (double)i) * scale->tick;
        double share = (value - scale->range.least) / (scale->range.most - scale->range.least);
        if (is_y)
            add_y_number(scale, value, share, style);
        else
            add_x_number(scale, value, share, style);
    }
}

void axes_draw(const struct axes_scale *x, const struct axes_scale *y, double size_pt,
               struct colour ink, double width_pt)
{
    char x_letters[16], y_letters[16];
    tick_letters(x_letters, sizeof x_letters, x);
    tick_letters(y_letters, sizeof y_letters, y);
    ink_set(ink, width_pt);
    pllsty(1);
    plsmaj(TICK_LENGTH * MM_PER_POINT, 1);
    plsmin(0.55 * TICK_LENGTH * MM_PER_POINT, 1);
    plbox(line_letters(x->sides), 0, 0, line_letters(y->sides), 0, 0);
    plbox(x_letters, x->tick, x->subticks, y_letters, y->tick, y->subticks);
    struct text_style style = {.size_pt = size_pt, .ink = ink};
    add_numbers(x, false, &style);
    add_numbers(y, true, &style);
}

void axes_curve(size_t count, const double *x, const double *y, struct colour ink, double width_pt,
                enum axes_dash dash)
{
    /* Mark and space in micrometres. */
    static PLINT dashed_mark = 1100, dashed_space = 600, dotted_mark = 250, dotted_space = 450;
    ink_set(ink, width_pt);
    if (dash == AXES_SOLID)
        pllsty(1);
    else if (dash == AXES_DASHED)
        plstyl(1, &dashed_mark, &dashed_space);
    else
        plstyl(1, &dotted_mark, &dotted_space);
    /* PLplot counts in 32 bits; a figure's curve has been reduced long before that. */
    plline((PLINT)(count < INT_MAX ? count : INT_MAX), x, y);
    pllsty(1);
}

double axes_round_tick(struct axes_range range, int most_parts)
{
    double span = range.most - range.least;
    if (!(span > 0) || !isfinite(span) || most_parts < 1)
        return 0;
    static const double steps[] = {1, 2, 5, 10};
    double least = span / most_parts;
    double power = pow(10, floor(log10(least)));
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (steps[i] * power >= least * (1 - 1e-9))
            return steps[i] * power;
    return 10 * power;
}

double axes_numbers_width(cairo_t *cairo, struct axes_range range, double tick, double size_pt)
{
    if (!(tick > 0))
        return 0;
    const double ends[] = {ceil(range.least / tick) * tick, floor(range.most / tick) * tick};
    double widest = 0;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char text[AXES_NUMBER];
        axes_number_text(ends[i], tick, text);
        widest =
            fmax(widest, text_measure(cairo, text, &(struct text_style){.size_pt = size_pt}).width);
    }
    return widest;
}
