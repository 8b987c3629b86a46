#include "visualize/figure/drawing.h"

#include <stdarg.h>
#include <stdio.h>

static const cairo_user_data_key_t KEY;

void drawing_attach(cairo_t *cairo, struct drawing *drawing)
{
    cairo_set_user_data(cairo, &KEY, drawing, NULL);
}

const struct drawing *drawing_of(cairo_t *cairo)
{
    static const struct figure_style plain;
    static const struct drawing none = {.style = &plain};
    const struct drawing *drawing = cairo ? cairo_get_user_data(cairo, &KEY) : NULL;
    return drawing ? drawing : &none;
}

void figure_fail(cairo_t *cairo, const char *format, ...)
{
    struct fault *fault = drawing_of(cairo)->fault;
    if (!fault || fault->text[0])
        return;
    char text[sizeof fault->text];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fault_set(fault, "%s", text);
}

void drawing_warn(cairo_t *cairo, const char *format, ...)
{
    figure_warn_fn warn = drawing_of(cairo)->warn;
    if (!warn)
        return;
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    warn("%s", text);
}
