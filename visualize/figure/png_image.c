#include "visualize/figure/png_image.h"

#include <endian.h>
#include <math.h>
#include <png.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const double METRES_PER_INCH = 0.0254;
enum { OPAQUE_BYTES = 3, MOST_BYTES = 4 }; /* a pixel */

/* Flat colours compress best as they are: libpng's search for a filter takes longer than the
 * compression, and the file grows by it. Level 3 is zlib's last without lazy matching, which would
 * take twice the time to save a sixth. */
enum { COMPRESSION_LEVEL = 3 };

/* Of zlib's tables (its own choice is 8): each 32 KiB of the picture, it goes over the whole of
 * them, which costs more than the search for repetitions. The files are as small with this one. */
enum { COMPRESSION_MEMORY_LEVEL = 6 };

static void on_error(png_structp png, const char *message)
{
    (void)message;
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, const char *message)
{
    (void)png, (void)message;
}

static void put_texts(png_structp png, png_infop info, const char *title)
{
    char *name = (char *)"gmtrace " GMTRACE_VERSION, *words = (char *)(title ? title : "");
    png_text texts[] = {
        {.compression = PNG_TEXT_COMPRESSION_NONE, .key = (char *)"Software", .text = name},
        {.compression = PNG_ITXT_COMPRESSION_NONE, .key = (char *)"Title", .text = words},
    };
    png_set_text(png, info, texts, title ? 2 : 1);
}

static bool has_alpha(cairo_surface_t *surface)
{
    return cairo_image_surface_get_format(surface) == CAIRO_FORMAT_ARGB32;
}

static void put_header(png_structp png, png_infop info, cairo_surface_t *surface, double dpi,
                       const char *title)
{
    png_uint_32 a_metre = (png_uint_32)lround(dpi / METRES_PER_INCH);
    png_set_IHDR(png, info, (png_uint_32)cairo_image_surface_get_width(surface),
                 (png_uint_32)cairo_image_surface_get_height(surface), 8,
                 has_alpha(surface) ? PNG_COLOR_TYPE_RGB_ALPHA : PNG_COLOR_TYPE_RGB,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_pHYs(png, info, a_metre, a_metre, PNG_RESOLUTION_METER);
    put_texts(png, info, title);
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_NONE);
    png_set_compression_level(png, COMPRESSION_LEVEL);
    png_set_compression_mem_level(png, COMPRESSION_MEMORY_LEVEL);
    png_write_info(png, info);
}

/* cairo's pixel is a number of 32 bits, 0xAARRGGBB, whose colours have been multiplied by their
 * opacity; without it, 0x..RRGGBB. */
static uint32_t pixel_at(const unsigned char *pixels, size_t x)
{
    uint32_t pixel;
    memcpy(&pixel, pixels + sizeof pixel * x, sizeof pixel);
    return pixel;
}

/* Four bytes are stored at once for each pixel; the next one's are written over the fourth, and the
 * row has room for that of the last. A loop over the channels takes eight times as long. */
static void take_opaque_row(const unsigned char *pixels, size_t width, unsigned char *row)
{
    for (size_t x = 0; x < width; x++) {
        uint32_t red_first = htobe32(pixel_at(pixels, x) << 8);
        memcpy(row + OPAQUE_BYTES * x, &red_first, sizeof red_first);
    }
}

static void take_transparent_row(const unsigned char *pixels, size_t width, unsigned char *row)
{
    for (size_t x = 0; x < width; x++) {
        uint32_t pixel = pixel_at(pixels, x);
        unsigned alpha = pixel >> 24;
        for (int shift = 16; shift >= 0; shift -= 8) {
            unsigned channel = pixel >> shift & 0xFF;
            *row++ =
                (unsigned char)(alpha == 0 || alpha == 255 ? channel
                                                           : (channel * 255 + alpha / 2) / alpha);
        }
        *row++ = (unsigned char)alpha;
    }
}

static bool put_image(png_structp png, png_infop info, cairo_surface_t *surface, double dpi,
                      const char *title, unsigned char *row, FILE *stream)
{
    if (setjmp(png_jmpbuf(png))) /* NOLINT(cert-err52-cpp): how libpng tells of failures */
        return false;
    png_init_io(png, stream);
    put_header(png, info, surface, dpi, title);
    const unsigned char *pixels = cairo_image_surface_get_data(surface);
    size_t width = (size_t)cairo_image_surface_get_width(surface);
    int height = cairo_image_surface_get_height(surface);
    bool with_alpha = has_alpha(surface);
    for (int y = 0; y < height; y++) {
        if (with_alpha)
            take_transparent_row(pixels, width, row);
        else
            take_opaque_row(pixels, width, row);
        png_write_row(png, row);
        pixels += cairo_image_surface_get_stride(surface);
    }
    png_write_end(png, info);
    return true;
}

bool png_image_write(cairo_surface_t *surface, double dpi, const char *title, FILE *stream)
{
    cairo_surface_flush(surface);
    size_t width = (size_t)cairo_image_surface_get_width(surface);
    unsigned char *row = malloc(width * MOST_BYTES + 1);
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    bool written = row && info && put_image(png, info, surface, dpi, title, row, stream);
    png_destroy_write_struct(&png, &info);
    free(row);
    return written;
}
