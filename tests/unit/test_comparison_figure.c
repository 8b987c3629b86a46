/* The comparison's overview as a reader gets it: edges, axes, legend, titles, labels; measured in
 * what is drawn. */
#include "tests/unit/unit.h"
#include "visualize/comparison/overview.h"
#include "visualize/figure/figure.h"
#include "visualize/figure/figure_style.h"

#include <math.h>

enum { RANKS = 512, SAMPLES = 8, MOST_WORDS = 500 };
static const double DPI = 200;

struct made {
    struct comparison_pair pairs[OVERVIEW_TIMELINES];
    struct timeline timelines[OVERVIEW_TIMELINES];
    char titles[OVERVIEW_TIMELINES][OVERVIEW_TITLE];
    struct comparison_row rows[RANKS];
    struct overview overview;
    struct figure_style style;
    struct figure figure;
    char *folder;
};

/* A rank's curve over so many seconds, up to that many MB. */
static void make_side(struct comparison_side *side, double seconds, double mb)
{
    double times[SAMPLES], figures[SAMPLES];
    for (int i = 0; i < SAMPLES; i++) {
        times[i] = seconds * i / (SAMPLES - 1);
        figures[i] = mb * (0.5 + 0.5 * (i % 4) / 3);
    }
    struct trace_iteration iteration = {.peak_mb = mb,
                                        .theoretical_mb = 1.2 * mb,
                                        .static_mb = 0.5 * mb,
                                        .samples = {SAMPLES, times, figures, figures}};
    const struct trace trace = {.count = 1, .iterations = &iteration};
    assert_true(
        comparison_side_make(side, &trace, (struct comparison_choice){.which = COMPARISON_LAST}));
}

/* Most errors are small, some are not. */
static double error_of(size_t rank)
{
    return rank % 97 == 5 ? (rank % 2 ? 5 : -6) : (double)(rank * 37 % 41) / 100 - 0.2;
}

static struct made *make(size_t count, double mb, double width_inch)
{
    struct made *made = calloc(1, sizeof *made);
    assert_non_null(made);
    const struct configuration nothing = {0};
    for (size_t i = 0; i < count; i++)
        made->rows[i] = (struct comparison_row){.rank = (int64_t)i,
                                                .present = {true, true},
                                                .peak_mb = {mb, mb * (1 + error_of(i) / 100)},
                                                .static_mb = {0.5 * mb, 0.5 * mb},
                                                .theory_mb = 1.2 * mb,
                                                .errors = {.peak_percent = error_of(i)}};
    size_t chosen[OVERVIEW_TIMELINES];
    size_t used = overview_choose(made->rows, count, &nothing, chosen);
    for (size_t i = 0; i < used; i++) {
        make_side(&made->pairs[i].sides[0], 0.5 + 0.3 * (double)i, mb);
        make_side(&made->pairs[i].sides[1], 0.4, 0.9 * mb);
        comparison_pair_finish(&made->pairs[i], COMPARISON_ALIGN_START);
        overview_title(made->rows, count, &nothing, chosen[i], NULL, made->titles[i]);
        made->timelines[i] = (struct timeline){
            .pair = &made->pairs[i], .show_theory = true, .title = made->titles[i], .dpi = 300};
    }
    made->overview = (struct overview){
        .rows = made->rows, .count = count, .timelines = made->timelines, .timeline_count = used};
    made->figure = (struct figure){
        .width_inch = width_inch,
        .height_inch = overview_natural_height(&made->overview, &made->style, width_inch),
        .formats = FIGURE_PNG | FIGURE_PDF,
        .dpi = DPI,
        .style = &made->style,
        .draw = overview_draw,
        .context = &made->overview};
    made->folder = unit_make_folder();
    return made;
}

static void free_made(struct made *made)
{
    for (size_t i = 0; i < OVERVIEW_TIMELINES; i++)
        for (int side = 0; side < COMPARISON_SIDES; side++)
            comparison_side_free(&made->pairs[i].sides[side]);
    unit_remove_folder(made->folder);
    free(made);
}

static cairo_surface_t *picture_of(const struct made *made)
{
    char path[4200];
    struct fault fault = {0};
    snprintf(path, sizeof path, "%s/figure", made->folder);
    if (!figure_write(&made->figure, path, NULL, NULL, &fault))
        fail_msg("%s", fault.text);
    strcat(path, ".png"); /* NOLINT: there is room */
    return cairo_image_surface_create_from_png(path);
}

static bool is_dark(cairo_surface_t *picture, int x, int y)
{
    uint32_t pixel;
    memcpy(&pixel,
           cairo_image_surface_get_data(picture) +
               (ptrdiff_t)cairo_image_surface_get_stride(picture) * y + (ptrdiff_t)4 * x,
           sizeof pixel);
    return (pixel >> 16 & 0xFF) + (pixel >> 8 & 0xFF) + (pixel & 0xFF) < 3 * 140;
}

/* The longest dark line downwards in a column of pixels. */
static int longest_line(cairo_surface_t *picture, int x)
{
    int longest = 0, length = 0;
    for (int y = 0; y < cairo_image_surface_get_height(picture); y++) {
        length = is_dark(picture, x, y) ? length + 1 : 0;
        longest = length > longest ? length : longest;
    }
    return longest;
}

/* At the right there is one upright line, where all panels end, however they are arranged. */
static void test_panels_end_together(void **state)
{
    (void)state;
    static const size_t counts[] = {4, 8, 512};
    for (size_t i = 0; i < 2 * sizeof counts / sizeof *counts; i++) {
        struct made *made = make(counts[i / 2], 50000, i % 2 ? 3.33 : 7);
        cairo_surface_t *picture = picture_of(made);
        int width = cairo_image_surface_get_width(picture), first = -1, last = -1, lines = 0;
        int panels = (int)(i % 2 ? made->overview.timeline_count + 1 : 2);
        for (int x = width - (int)(0.25 * DPI); x < width; x++)
            if (longest_line(picture, x) > 0.35 * DPI) {
                first = first < 0 ? x : first;
                last = x;
            }
        assert_true(first > 0 && last - first <= 2);
        for (int y = 1; y < cairo_image_surface_get_height(picture); y++)
            lines += is_dark(picture, last, y) && !is_dark(picture, last, y - 1);
        assert_in_range(lines, panels, panels + 1);
        cairo_surface_destroy(picture);
        free_made(made);
    }
}

/* The dark line downwards in a column of pixels, from a row on: its length and where it begins. */
static int line_below(cairo_surface_t *picture, int x, int from, int *top)
{
    int longest = 0, length = 0;
    for (int y = from; y < cairo_image_surface_get_height(picture); y++) {
        length = is_dark(picture, x, y) ? length + 1 : 0;
        if (length > longest) {
            longest = length;
            *top = y - length + 1;
        }
    }
    return longest;
}

static int violet_pixels(struct made *made)
{
    cairo_surface_t *picture = picture_of(made);
    int count = 0, width = cairo_image_surface_get_width(picture);
    for (int y = 0; y < cairo_image_surface_get_height(picture); y++) {
        const unsigned char *row = cairo_image_surface_get_data(picture) +
                                   (ptrdiff_t)cairo_image_surface_get_stride(picture) * y;
        for (int x = 0; x < width; x++) {
            uint32_t pixel;
            memcpy(&pixel, row + (ptrdiff_t)4 * x, sizeof pixel);
            uint32_t red = pixel >> 16 & 0xFF, green = pixel >> 8 & 0xFF, blue = pixel & 0xFF;
            count += blue > red + 30 && red > green + 30;
        }
    }
    cairo_surface_destroy(picture);
    return count;
}

/* A line across the panel and one in the legend; neither where the GPU has far more memory. */
static void test_gpu_line(void **state)
{
    (void)state;
    struct made *made = make(1, 50000, 7);
    assert_int_equal(violet_pixels(made), 0);
    made->timelines[0].gpu_mb = 80 * 1024;
    assert_in_range(violet_pixels(made), 6 * (int)DPI, 20 * (int)DPI);
    made->timelines[0].gpu_mb = 400 * 1024;
    assert_int_equal(violet_pixels(made), 0);
    free_made(made);
}

/* The timelines beside each other are of one width and begin at one height, whatever stands at
 * their left and above them. */
static void test_timelines_are_alike(void **state)
{
    (void)state;
    static const double widths[] = {4.8, 5.5, 7};
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        struct made *made = make(8, 50000, widths[i]);
        enum { LINES = 2 * OVERVIEW_TIMELINES };
        int at[LINES] = {0}, tops[LINES] = {0}, count = 0;
        made->style.no_values = true;
        cairo_surface_t *picture = picture_of(made);
        int height = cairo_image_surface_get_height(picture);
        for (int x = 0; x < cairo_image_surface_get_width(picture); x++) {
            int top = 0, length = line_below(picture, x, height * 55 / 100, &top);
            bool same = count > 0 && x - at[count - 1] < 4;
            if (length < 0.8 * DPI || same)
                continue;
            assert_true(count < LINES);
            tops[count] = top;
            at[count++] = x;
        }
        assert_int_equal(count, LINES);
        for (int line = 2; line < LINES; line += 2)
            assert_in_range(at[line + 1] - at[line] - (at[1] - at[0]) + 2, 0, 4);
        for (int line = 1; line < LINES; line++)
            assert_in_range(tops[line] - tops[0] + 1, 0, 2);
        cairo_surface_destroy(picture);
        free_made(made);
    }
}

/* ---- words on the page, as pdftotext finds them ---- */

struct page_word {
    double left, top, right, bottom;
    char text[64];
};

static size_t read_words(const struct made *made, struct page_word *words)
{
    char command[4300], line[1024];
    snprintf(command, sizeof command, "pdftotext -bbox '%s/figure.pdf' -", made->folder);
    FILE *stream = popen(command, "r"); /* NOLINT(cert-env33-c): a path of our own making */
    assert_non_null(stream);
    size_t count = 0;
    while (fgets(line, sizeof line, stream)) {
        struct page_word *word = &words[count];
        if (sscanf(line, " <word xMin=\"%lf\" yMin=\"%lf\" xMax=\"%lf\" yMax=\"%lf\">%63[^<]",
                   &word->left, &word->top, &word->right, &word->bottom, word->text) == 5)
            assert_true(++count < MOST_WORDS);
    }
    assert_int_equal(pclose(stream), 0);
    return count;
}

static size_t count_of(const struct page_word *words, size_t count, const char *text)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += strcmp(words[i].text, text) == 0;
    return found;
}

/* Side by side the panels have one time axis, one unit, and one legend above all. */
static void test_one_axis_and_one_legend(void **state)
{
    (void)state;
    static struct page_word words[MOST_WORDS];
    struct made *made = make(8, 50000, 7);
    made->style.no_values = true;
    cairo_surface_destroy(picture_of(made));
    size_t count = read_words(made, words);
    assert_int_equal(made->overview.timeline_count, 3);
    static const char *const times[] = {"0.0", "0.5", "1.0"};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        assert_int_equal(count_of(words, count, times[i]), 3);
    static const char *const keys[] = {"real", "simulated", "static", "theory"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        assert_int_equal(count_of(words, count, keys[i]), 1);
    assert_int_equal(count_of(words, count, "(GB)"), 2); /* of the bars and of the first panel */
    free_made(made);
}

/* What is small is in MB, everywhere; a unit of the author's, too. */
static void test_one_unit(void **state)
{
    (void)state;
    static struct page_word words[MOST_WORDS];
    static const char *const given[] = {NULL, "GiB"};
    for (int i = 0; i < 2; i++) {
        /* The bars' theory is over 1 GB, and the peaks below it. */
        struct made *made = make(4, i ? 900 : 700, 7);
        made->style.unit = given[i];
        cairo_surface_destroy(picture_of(made));
        size_t count = read_words(made, words);
        const char *unit = i ? "GiB" : "MB", *others[] = {"GB", "(GB)", "MiB", i ? "MB" : "GiB"};
        assert_true(count_of(words, count, unit) >= 4);
        for (int k = 0; k < 4; k++)
            assert_int_equal(count_of(words, count, others[k]), 0);
        free_made(made);
    }
}

/* The names of outliers stand clear of all dots. */
static void test_outliers_stand_clear(void **state)
{
    (void)state;
    static struct page_word words[MOST_WORDS];
    static const double widths[] = {7, 3.33};
    for (int i = 0; i < 2; i++) {
        struct made *made = make(RANKS, 50000, widths[i]);
        cairo_surface_destroy(picture_of(made));
        size_t count = read_words(made, words), named = 0;
        made->style.no_values = true;
        cairo_surface_t *dots = picture_of(made);
        for (size_t k = 0; k + 2 < count; k++) {
            if (strcmp(words[k].text, "rank") != 0)
                continue;
            named++;
            double height = words[k].bottom - words[k].top;
            for (double y = words[k].top + 0.25 * height; y < words[k].bottom - 0.2 * height; y++)
                for (double x = words[k].left; x < words[k + 2].right; x += 0.3)
                    assert_false(is_dark(dots, (int)(x * DPI / 72), (int)(y * DPI / 72)));
        }
        assert_int_equal(named, 3);
        cairo_surface_destroy(dots);
        free_made(made);
    }
}

static void test_titles(void **state)
{
    (void)state;
    struct made *made = make(8, 50000, 7);
    struct configuration stages = {0};
    const struct configuration nothing = {0};
    const struct figure_style words = {
        .words.texts = {
            [WORD_RANK] = "GPU", [WORD_LARGEST_ERROR] = "worst", [WORD_FIRST] = "head"}};
    char title[OVERVIEW_TITLE];
    assert_true(configuration_add_tag(&stages, "pp4", 3, NULL));
    assert_true(configuration_add_tag(&stages, "tp2", 3, NULL));
    assert_true(configuration_add_tag(&stages, "wd8", 3, NULL));
    made->rows[2].errors.peak_percent = -9;
    overview_title(made->rows, 8, &stages, 0, NULL, title);
    assert_string_equal(title, "Rank 0 (first)");
    overview_title(made->rows, 8, &stages, 2, &words, title);
    assert_string_equal(title, "GPU 2 (worst)");
    overview_title(made->rows, 8, &stages, 6, NULL, title);
    assert_string_equal(title, "Rank 6 (last stage)");
    overview_title(made->rows, 8, &nothing, 7, NULL, title);
    assert_string_equal(title, "Rank 7 (last)");
    made->rows[0].errors.peak_percent = 12;
    overview_title(made->rows, 8, &stages, 0, NULL, title);
    assert_string_equal(title, "Rank 0 (first, largest error)");
    overview_title(made->rows, 3, &nothing, 2, NULL, title);
    assert_string_equal(title, "Rank 2");
    free_made(made);
}

/* A panel's title is clear of its frame: below its letters there is a white line. */
static void test_title_clear_of_frame(void **state)
{
    (void)state;
    static struct page_word words[MOST_WORDS];
    struct made *made = make(8, 50000, 7);
    cairo_surface_t *picture = picture_of(made);
    size_t count = read_words(made, words), titles = 0;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i].text, "Rank") != 0 || words[i].top < 100)
            continue;
        titles++;
        /* The box of the word reaches below its letters, and ends above the frame. */
        int y = (int)((words[i].bottom + 0.3) * DPI / 72);
        for (int x = (int)(words[i].left * DPI / 72); x < (int)(words[i].right * DPI / 72); x++)
            assert_false(is_dark(picture, x, y));
    }
    assert_true(titles >= 3);
    cairo_surface_destroy(picture);
    free_made(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_panels_end_together),     cmocka_unit_test(test_timelines_are_alike),
        cmocka_unit_test(test_one_axis_and_one_legend), cmocka_unit_test(test_one_unit),
        cmocka_unit_test(test_outliers_stand_clear),    cmocka_unit_test(test_titles),
        cmocka_unit_test(test_title_clear_of_frame),    cmocka_unit_test(test_gpu_line),
    };
    return cmocka_run_group_tests_name("comparison_figure", tests, NULL, NULL);
}
