#include "visualize/figure/eps_image.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

static bool begins(const char *line, const char *with)
{
    return strncmp(line, with, strlen(with)) == 0;
}

/* Comments are in ASCII; other letters are left out. */
static void put_title(const char *title, FILE *stream)
{
    fputs("%%Title: ", stream);
    for (const char *c = title; *c; c++)
        if (*c >= ' ' && *c <= '~')
            fputc(*c, stream);
    fputc('\n', stream);
}

void eps_image_write(const char *made, const char *title, const char *date, double width_pt,
                     double height_pt, FILE *stream)
{
    for (const char *line = made; *line;) {
        size_t length = strcspn(line, "\n") + 1;
        if (line[length - 1] == '\0')
            length--;
        if (begins(line, "%%Creator:")) {
            fputs("%%Creator: gmtrace " GMTRACE_VERSION "\n", stream);
            if (title)
                put_title(title, stream);
        } else if (begins(line, "%%CreationDate:")) {
            if (*date)
                fprintf(stream, "%%%%CreationDate: %s\n", date);
        } else if (begins(line, "%%BoundingBox:")) {
            fprintf(stream, "%%%%BoundingBox: 0 0 %.0f %.0f\n", ceil(width_pt), ceil(height_pt));
            fprintf(stream, "%%%%HiResBoundingBox: 0 0 %.4f %.4f\n", width_pt, height_pt);
        } else if (begins(line, "%%PageBoundingBox:")) {
            fprintf(stream, "%%%%PageBoundingBox: 0 0 %.0f %.0f\n", ceil(width_pt),
                    ceil(height_pt));
        } else if (!begins(line, "%%HiResBoundingBox:")) {
            fwrite(line, 1, length, stream);
        }
        line += length;
    }
}
