/* The heatmap as a reader of the paper gets it: the files are made, read back and measured. */
#include "schemas/support/text.h"
#include "schemas/support/units.h"
#include "tests/unit/unit.h"
#include "visualize/figure/figure.h"
#include "visualize/figure/figure_style.h"
#include "visualize/heatmap/axis_text.h"
#include "visualize/heatmap/draw.h"
#include "visualize/heatmap/metric.h"

#include <math.h>

enum { MOST_ROWS = 8, MOST_COLUMNS = 12, MOST_PANELS = 6, MOST_WORDS = 900 };

struct made {
    struct dimension_value y[MOST_ROWS], x[MOST_COLUMNS], facet[MOST_PANELS];
    struct heatmap_cell cells[MOST_ROWS * MOST_COLUMNS * MOST_PANELS];
    struct heatmap_grid grid;
    struct heatmap_figure heatmap;
    struct figure figure;
};

/* 1, 2, 4, ... */
static struct axis axis_of(size_t dimension, struct dimension_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        values[i] = (struct dimension_value){.known = true, .number = 1LL << i};
    return (struct axis){.dimension = dimension, .count = count, .values = values};
}

static void fill_cell(struct heatmap_cell *cell, size_t i)
{
    *cell = (struct heatmap_cell){.status = (enum heatmap_status)(i % 7 < 4 ? 1 : i % 7 - 4),
                                  .mentioned = true,
                                  .actual_mb = mb_from_gb(10.04 + (double)(i * 17 % 70)),
                                  .theory_mb = mb_from_gb(30.04 + (double)(i * 29 % 110)),
                                  .static_mb = NAN};
    if (i % 11 == 9)
        cell->theory_mb = NAN;
    if (i % 13 == 12)
        cell->actual_mb = NAN;
    heatmap_metric_find("memory", "GB")
        ->show(heatmap_metric_find("memory", "GB"), cell, mb_from_gb(80));
}

/* A grid with cells of every kind; three-digit theories, so that labels are as long as they get.
 * Without panels (0) there is one, without a title. */
static struct made *make_panels(size_t panels, size_t rows, size_t columns, double width_inch)
{
    struct made *made = calloc(1, sizeof *made);
    assert_non_null(made);
    made->grid =
        (struct heatmap_grid){.axes = {.x = DIMENSION_PP, .y = DIMENSION_TP, .facet = DIMENSION_CP},
                              .x = axis_of(DIMENSION_PP, made->x, columns),
                              .y = axis_of(DIMENSION_TP, made->y, rows),
                              .facet = axis_of(DIMENSION_CP, made->facet, panels),
                              .panel_count = panels ? panels : 1,
                              .cell_count = (panels ? panels : 1) * rows * columns,
                              .cells = made->cells};
    for (size_t i = 0; i < made->grid.cell_count; i++)
        fill_cell(&made->cells[i], i);
    made->heatmap = (struct heatmap_figure){.grid = &made->grid,
                                            .metric = heatmap_metric_find("memory", "GB"),
                                            .max_value = 80,
                                            .limit = 80};
    made->figure =
        (struct figure){.width_inch = width_inch,
                        .height_inch = heatmap_natural_height(&made->heatmap, NULL, width_inch),
                        .formats = FIGURE_PNG | FIGURE_PDF | FIGURE_SVG,
                        .dpi = 300,
                        .title = "test",
                        .draw = heatmap_draw,
                        .context = &made->heatmap};
    return made;
}

static struct made *make(size_t rows, size_t columns, double width_inch)
{
    return make_panels(0, rows, columns, width_inch);
}

static struct heatmap_layout layout_of(const struct made *made)
{
    cairo_surface_t *surface = cairo_recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, NULL);
    cairo_t *cairo = cairo_create(surface);
    struct heatmap_layout layout = heatmap_layout_make(
        cairo, &made->heatmap, made->figure.width_inch * 72, made->figure.height_inch * 72);
    cairo_destroy(cairo);
    cairo_surface_destroy(surface);
    return layout;
}

static void write_figure(const struct made *made, const char *folder)
{
    char base[4200];
    snprintf(base, sizeof base, "%s/figure", folder);
    struct fault fault = {0};
    if (!figure_write(&made->figure, base, NULL, NULL, &fault))
        fail_msg("%s", fault.text);
}

/* ---- words on the page, as pdftotext finds them ---- */

struct page_word {
    double left, top, right, bottom;
    char text[64];
};

static size_t read_words(const char *folder, struct page_word *words)
{
    char command[4300], line[1024];
    snprintf(command, sizeof command, "pdftotext -bbox '%s/figure.pdf' -", folder);
    FILE *stream = popen(command, "r"); /* NOLINT(cert-env33-c): a path of our own making */
    assert_non_null(stream);
    size_t count = 0;
    while (fgets(line, sizeof line, stream)) {
        struct page_word *word = &words[count];
        if (sscanf(line, " <word xMin=\"%lf\" yMin=\"%lf\" xMax=\"%lf\" yMax=\"%lf\">%63[^<]",
                   &word->left, &word->top, &word->right, &word->bottom, word->text) != 5)
            continue;
        /* The box is as high as the font's highest accents; the letters fill the middle of it. */
        bool upright =
            strlen(word->text) > 2 && word->bottom - word->top > 1.2 * (word->right - word->left);
        double spare = 0.2 * (upright ? word->right - word->left : word->bottom - word->top);
        word->left += upright ? spare : 0;
        word->right -= upright ? spare : 0;
        word->top += upright ? 0 : spare;
        word->bottom -= upright ? 0 : spare;
        assert_true(++count < MOST_WORDS);
    }
    assert_int_equal(pclose(stream), 0);
    return count;
}

static bool overlap(const struct page_word *a, const struct page_word *b)
{
    const double touch = 0.05;
    return a->left < b->right - touch && b->left < a->right - touch && a->top < b->bottom - touch &&
           b->top < a->bottom - touch;
}

static bool is_within(const struct page_word *word, struct axes_rectangle place)
{
    return word->left >= place.left && word->right <= place.left + place.width &&
           word->top >= place.top && word->bottom <= place.top + place.height;
}

static void check_in_panel(const struct made *made, const struct heatmap_layout *layout,
                           size_t panel, const struct page_word *word, double x, double y)
{
    struct axes_rectangle cells = heatmap_panel_place(layout, panel);
    size_t columns = made->grid.x.count, rows = made->grid.y.count;
    double column = (x - cells.left) / layout->cell_width;
    double row = (y - cells.top) / layout->cell_height;
    if (column < 0 || column >= (double)columns || row < 0 || row >= (double)rows)
        return;
    size_t tp = rows - 1 - (size_t)row, pp = (size_t)column;
    if (!is_within(word, heatmap_cell_place(layout, &made->grid, panel, tp, pp)))
        fail_msg("'%s' leaves its cell", word->text);
    const struct heatmap_cell *cell = heatmap_cell_at(&made->grid, panel, tp, pp);
    assert_true(cell->status == HEATMAP_SUCCESS || cell->note[0]);
}

/* Every word in the grid is wholly in one cell, and that cell ran, or says which of several. */
static void check_words(const struct made *made, const struct heatmap_layout *layout,
                        const struct page_word *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct page_word *word = &words[i];
        assert_true(word->left >= 0 && word->right <= made->figure.width_inch * 72 &&
                    word->top >= 0 && word->bottom <= made->figure.height_inch * 72);
        for (size_t k = 0; k < i; k++)
            if (overlap(word, &words[k]))
                fail_msg("'%s' and '%s' overlap", word->text, words[k].text);
        double x = (word->left + word->right) / 2, y = (word->top + word->bottom) / 2;
        for (size_t panel = 0; panel < made->grid.panel_count; panel++)
            check_in_panel(made, layout, panel, word, x, y);
    }
}

static void test_labels_stay_in_their_cells(void **state)
{
    (void)state;
    static const size_t sizes[][2] = {{1, 1}, {1, 12}, {8, 1}, {2, 3}, {4, 6}, {3, 9}, {8, 12}};
    static const double widths[] = {FIGURE_SINGLE_COLUMN_INCH, FIGURE_DOUBLE_COLUMN_INCH};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int width = 0; width < 2; width++) {
            struct made *made = make(sizes[i][0], sizes[i][1], widths[width]);
            made->figure.formats = FIGURE_PDF;
            char *folder = unit_make_folder();
            write_figure(made, folder);
            struct heatmap_layout layout = layout_of(made);
            assert_true(layout.label < HEATMAP_LABEL_NONE);
            assert_true(layout.label_pt >= 6 && layout.tick_pt >= 6);
            static struct page_word words[MOST_WORDS];
            check_words(made, &layout, words, read_words(folder, words));
            unit_remove_folder(folder);
            free(made);
        }
}

/* Several panels, and cells that say which of several they show. */
static void test_panels(void **state)
{
    (void)state;
    static const size_t panels[] = {1, 2, 3, 5, 6};
    for (size_t i = 0; i < 2 * sizeof panels / sizeof *panels; i++) {
        struct made *made = make_panels(
            panels[i / 2], 3, 4, i % 2 ? FIGURE_SINGLE_COLUMN_INCH : FIGURE_DOUBLE_COLUMN_INCH);
        made->grid.axes.over[made->grid.axes.over_count++] =
            (struct heatmap_over){DIMENSION_EP, false};
        for (size_t k = 0; k < made->grid.cell_count; k++)
            snprintf(made->cells[k].note, HEATMAP_NOTE, "EP %d", 1 << k % 7);
        made->figure.height_inch =
            heatmap_natural_height(&made->heatmap, NULL, made->figure.width_inch);
        made->figure.formats = FIGURE_PDF;
        char *folder = unit_make_folder();
        write_figure(made, folder);
        struct heatmap_layout layout = layout_of(made);
        assert_true(layout.label < HEATMAP_LABEL_ALONE); /* which of several is there to see */
        static struct page_word words[MOST_WORDS];
        size_t count = read_words(folder, words), titles = 0;
        check_words(made, &layout, words, count);
        for (size_t k = 0; k < count; k++)
            titles += strcmp(words[k].text, "CP") == 0;
        assert_int_equal(titles, panels[i / 2]);
        unit_remove_folder(folder);
        free(made);
    }
}

/* Panels have one size, and their rows and columns are in line. */
static void test_panels_in_line(void **state)
{
    (void)state;
    struct made *made = make_panels(6, 3, 4, FIGURE_DOUBLE_COLUMN_INCH);
    struct heatmap_layout layout = layout_of(made);
    assert_int_equal(layout.panel_columns, 3);
    assert_int_equal(layout.panel_rows, 2);
    struct axes_rectangle first = heatmap_panel_place(&layout, 0);
    struct axes_rectangle last = heatmap_panel_place(&layout, 5);
    assert_true(fabs(heatmap_panel_place(&layout, 3).left - first.left) < 1e-9);
    assert_true(fabs(heatmap_panel_place(&layout, 2).top - first.top) < 1e-9);
    assert_true(fabs(last.left + last.width - layout.plot.left - layout.plot.width) < 1e-9);
    assert_true(fabs(last.top + last.height - layout.plot.top - layout.plot.height) < 1e-9);
    free(made);
    made = make_panels(3, 3, 4, FIGURE_SINGLE_COLUMN_INCH);
    layout = layout_of(made);
    assert_int_equal(layout.panel_columns, 2);
    assert_int_equal(layout.panel_rows, 2);
    free(made);
}

/* ---- the words beside the cells ---- */

static void test_axis_titles(void **state)
{
    (void)state;
    struct heatmap_axis_title title = heatmap_axis_title(DIMENSION_TP);
    assert_string_equal(title.forms[0], "Tensor parallel size (TP)");
    assert_string_equal(title.forms[1], "TP size");
    assert_string_equal(title.forms[2], "TP");
    title = heatmap_axis_title(DIMENSION_RECOMPUTE);
    assert_string_equal(title.forms[0], "Recomputation");
    assert_string_equal(title.forms[2], "Recompute");
    title = heatmap_axis_title(DIMENSION_MICRO_BATCH_SIZE);
    assert_string_equal(title.forms[0], "Micro-batch size");
}

/* Words that do not fit side by side are turned, and all of them are there. */
static void test_words_below_columns(void **state)
{
    (void)state;
    static const char *const words[] = {"none", "selective", "full", "core-attn+moe-act"};
    for (int narrow = 0; narrow < 2; narrow++) {
        struct made *made = make(2, 4, narrow ? 2 : 7);
        made->grid.x.dimension = DIMENSION_RECOMPUTE;
        for (int i = 0; i < 4; i++)
            snprintf(made->x[i].word, DIMENSION_WORD_SIZE, "%s", words[i]);
        made->figure.height_inch = heatmap_natural_height(&made->heatmap, NULL, narrow ? 2 : 7);
        made->figure.formats = FIGURE_PDF;
        assert_int_equal(layout_of(made).x_ticks_upright, narrow);
        char *folder = unit_make_folder();
        write_figure(made, folder);
        static struct page_word read[MOST_WORDS];
        size_t count = read_words(folder, read), found = 0;
        for (size_t i = 0; i < count; i++)
            for (int k = 0; k < 4; k++)
                found += strcmp(read[i].text, words[k]) == 0;
        assert_int_equal(found, 4);
        unit_remove_folder(folder);
        free(made);
    }
}

static void check_bar(double max_value, double width_inch)
{
    struct made *made = make(3, 4, width_inch);
    made->heatmap.max_value = max_value;
    made->figure.formats = FIGURE_PDF;
    char *folder = unit_make_folder();
    write_figure(made, folder);
    struct heatmap_layout layout = layout_of(made);
    static struct page_word words[MOST_WORDS];
    check_words(made, &layout, words, read_words(folder, words));
    unit_remove_folder(folder);
    free(made);
}

static void test_bar_numbers_stay_clear_of_its_name(void **state)
{
    (void)state;
    static const double scales[] = {0.03, 0.7, 2, 3.5, 9, 24.7, 80, 141, 1500, 123456};
    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++) {
        check_bar(scales[i], FIGURE_DOUBLE_COLUMN_INCH);
        check_bar(scales[i], FIGURE_SINGLE_COLUMN_INCH);
    }
}

/* ---- the page ---- */

static bool pdf_says(const char *program, const char *folder, const char *pattern)
{
    char command[4400];
    snprintf(command, sizeof command, "%s '%s/figure.pdf' | grep -Eq '%s'", program, folder,
             pattern);
    return system(command) == 0; /* NOLINT(cert-env33-c): a path of our own making */
}

static void test_page_and_fonts(void **state)
{
    (void)state;
    struct made *made = make(4, 6, 7);
    made->figure.height_inch = 2.5;
    char *folder = unit_make_folder();
    write_figure(made, folder);
    assert_true(pdf_says("pdfinfo", folder, "^Page size: +504 x 180 pts"));
    assert_true(pdf_says("pdfinfo", folder, "^Title: +test$"));
    assert_true(pdf_says("pdfinfo", folder, "^Creator: +gmtrace"));
    assert_true(pdf_says("pdfinfo", folder, "^Pages: +1$"));
    assert_false(pdf_says("pdfinfo", folder, "Date"));
    /* Columns: name, type, encoding, embedded, subset, unicode. */
    assert_true(pdf_says("pdffonts", folder, "(Type 1C|TrueType)"));
    assert_false(pdf_says("pdffonts", folder, "Type 3"));
    assert_false(pdf_says("pdffonts", folder, " no +(yes|no) +(yes|no) +[0-9]"));
    assert_false(pdf_says("pdffonts", folder, " (yes|no) +(yes|no) +no +[0-9]"));
    unit_remove_folder(folder);
    free(made);
}

static void test_same_input_same_bytes(void **state)
{
    (void)state;
    struct made *made = make(4, 6, 3.33);
    char *first = unit_make_folder(), *second = unit_make_folder();
    write_figure(made, first);
    write_figure(made, second);
    /* cairo numbers the parts of an SVG through the whole process; the command-line test compares
     * those of two processes. */
    static const char *const names[] = {"figure.png", "figure.pdf"};
    for (int i = 0; i < 2; i++) {
        size_t length, again;
        char *bytes = unit_read_file(first, names[i], &length),
             *others = unit_read_file(second, names[i], &again);
        assert_int_equal(length, again);
        assert_memory_equal(bytes, others, length);
        free(bytes);
        free(others);
    }
    unit_remove_folder(first);
    unit_remove_folder(second);
    free(made);
}

static void test_source_date_epoch(void **state)
{
    (void)state;
    struct made *made = make(1, 2, 3.33);
    char *folder = unit_make_folder();
    setenv("SOURCE_DATE_EPOCH", "86400", 1);
    write_figure(made, folder);
    unsetenv("SOURCE_DATE_EPOCH");
    assert_true(pdf_says("TZ=UTC pdfinfo", folder, "^CreationDate:.* 2 00:00:00 1970"));
    unit_remove_folder(folder);
    free(made);
}

/* The data of a PNG's first chunk of that type, and how long it is. */
static const unsigned char *chunk_of(const char *png, size_t size, const char *type, size_t *length)
{
    const unsigned char *bytes = (const unsigned char *)png;
    for (size_t at = 8; at + 12 <= size; at += *length + 12) {
        *length = (size_t)bytes[at] << 24 | (size_t)bytes[at + 1] << 16 |
                  (size_t)bytes[at + 2] << 8 | bytes[at + 3];
        if (memcmp(bytes + at + 4, type, 4) == 0)
            return bytes + at + 8;
    }
    return NULL;
}

/* Placed on a page, a PNG is as large as it was meant to be. */
static void test_png_says_its_size(void **state)
{
    (void)state;
    struct made *made = make(2, 2, 3.33);
    made->figure.formats = FIGURE_PNG;
    made->figure.title = "Größe";
    char *folder = unit_make_folder();
    write_figure(made, folder);
    size_t size, length = 0;
    char *bytes = unit_read_file(folder, "figure.png", &size);
    const unsigned char *resolution = chunk_of(bytes, size, "pHYs", &length);
    assert_non_null(resolution);
    /* 300 an inch are 11,811 a metre, both ways. */
    static const unsigned char expected[] = {0, 0, 0x2e, 0x23, 0, 0, 0x2e, 0x23, 1};
    assert_int_equal(length, sizeof expected);
    assert_memory_equal(resolution, expected, sizeof expected);
    const unsigned char *title = chunk_of(bytes, size, "iTXt", &length);
    assert_true(title && length > 10 && memcmp(title, "Title", 6) == 0);
    assert_memory_equal(title + length - strlen("Größe"), "Größe", strlen("Größe"));
    free(bytes);
    unit_remove_folder(folder);
    free(made);
}

/* ---- pixels ---- */

struct picture {
    cairo_surface_t *surface;
    double scale; /* pixels a point */
};

static uint32_t pixel_at(const struct picture *picture, double x_pt, double y_pt)
{
    const unsigned char *data = cairo_image_surface_get_data(picture->surface);
    int stride = cairo_image_surface_get_stride(picture->surface);
    int x = (int)(x_pt * picture->scale), y = (int)(y_pt * picture->scale);
    uint32_t pixel;
    memcpy(&pixel, data + (ptrdiff_t)stride * y + (ptrdiff_t)4 * x, sizeof pixel);
    return pixel & 0xFFFFFF;
}

static bool near_colour(uint32_t pixel, struct colour colour)
{
    return fabs((double)(pixel >> 16) - colour.red * 255) <= 1.5 &&
           fabs((double)(pixel >> 8 & 0xFF) - colour.green * 255) <= 1.5 &&
           fabs((double)(pixel & 0xFF) - colour.blue * 255) <= 1.5;
}

/* Along a line near the cell's lower edge, below any text: how many pixels are white? */
static double white_share(const struct picture *picture, struct axes_rectangle place)
{
    int white = 0, all = 0;
    for (double x = place.left + 0.5; x < place.left + place.width - 0.5; x += 0.24, all++)
        white += pixel_at(picture, x, place.top + place.height - 1) == 0xFFFFFF;
    return (double)white / all;
}

static void check_cell(const struct made *made, const struct heatmap_layout *layout,
                       const struct picture *picture, size_t at)
{
    const struct heatmap_cell *cell = &made->cells[at];
    struct axes_rectangle place = heatmap_cell_place(
        layout, &made->grid, 0, at / made->grid.x.count, at % made->grid.x.count);
    struct colour ground = heatmap_ground(&made->heatmap, colour_map_worse(), cell);
    bool empty =
        cell->status == HEATMAP_NONE || (cell->status == HEATMAP_SUCCESS && isnan(cell->value));
    if (cell->overflow)
        assert_true(white_share(picture, place) > 0.1 &&
                    (empty || white_share(picture, place) < 0.5));
    else if (!empty)
        assert_true(near_colour(pixel_at(picture, place.left + 1.5, place.top + 1.5), ground) &&
                    white_share(picture, place) == 0);
}

static void test_pixels(void **state)
{
    (void)state;
    struct made *made = make(4, 6, 7);
    for (int i = 0; i < 24; i++) /* figures in all that ran, so that the ground is the scale's */
        if (isnan(made->cells[i].value))
            made->cells[i].value = 33;
    char *folder = unit_make_folder(), path[4200];
    write_figure(made, folder);
    snprintf(path, sizeof path, "%s/figure.png", folder);
    struct picture picture = {cairo_image_surface_create_from_png(path), 300 / 72.0};
    assert_int_equal(cairo_image_surface_get_width(picture.surface), 2100);
    assert_int_equal(cairo_image_surface_get_height(picture.surface),
                     lround(made->figure.height_inch * 300));
    struct heatmap_layout layout = layout_of(made);
    for (size_t i = 0; i < 24; i++)
        check_cell(made, &layout, &picture, i);
    cairo_surface_destroy(picture.surface);
    unit_remove_folder(folder);
    free(made);
}

/* What the sizes make impossible has no outline; what was not tried has one. */
static void test_impossible_cells(void **state)
{
    (void)state;
    struct made *made = make(1, 2, 3.33);
    for (int i = 0; i < 2; i++)
        made->cells[i] = (struct heatmap_cell){.impossible = i == 1, .value = NAN, .second = NAN};
    char *folder = unit_make_folder(), path[4200];
    write_figure(made, folder);
    snprintf(path, sizeof path, "%s/figure.png", folder);
    struct picture picture = {cairo_image_surface_create_from_png(path), 300 / 72.0};
    struct heatmap_layout layout = layout_of(made);
    for (size_t i = 0; i < 2; i++) {
        struct axes_rectangle place = heatmap_cell_place(&layout, &made->grid, 0, 0, i);
        uint32_t edge = pixel_at(&picture, place.left + 0.25, place.top + place.height / 2);
        assert_int_equal(edge == 0xFFFFFF, i == 1);
    }
    cairo_surface_destroy(picture.surface);
    unit_remove_folder(folder);
    free(made);
}

/* What the scale says of a few figures, computed apart: L* falls from 100 to the red's 46.1. */
static void test_scale(void **state)
{
    (void)state;
    struct heatmap_figure figure = {.metric = heatmap_metric_find("memory", "GB"), .max_value = 80};
    struct heatmap_cell cell = {.status = HEATMAP_SUCCESS, .value = 80};
    assert_true(near_colour(0xD62728, heatmap_ground(&figure, colour_map_worse(), &cell)));
    cell.value = 200;
    assert_true(near_colour(0xD62728, heatmap_ground(&figure, colour_map_worse(), &cell)));
    cell.value = 0;
    assert_true(near_colour(0xFFFFFF, heatmap_ground(&figure, colour_map_worse(), &cell)));
    cell.status = HEATMAP_OOM;
    assert_true(near_colour(0x3A3A3A, heatmap_ground(&figure, colour_map_worse(), &cell)));
}

/* ---- labels ---- */

static void label_is(double width_inch, double height_inch, enum heatmap_label expected)
{
    struct made *made = make(4, 6, width_inch);
    made->figure.height_inch = height_inch;
    assert_int_equal(layout_of(made).label, expected);
    free(made);
}

static void test_labels_shorten(void **state)
{
    (void)state;
    label_is(7, 2.5, HEATMAP_LABEL_NAMED);
    label_is(7, 1.3, HEATMAP_LABEL_UNITS);
    label_is(5, 1.3, HEATMAP_LABEL_PLAIN);
    label_is(3.33, 2.4, HEATMAP_LABEL_UNITS_STACKED);
    label_is(2.6, 3, HEATMAP_LABEL_STACKED);
    label_is(2.4, 1.5, HEATMAP_LABEL_ACTUAL);
    label_is(1.2, 1, HEATMAP_LABEL_NONE);
}

static void test_label_texts(void **state)
{
    (void)state;
    struct heatmap_cell cell = {
        .status = HEATMAP_SUCCESS, .actual_mb = 58716.72, .theory_mb = 140204.06};
    const struct heatmap_metric *memory = heatmap_metric_find("memory", "GB");
    memory->show(memory, &cell, mb_from_gb(80));
    struct heatmap_texts texts = {"Actual", "Theory", "GB", 1, true};
    char lines[HEATMAP_LABEL_LINES][HEATMAP_LABEL_SIZE];
    assert_int_equal(heatmap_label_lines(&texts, &cell, HEATMAP_LABEL_NAMED, lines), 2);
    assert_string_equal(lines[0], "Actual: 57.3 GB");
    assert_string_equal(lines[1], "Theory: 136.9 GB");
    assert_int_equal(heatmap_label_lines(&texts, &cell, HEATMAP_LABEL_UNITS, lines), 1);
    assert_string_equal(lines[0], "57.3 GB / 136.9 GB");
    assert_int_equal(heatmap_label_lines(&texts, &cell, HEATMAP_LABEL_PLAIN, lines), 1);
    assert_string_equal(lines[0], "57.3 / 136.9");
    assert_int_equal(heatmap_label_lines(&texts, &cell, HEATMAP_LABEL_ACTUAL, lines), 1);
    assert_string_equal(lines[0], "57.3");
    texts = (struct heatmap_texts){"Measured", "Megatron", "GiB", 2, true};
    assert_int_equal(heatmap_label_lines(&texts, &cell, HEATMAP_LABEL_NAMED, lines), 2);
    assert_string_equal(lines[0], "Measured: 57.34 GiB");
    assert_string_equal(lines[1], "Megatron: 136.92 GiB");
    cell.theory_mb = NAN;
    memory->show(memory, &cell, mb_from_gb(80));
    assert_int_equal(heatmap_label_lines(&texts, &cell, HEATMAP_LABEL_NAMED, lines), 1);
    /* Where no cell has a theory, the figure alone is enough. */
    texts = (struct heatmap_texts){"Actual", "Theory", "GB", 1, false};
    assert_int_equal(heatmap_label_lines(&texts, &cell, HEATMAP_LABEL_NAMED, lines), 1);
    assert_string_equal(lines[0], "57.3 GB");
    snprintf(cell.note, sizeof cell.note, "EP 8");
    assert_int_equal(heatmap_label_lines(&texts, &cell, HEATMAP_LABEL_ACTUAL, lines), 2);
    assert_string_equal(lines[1], "EP 8");
    assert_int_equal(heatmap_label_lines(&texts, &cell, HEATMAP_LABEL_ALONE, lines), 1);
    cell.note[0] = '\0';
    cell.status = HEATMAP_OOM;
    assert_int_equal(heatmap_label_lines(&texts, &cell, HEATMAP_LABEL_NAMED, lines), 0);
}

/* ---- what the eye sees ---- */

static struct colour colour_of(uint32_t pixel)
{
    return (struct colour){(double)(pixel >> 16) / 255, (double)(pixel >> 8 & 0xFF) / 255,
                           (double)(pixel & 0xFF) / 255};
}

/* The highest contrast of any pixel in a rectangle to its ground: that of its ink. */
static double ink_contrast(const struct picture *picture, struct axes_rectangle place,
                           struct colour ground)
{
    double most = 1, step = 1 / picture->scale;
    for (double y = place.top + 3; y < place.top + place.height - 3; y += step)
        for (double x = place.left + 3; x < place.left + place.width - 3; x += step)
            most = fmax(most, colour_contrast(colour_of(pixel_at(picture, x, y)), ground));
    return most;
}

static struct picture picture_of(const struct made *made, const char *folder)
{
    char path[4200];
    write_figure(made, folder);
    snprintf(path, sizeof path, "%s/figure.png", folder);
    return (struct picture){cairo_image_surface_create_from_png(path), made->figure.dpi / 72.0};
}

/* Every value of the scale, in every map, as drawn. */
static void test_contrast_of_pixels(void **state)
{
    (void)state;
    for (int map = 0; COLOUR_MAP_NAMES[map]; map++) {
        struct made *made = make(4, 12, 7);
        struct figure_style style = {.colours = COLOUR_MAP_NAMES[map]};
        made->figure.style = &style;
        made->figure.formats = FIGURE_PNG;
        for (int i = 0; i < 48; i++)
            made->cells[i] = (struct heatmap_cell){.status = i == 3 ? HEATMAP_OOM : HEATMAP_SUCCESS,
                                                   .value = 80.0 * i / 47,
                                                   .second = NAN};
        char *folder = unit_make_folder();
        struct picture picture = picture_of(made, folder);
        struct heatmap_layout layout = layout_of(made);
        for (size_t i = 0; i < 48; i++) {
            struct axes_rectangle place =
                heatmap_cell_place(&layout, &made->grid, 0, i / 12, i % 12);
            struct colour ground = colour_of(pixel_at(&picture, place.left + 1.5, place.top + 1.5));
            if (ink_contrast(&picture, place, ground) < 4.5)
                fail_msg("%s, %.0f GB: contrast %.2f", COLOUR_MAP_NAMES[map], made->cells[i].value,
                         ink_contrast(&picture, place, ground));
        }
        cairo_surface_destroy(picture.surface);
        unit_remove_folder(folder);
        free(made);
    }
}

/* The darkest fifth is bold, where that fits. */
static void test_bold_in_the_darkest_fifth(void **state)
{
    (void)state;
    cairo_surface_t *surface = cairo_recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, NULL);
    cairo_t *cairo = cairo_create(surface);
    struct made *made = make(4, 6, 7);
    struct heatmap_layout layout = layout_of(made);
    struct heatmap_cell cell = {.status = HEATMAP_SUCCESS, .value = 63.9, .second = NAN};
    assert_false(heatmap_label_style(cairo, &made->heatmap, &layout, &cell, COLOUR_WHITE).bold);
    cell.value = 64.1;
    assert_true(heatmap_label_style(cairo, &made->heatmap, &layout, &cell, COLOUR_WHITE).bold);
    layout.cell_width = 20;
    assert_false(heatmap_label_style(cairo, &made->heatmap, &layout, &cell, COLOUR_WHITE).bold);
    cell.status = HEATMAP_TOO_LARGE;
    layout.cell_width = 90;
    assert_false(heatmap_label_style(cairo, &made->heatmap, &layout, &cell, COLOUR_WHITE).bold);
    cairo_destroy(cairo);
    cairo_surface_destroy(surface);
    free(made);
}

/* A single cell is no slab, and what has no colours has no bar. */
static void test_small_grids(void **state)
{
    (void)state;
    struct made *made = make(1, 1, 7);
    made->cells[0] = (struct heatmap_cell){
        .status = HEATMAP_SUCCESS, .value = 40, .second = 50, .theory_mb = 50 * 1024};
    made->figure.height_inch = heatmap_natural_height(&made->heatmap, NULL, 7);
    assert_true(made->figure.height_inch < 1.5);
    struct heatmap_layout layout = layout_of(made);
    assert_true(layout.has_bar && layout.cell_width <= 132 && layout.cell_height <= 65);
    /* It stands in the middle, with what belongs to it. */
    assert_true(fabs((layout.y_title_left + layout.bar_title_right) / 2 - 252) < 3);
    made->cells[0].status = HEATMAP_OOM;
    layout = layout_of(made);
    assert_false(layout.has_bar);
    free(made);
}

/* The bar says where it ends, whatever its round numbers are. */
static void test_bar_ends(void **state)
{
    (void)state;
    static const struct {
        double most;
        const char *words[8];
    } cases[] = {{40, {"0", "10", "20", "30", "40"}}, {192, {"0", "50", "100", "150", "192"}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct made *made = make(4, 6, 7);
        for (int cell = 0; cell < 24; cell++)
            made->cells[cell] =
                (struct heatmap_cell){.status = HEATMAP_SUCCESS, .value = 17.7, .second = NAN};
        made->heatmap.max_value = cases[i].most;
        made->figure.formats = FIGURE_PDF;
        char *folder = unit_make_folder();
        write_figure(made, folder);
        struct heatmap_layout layout = layout_of(made);
        static struct page_word words[MOST_WORDS];
        size_t count = read_words(folder, words);
        for (int k = 0; cases[i].words[k]; k++) {
            bool found = false;
            for (size_t w = 0; w < count; w++)
                found |= strcmp(words[w].text, cases[i].words[k]) == 0 &&
                         words[w].left > layout.bar.left;
            if (!found)
                fail_msg("the bar to %g has no %s", cases[i].most, cases[i].words[k]);
        }
        unit_remove_folder(folder);
        free(made);
    }
}

/* ---- titles ---- */

/* The words of a title are all there, and all on the page; one that does not fit is an error. */
static void test_titles(void **state)
{
    (void)state;
    static const char *const titles[] = {
        "Short", "Peak memory of a model of 485 billion parameters on 8,192 GPUs by TP and PP",
        "Peak memory of a model of 485 billion parameters on 8,192 GPUs by tensor and by pipeline "
        "parallel size, of every configuration that was tried, with and without recomputation"};
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
        struct made *made = make(3, 4, FIGURE_SINGLE_COLUMN_INCH);
        made->heatmap.title = titles[i];
        made->figure.height_inch = heatmap_natural_height(&made->heatmap, NULL, 3.33);
        made->figure.formats = FIGURE_PDF;
        char *folder = unit_make_folder();
        write_figure(made, folder);
        struct heatmap_layout layout = layout_of(made);
        static struct page_word words[MOST_WORDS];
        size_t count = read_words(folder, words), found = 0, expected = 1;
        check_words(made, &layout, words, count);
        for (size_t k = 0; k < count; k++)
            found += words[k].bottom < layout.plot.top;
        for (const char *c = titles[i]; *c; c++)
            expected += *c == ' ';
        assert_int_equal(found, expected);
        unit_remove_folder(folder);
        free(made);
    }
    struct made *made = make(3, 4, FIGURE_SINGLE_COLUMN_INCH);
    char title[900] = "";
    while (strlen(title) < 800)
        strcat(title, "words "); /* NOLINT: there is room */
    made->heatmap.title = title;
    struct growing_text text;
    struct fault fault = {0};
    assert_true(growing_text_begin(&text));
    assert_false(figure_render(&made->figure, FIGURE_PDF, text.stream, &fault));
    assert_non_null(strstr(fault.text, "the title does not fit"));
    free(growing_text_end(&text));
    free(made);
}

static char warned[1200];

__attribute__((format(printf, 1, 2))) static void keep_warning(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t used = strlen(warned);
    vsnprintf(warned + used, sizeof warned - used, format, arguments);
    va_end(arguments);
}

/* Letters that no font has are told of, once for all formats; those of other scripts are not. */
static void test_missing_glyphs(void **state)
{
    (void)state;
    struct made *made = make(2, 2, 3.33);
    made->figure.warn = keep_warning;
    char *folder = unit_make_folder();
    made->heatmap.title = "Größe Мощность";
    warned[0] = '\0';
    write_figure(made, folder);
    assert_string_equal(warned, "");
    made->heatmap.title = "Peak \xF3\xB0\x80\x80\xF3\xB0\x80\x81"; /* private use */
    write_figure(made, folder);
    const char *text = strstr(warned, "no font here has 2 of the letters of 'Peak ");
    assert_non_null(text);
    assert_null(strstr(text + 1, "no font here"));
    unit_remove_folder(folder);
    free(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_labels_stay_in_their_cells),
        cmocka_unit_test(test_panels),
        cmocka_unit_test(test_panels_in_line),
        cmocka_unit_test(test_axis_titles),
        cmocka_unit_test(test_words_below_columns),
        cmocka_unit_test(test_impossible_cells),
        cmocka_unit_test(test_bar_numbers_stay_clear_of_its_name),
        cmocka_unit_test(test_page_and_fonts),
        cmocka_unit_test(test_same_input_same_bytes),
        cmocka_unit_test(test_source_date_epoch),
        cmocka_unit_test(test_png_says_its_size),
        cmocka_unit_test(test_pixels),
        cmocka_unit_test(test_scale),
        cmocka_unit_test(test_labels_shorten),
        cmocka_unit_test(test_label_texts),
        cmocka_unit_test(test_contrast_of_pixels),
        cmocka_unit_test(test_bold_in_the_darkest_fifth),
        cmocka_unit_test(test_small_grids),
        cmocka_unit_test(test_bar_ends),
        cmocka_unit_test(test_titles),
        cmocka_unit_test(test_missing_glyphs),
    };
    return cmocka_run_group_tests_name("heatmap_figure", tests, NULL, NULL);
}
