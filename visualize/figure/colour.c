#include "visualize/figure/colour.h"

#include <math.h>

const struct colour COLOUR_WHITE = {1, 1, 1};
const struct colour COLOUR_BLACK = {0, 0, 0};
const struct colour COLOUR_OUTCOME = {0x3A / 255.0, 0x3A / 255.0, 0x3A / 255.0};
const struct colour COLOUR_OUTLINE = {0.55, 0.55, 0.55};
const struct colour COLOUR_FAINT = {0.80, 0.80, 0.80};

/* The white point of sRGB (D65), and CIE's constants for the near-black end of the curve. */
static const double WHITE_X = 0.95047, WHITE_Z = 1.08883;
static const double CIE_DELTA = 6.0 / 29.0;

static double linear_from_srgb(double value)
{
    return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
}

static double srgb_from_linear(double value)
{
    double held = fmin(fmax(value, 0), 1);
    return held <= 0.0031308 ? held * 12.92 : 1.055 * pow(held, 1 / 2.4) - 0.055;
}

static double lab_curve(double value)
{
    return value > CIE_DELTA * CIE_DELTA * CIE_DELTA
               ? cbrt(value)
               : value / (3 * CIE_DELTA * CIE_DELTA) + 4.0 / 29.0;
}

static double lab_curve_back(double value)
{
    return value > CIE_DELTA ? value * value * value
                             : 3 * CIE_DELTA * CIE_DELTA * (value - 4.0 / 29.0);
}

static double luminance(struct colour colour)
{
    return 0.2126 * linear_from_srgb(colour.red) + 0.7152 * linear_from_srgb(colour.green) +
           0.0722 * linear_from_srgb(colour.blue);
}

struct lab lab_from_colour(struct colour colour)
{
    double red = linear_from_srgb(colour.red);
    double green = linear_from_srgb(colour.green);
    double blue = linear_from_srgb(colour.blue);
    double x = lab_curve((0.4124 * red + 0.3576 * green + 0.1805 * blue) / WHITE_X);
    double y = lab_curve(0.2126 * red + 0.7152 * green + 0.0722 * blue);
    double z = lab_curve((0.0193 * red + 0.1192 * green + 0.9505 * blue) / WHITE_Z);
    return (struct lab){116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

struct colour colour_from_lab(struct lab lab)
{
    double y_curve = (lab.lightness + 16) / 116;
    double x = WHITE_X * lab_curve_back(y_curve + lab.a / 500);
    double y = lab_curve_back(y_curve);
    double z = WHITE_Z * lab_curve_back(y_curve - lab.b / 200);
    return (struct colour){srgb_from_linear(3.2406 * x - 1.5372 * y - 0.4986 * z),
                           srgb_from_linear(-0.9689 * x + 1.8758 * y + 0.0415 * z),
                           srgb_from_linear(0.0557 * x - 0.2040 * y + 1.0570 * z)};
}

struct colour colour_darker(struct colour colour, double amount)
{
    double keep = 1 - amount;
    return (struct colour){colour.red * keep, colour.green * keep, colour.blue * keep};
}

double colour_contrast(struct colour a, struct colour b)
{
    double first = luminance(a) + 0.05;
    double second = luminance(b) + 0.05;
    return fmax(first / second, second / first);
}

struct colour colour_ink(struct colour ground)
{
    return colour_contrast(ground, COLOUR_BLACK) >= colour_contrast(ground, COLOUR_WHITE)
               ? COLOUR_BLACK
               : COLOUR_WHITE;
}

void colour_set(cairo_t *cairo, struct colour colour)
{
    cairo_set_source_rgb(cairo, colour.red, colour.green, colour.blue);
}
