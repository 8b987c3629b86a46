# BARE=1: the sources of what a compiler and make alone can build, which `make tracer` does in
# build/tracer. libgmtrace and its commands want libc; what draws wants packages.

ifneq ($(BARE),)
COMMANDS := tracer/export_trace.c tracer/trace_command.c visualize/monitor_memory.c
SWEEP_SRC :=
TOOLS_SRC := $(filter-out tracer/estimator/%,$(TOOLS_SRC))
# Those of cJSON.
SCHEMAS_SRC := $(filter-out schemas/support/output_json.c schemas/configuration/configuration_json.c schemas/measured_runs/%,$(SCHEMAS_SRC))

# musl's stdout is a constant: commands replace it.
ifneq ($(shell printf '\043include <stdio.h>\nint main(void) { stdout = 0; return 0; }\n' | $(CC) $(CFLAGS) -x c -fsyntax-only - 2>&1),)
PACKAGE_CFLAGS := -isystem packaging/musl
endif

# ncurses, where programs can be linked to it. CURSES=no does without, CURSES='-L... -lncurses' rules.
ifndef CURSES
curses_links = $(shell mkdir -p $(BUILD)/obj && printf '\043include <ncurses.h>\nint main(void) { return LINES; }\n' >$(BUILD)/obj/curses.c && \
                   $(CC) $(CFLAGS) $(LDFLAGS) $(BUILD)/obj/curses.c $(1) -o $(BUILD)/obj/curses >/dev/null 2>&1 && echo '$(1)')
CURSES := $(or $(call curses_links,-lncursesw -ltinfo),$(call curses_links,-lncursesw),$(call curses_links,-lncurses),no)
endif
SCREEN_LIBS := $(filter-out no,$(CURSES))
DRAW_SRC := $(filter-out visualize/monitor/$(if $(SCREEN_LIBS),screen_plain,screen).c,$(wildcard visualize/monitor/*.c))
endif
