/* What a look leaves for other programs. */
#ifndef VISUALIZE_MONITOR_OUTPUTS_H
#define VISUALIZE_MONITOR_OUTPUTS_H

#include "visualize/monitor/watch.h"

/* Appends one line per row, whole lines at a time; the heading where the file is empty. */
bool output_csv(const struct watch *watch, const char *path, struct fault *fault);

/* For node_exporter's textfile collector: replaces the file, whole or not at all. */
bool output_prometheus(const struct watch *watch, const char *path, struct fault *fault);

/* The look as JSON, by the names of the CSV's columns: replaces the file, or prints it ("-"). */
bool output_look_json(const struct watch *watch, const char *path, struct fault *fault);

#endif
