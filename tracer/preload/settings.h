/* What trace_command tells the preloaded library, through the environment. */
#ifndef TRACER_PRELOAD_SETTINGS_H
#define TRACER_PRELOAD_SETTINGS_H

#define PRELOAD_LIBRARY "libgmtrace_preload.so"

/* The process that trace_command became: it is traced without a rank, too. */
#define PRELOAD_PROCESS "GMT_TRACE_PROCESS"
/* Of the name: tensor and pipeline parallel size, and the tags behind them. */
#define PRELOAD_TP   "GMT_TRACE_TP"
#define PRELOAD_PP   "GMT_TRACE_PP"
#define PRELOAD_TAGS "GMT_TRACE_TAGS"

#endif
