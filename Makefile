# gmtrace. `make` alone lists the targets.

VERSION  := 0.1.0
PREFIX   ?= /usr/local
# 'address,undefined' or 'thread': a sanitized build lives beside the plain one.
SANITIZE ?=
# How long each fuzz harness runs.
SECONDS  ?= 60
# A folder of real traces and logs; tests that read it are skipped where it is not there.
REAL_DATA ?= ../shared/data
PYTHON   ?= /usr/bin/python3

# V=1 shows the commands.
Q := $(if $(V),,@)

SHELL := /bin/bash
.DELETE_ON_ERROR:
.SECONDARY:
MAKEFLAGS += --no-builtin-rules $(if $(filter 0,$(MAKELEVEL)),--jobs=$(shell nproc))

comma := ,
# BARE=1: what a compiler and make alone can build, apart from the rest (packaging/tracer.mk).
BUILD := build$(if $(SANITIZE),/$(subst $(comma),-,$(SANITIZE)))$(if $(BARE),/tracer)
BIN   := $(BUILD)/bin
LIB   := $(BUILD)/lib

.DEFAULT_GOAL := help
.PHONY: help all demo check check-all bench fuzz lint format install clean

help: ## this list
	@echo "gmtrace $(VERSION): make TARGET"
	@sed -n 's/^\([a-z][a-z-]*\):.*## /\1\t/p' Makefile packaging/*.mk | sort | \
	    awk -F'\t' '{ printf "  %-14s %s\n", $$1, $$2 }'
	@echo "Options: SANITIZE=address,undefined|thread  SECONDS=60 (fuzz)  PREFIX=/usr/local (install)"

# ---- what is built from what ---------------------------------------------------------------------
#
# A floor's .c files are one archive, but for the mains, which stand on the floor itself and are named
# after their commands, and for the tracer's tools, which do not belong into its library.
# Archives are linked in the order in which the arrows of the design point: down.

COMMANDS := $(wildcard visualize/*.c sweep/*.c tracer/*.c)

SCHEMAS_SRC := $(wildcard schemas/*/*.c schemas/*/*/*.c)
# What reads models from files, which wants cJSON, stays out of it.
MODEL_FILES := $(addprefix tracer/estimator/model/,model_file.c presets.c)
# What libgmtrace is made of, beside its formats; what trace_command preloads adds PRELOAD_SRC.
TRACER_SRC  := $(wildcard tracer/library/*.c tracer/sources/*.c tracer/estimator/*.c tracer/estimator/expected/*.c) \
               $(filter-out $(MODEL_FILES),$(wildcard tracer/estimator/model/*.c))
PRELOAD_SRC := $(wildcard tracer/preload/*.c)
TOOLS_SRC   := $(wildcard tracer/export/*.c tracer/preload/command/*.c) $(MODEL_FILES) tracer/preload/ledger.c
SWEEP_SRC   := $(wildcard sweep/*/*.c)
DRAW_SRC    := $(filter-out visualize/monitor/screen_plain.c,$(wildcard visualize/*/*.c))
include packaging/bare.mk

objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
ARCHIVES := $(foreach a,draw sweep tools tracer schemas,$(BUILD)/obj/$(a).a)

$(BUILD)/obj/schemas.a: $(call objects,$(SCHEMAS_SRC))
$(BUILD)/obj/tracer.a:  $(call objects,$(TRACER_SRC))
$(BUILD)/obj/tools.a:   $(call objects,$(TOOLS_SRC))
$(BUILD)/obj/sweep.a:   $(call objects,$(SWEEP_SRC))
$(BUILD)/obj/draw.a:    $(call objects,$(DRAW_SRC))

# The CUDA example is built where a toolkit is found.
CUDA_HOME ?= $(firstword $(patsubst %/include/cuda_runtime_api.h,%,$(wildcard /usr/local/cuda/include/cuda_runtime_api.h /usr/include/cuda_runtime_api.h)))
PUBLIC := $(patsubst examples/%.c,$(BUILD)/examples/%,$(filter-out examples/demo_% $(if $(CUDA_HOME),,examples/cuda_%),$(wildcard examples/*.c)))
DEMOS := $(patsubst examples/%.c,$(BUILD)/examples/%,$(wildcard examples/demo_*.c))
TOOLS := $(patsubst %.c,$(BIN)/%,$(notdir $(COMMANDS)))
PROBES := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/cuda/*.c tests/monitor/*.c tests/preload/*.c tests/snapshot/*.c))
UNIT_TESTS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/*.c tests/faults/test_*.c))

# ---- the machine: packages and their flags -------------------------------------------------------
#
# packages.mk is remade (and what is missing installed) before anything is built, so that the first
# command on a bare machine may be any of them.

PACKAGES := $(if $(BARE),,build/packages.mk)
ifneq ($(filter-out help clean format tracer install-tracer wheel bundle dist,$(or $(MAKECMDGOALS),help)),)
include $(PACKAGES)
endif

build/packages.mk: .ci/packages .ci/dygraphs Makefile
	@.ci/packages build
	@mkdir -p build
	@dygraphs=$$(.ci/dygraphs build/dygraphs) && { \
	   echo "PACKAGE_CFLAGS := $$(pkg-config --cflags cairo pangocairo libpng plplot libcjson | sed 's/-I/-isystem /g')"; \
	   echo "DRAW_LIBS := $$(pkg-config --libs cairo pangocairo fontconfig libpng plplot) -lhpdf"; \
	   echo "SCREEN_LIBS := $$(pkg-config --libs ncursesw)"; \
	   echo "DYGRAPHS := $$dygraphs"; \
	   echo "JSON_LIBS := $$(pkg-config --libs libcjson)"; } > $@

build/packages-%: .ci/packages
	@.ci/packages $*
	@mkdir -p build && touch $@

# ---- compiling -----------------------------------------------------------------------------------

CFLAGS   ?= -O2 -g
# -Werror, where compilers are known: .ci/run sets it. A new compiler's warning stops no user.
WERROR   ?=
WARNINGS := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wvla -Werror=implicit-function-declaration $(WERROR)
C_FLAGS   = -std=gnu11 $(CFLAGS) $(WARNINGS) -fPIC -fvisibility=hidden -pthread $(SANITIZER) \
            -D_GNU_SOURCE -DGMTRACE_VERSION=\"$(VERSION)\" -I. $(PACKAGE_CFLAGS)
SANITIZER := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all)
LINK      = $(CC) $(CFLAGS) $(SANITIZER) -pthread $(LDFLAGS)
# With what notices that cJSON was short of memory, also where a command names no function of it.
LIBS      = $(if $(BARE),,-Wl,--undefined=output_json) $(DRAW_LIBS) $(JSON_LIBS) $(SCREEN_LIBS) -ldl -lm
# The compiler's own ld and objcopy: a cross compiler has others.
program   = $(shell $(CC) -print-prog-name=$(1))

# ---- the tracer's library ------------------------------------------------------------------------
#
# The shared one exports gmt_* alone. The static one is a single object in which all other names have
# been made local, so that they cannot clash with the host program's.

SONAME := libgmtrace.so.$(firstword $(subst ., ,$(VERSION)))
LIBRARIES := $(LIB)/libgmtrace.so $(LIB)/libgmtrace.a $(LIB)/libgmtrace_preload.so $(LIB)/pkgconfig/gmtrace.pc
LIBRARY_OBJECTS := $(call objects,$(filter-out schemas/support/command.c schemas/support/options%.c schemas/support/standard_output.c schemas/support/output_json.c schemas/support/process.c \
                     schemas/support/shell_words.c schemas/configuration/configuration_json.c schemas/sweep_log/% schemas/metrics/% schemas/measured_runs/% schemas/snapshot/% \
                     schemas/trace_folder/%,$(SCHEMAS_SRC)) $(TRACER_SRC))

$(LIB)/libgmtrace.so.$(VERSION): $(LIBRARY_OBJECTS)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(LINK) -shared -Wl,-soname,$(SONAME) -Wl,-z,defs -Wl,--as-needed $(LIBRARY_OBJECTS) -ldl -lm -o $@

$(LIB)/libgmtrace.so: $(LIB)/libgmtrace.so.$(VERSION)
	@ln -sf $(<F) $(LIB)/$(SONAME) && ln -sf $(SONAME) $@

$(LIB)/libgmtrace.a: $(LIBRARY_OBJECTS)
	@mkdir -p $(@D)
	@echo "  AR    $@"
	$(Q)$(call program,ld) -r $(LIBRARY_OBJECTS) -o $(BUILD)/obj/gmtrace.o
	$(Q)$(call program,objcopy) --wildcard --keep-global-symbol='gmt_*' $(BUILD)/obj/gmtrace.o
	@rm -f $@
	$(Q)$(call program,ar) rcs $@ $(BUILD)/obj/gmtrace.o

# What trace_command preloads: the tracer, and stand-ins for CUDA's allocation calls.
$(LIB)/libgmtrace_preload.so: $(LIBRARY_OBJECTS) $(call objects,$(PRELOAD_SRC)) tracer/preload/preload.map
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(LINK) -shared -Wl,--version-script=tracer/preload/preload.map -Wl,-z,defs -Wl,--as-needed $(filter %.o,$^) -ldl -lm -o $@

$(LIB)/pkgconfig/gmtrace.pc: Makefile
	@mkdir -p $(@D)
	@printf '%s\n' 'prefix=$${pcfiledir}/../..' 'Name: gmtrace' \
	    'Description: GPU-memory flight recorder for training processes' 'Version: $(VERSION)' \
	    'Cflags: -I$${prefix}/include' 'Libs: -L$${prefix}/lib -lgmtrace' 'Libs.private: -pthread -ldl -lm' >$@

all: $(TOOLS) $(LIBRARIES) ## build everything into build/bin and build/lib

$(BUILD)/obj/%.o: %.c Makefile $(PACKAGES)
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(C_FLAGS) -MMD -MP -c $< -o $@

# The report's page has these files in it.
$(BUILD)/obj/visualize/report/assets.o: C_FLAGS += -DDYGRAPHS=\"$(DYGRAPHS)\"
$(BUILD)/obj/visualize/report/assets.o: $(wildcard visualize/report/*.css visualize/report/*.js visualize/report/*.txt)

$(BUILD)/obj/%.a:
	@rm -f $@
	$(Q)$(call program,ar) rcsP $@ $(filter %.o,$^)

# A main finds its libraries by need: the linker drops what a command does not use.

$(TOOLS): $(BIN)/%: $(ARCHIVES)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(LINK) $(filter %/$*.o,$^) $(ARCHIVES) -Wl,--as-needed $(LIBS) -o $@
$(foreach c,$(COMMANDS),$(eval $(BIN)/$(notdir $(c:.c=)): $(BUILD)/obj/$(c:.c=.o)))

# ---- examples ------------------------------------------------------------------------------------
#
# The generator of the demo uses the formats; the other examples only what is public.

$(BUILD)/examples/demo_%: $(BUILD)/obj/examples/demo_%.o $(ARCHIVES)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(LINK) $< $(ARCHIVES) -Wl,--as-needed $(JSON_LIBS) -lm -o $@

$(BUILD)/obj/examples/%.o: C_FLAGS += -Itracer
$(PUBLIC): $(BUILD)/examples/%: $(BUILD)/obj/examples/%.o $(LIB)/libgmtrace.a
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(LINK) $< $(LIB)/libgmtrace.a $(EXAMPLE_LIBS) -lm -o $@
$(BUILD)/obj/examples/cuda_%.o: C_FLAGS += -isystem $(CUDA_HOME)/include
$(BUILD)/examples/cuda_%: EXAMPLE_LIBS = -L$(CUDA_HOME)/lib64 -lcudart

DEMO := $(BUILD)/demo

demo: $(DEMOS) $(TOOLS) $(LIBRARIES) $(BUILD)/examples/training_loop ## show each command once, and make a report and figures, from generated traces
	@BUILD=$(BUILD) PYTHON=$(PYTHON) examples/demo.sh $(DEMO)

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)

FUZZED := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
REPLAYS := $(patsubst %,$(BUILD)/tests/fuzz/%,$(FUZZED))

# ---- tests ---------------------------------------------------------------------------------------

$(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(ARCHIVES)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(LINK) $< $(ARCHIVES) -Wl,--as-needed $(LIBS) -lcmocka -o $@

# (Not a pattern: one without a recipe adds no prerequisites.)
$(call objects,$(wildcard tests/*/*.c)): | $(if $(BARE),,build/packages-check)

# Stand-ins for NVIDIA's libraries, under their names.
FAKES := $(addprefix $(BUILD)/tests/fakes/,libcuda.so.1 libcudart.so.13 libnvidia-ml.so.1 \
           old/libnvidia-ml.so.1 odd/libnvidia-ml.so.1)
$(BUILD)/tests/fakes/libcuda.so.1: tests/fakes/fake_driver.c
$(BUILD)/tests/fakes/libcudart.so.13: tests/fakes/fake_runtime.c
$(BUILD)/tests/fakes/libcudart.so.13: FAKE_FLAGS = -Wl,--version-script=tests/fakes/libcudart.map
$(filter %ml.so.1,$(FAKES)): tests/fakes/fake_nvml.c
$(BUILD)/tests/fakes/old/%: FAKE_FLAGS = -DFAKE_OLD
$(BUILD)/tests/fakes/odd/%: FAKE_FLAGS = -DFAKE_OLD -DnvmlDeviceGetUUID=nvmlDeviceGetSerial
$(FAKES): tests/fakes/fake_gpu.h tests/fakes/libcudart.map
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(CC) $(filter-out $(SANITIZER),$(C_FLAGS)) -shared -Wl,-soname,$(@F) -Wl,-Bsymbolic $(FAKE_FLAGS) $(filter %.c,$^) -o $@

# These are bound to CUDA's functions by the loader, as training programs are.
$(BUILD)/tests/preload/%: LIBS += -L$(BUILD)/tests/fakes -l:libcudart.so.13 -l:libcuda.so.1
$(filter $(BUILD)/tests/preload/%,$(PROBES)): $(FAKES)

# Commands with one more dimension in the table: a test shows that a row is enough.
EXTRA := $(addprefix $(BUILD)/tests/extra/,run_sweep import_logs visualize_heatmap analyze_traces)
$(BUILD)/obj/tests/extra/dimensions.o: schemas/configuration/dimensions.c tests/cli/extra_dimension.h Makefile
	@mkdir -p $(@D)
	@echo "  CC    $< and one more row"
	$(Q)$(CC) $(C_FLAGS) -include tests/cli/extra_dimension.h -MMD -MP -c $< -o $@

$(EXTRA): $(BUILD)/tests/extra/%: $(BUILD)/obj/tests/extra/dimensions.o $(ARCHIVES)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(LINK) $(filter %/$*.o,$^) $< $(ARCHIVES) -Wl,--as-needed $(LIBS) -o $@
$(foreach c,$(COMMANDS),$(eval $(BUILD)/tests/extra/$(notdir $(c:.c=)): $(BUILD)/obj/$(c:.c=.o)))

# What fails allocations, preloaded; and a program that is linked as programs outside are.
FAILING := $(BUILD)/tests/faults/libfail_allocation.so $(BUILD)/tests/faults/traced_job
$(BUILD)/tests/faults/libfail_allocation.so: tests/faults/fail_allocation.c Makefile
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(CC) $(filter-out $(SANITIZER),$(C_FLAGS)) -shared $< -ldl -o $@

$(BUILD)/obj/tests/faults/traced_job.o: C_FLAGS += -Itracer
$(BUILD)/tests/faults/traced_job: $(BUILD)/obj/tests/faults/traced_job.o $(LIB)/libgmtrace.so
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(LINK) $< -L$(LIB) -lgmtrace -Wl,-rpath,$(abspath $(LIB)) -o $@

check-all: export ALLOCATIONS = all
check-all: export EVERYTHING = 1
check-all: check ## the same, fail every allocation of every command, not a sample, and try other systems

check: all $(UNIT_TESTS) $(PROBES) $(EXTRA) $(FAKES) $(REPLAYS) $(DEMOS) $(PUBLIC) $(FAILING) build/packages-check ## build and run every test that this machine can run
	@BUILD=$(BUILD) REAL_DATA=$(REAL_DATA) PYTHON=$(PYTHON) tests/run

# What scripts need beside the commands.
.PHONY: mutate mutate-parts
mutate-parts: $(PROBES) $(EXTRA) $(FAKES) $(DEMOS) $(PUBLIC) $(FAILING)

# Which mistakes would no test notice? Minutes to hours: not part of `make check`.
OF    ?= schemas sweep visualize tracer
COUNT ?= 50
mutate: all mutate-parts $(UNIT_TESTS) ## make COUNT=50 mistakes in OF=schemas|sweep|..., one at a time; SEED=N repeats
	@PYTHON=$(PYTHON) tests/mutate/mutate --count $(COUNT) $(if $(SEED),--seed $(SEED)) $(OF)

# After a figure was changed on purpose, and looked at.
.PHONY: figure-facts
figure-facts: all $(DEMOS) ## write anew what the tests expect of figures and reports
	@for test in tests/figures/test_* tests/cli/test_import_*; do BUILD=$(BUILD) PYTHON=$(PYTHON) $$test --write || exit 1; done

# ---- benchmarks and fuzzing ----------------------------------------------------------------------

BENCHES := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/bench/bench_*.c))

bench: all $(BENCHES) $(DEMOS) $(PROBES) $(FAKES) ## measure, as ratios in one run
	@for bench in $(BENCHES) $(wildcard tests/bench/bench_*.sh); do BUILD=$(BUILD) PYTHON=$(PYTHON) $$bench || exit 1; done

# A harness is built three ways: with libFuzzer, with AFL++, and plainly, to replay its corpus in
# `make check`.
FUZZER  ?= libfuzzer
FUZZ_CC := $(if $(filter afl,$(FUZZER)),AFL_USE_ASAN=1 AFL_USE_UBSAN=1 afl-clang-fast -fsanitize=fuzzer,clang -fsanitize=fuzzer,address,undefined)
FUZZ_BIN := build/fuzz/$(FUZZER)

$(FUZZ_BIN)/%: tests/fuzz/fuzz_%.c $(SCHEMAS_SRC) $(wildcard sweep/import/*.c sweep/outcome/*.c) $(wildcard schemas/*/*.h schemas/*/*/*.h) | build/packages-fuzz
	@mkdir -p $(@D)
	@echo "  FUZZ  $@"
	$(Q)$(FUZZ_CC) $(filter-out -f% $(WARNINGS),$(C_FLAGS)) -O1 -fno-sanitize-recover=undefined $(filter %.c,$^) $(JSON_LIBS) -lm -o $@

fuzz: $(addprefix $(FUZZ_BIN)/,$(FUZZED)) ## fuzz each reader for SECONDS; FUZZER=libfuzzer|afl
	@for name in $(FUZZED); do tests/fuzz/run $(FUZZER) $(FUZZ_BIN)/$$name $$name $(SECONDS) || exit 1; done

$(BUILD)/tests/fuzz/%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(BUILD)/obj/tests/fuzz/replay.o $(ARCHIVES)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(LINK) $(filter %.o,$^) $(ARCHIVES) -Wl,--as-needed $(LIBS) -o $@

# ---- housekeeping --------------------------------------------------------------------------------

SOURCES = $(shell git ls-files --cached --others --exclude-standard '*.c' '*.h')

lint: build/packages-lint build/packages-check build/packages.mk ## clang-format, clang-tidy, cppcheck, the arrows between folders
	@CFLAGS='-Itracer $(if $(CUDA_HOME),-isystem $(CUDA_HOME)/include) $(filter-out $(WARNINGS) -fPIC,$(C_FLAGS))' \
	    .ci/lint $(if $(CUDA_HOME),$(SOURCES),$(filter-out examples/cuda_%,$(SOURCES)))

format: ## rewrite the sources as clang-format wants them
	clang-format -i $(SOURCES)

DESTDIR ?=
COMPLETIONS := share/bash-completion/completions share/zsh/site-functions share/fish/vendor_completions.d
install: all build/packages-install ## install into PREFIX: commands, man pages, completion, library, header, pkg-config file, Python binding
	install -d $(addprefix $(DESTDIR)$(PREFIX)/,bin include lib/pkgconfig share/gmtrace/gmtrace share/man/man1 $(COMPLETIONS))
	install -m 755 $(TOOLS) $(DESTDIR)$(PREFIX)/bin
	install -m 644 tracer/gmtrace.h tracer/gmtrace_model.h $(DESTDIR)$(PREFIX)/include
	install -m 644 $(PYTHON_FILES) $(DESTDIR)$(PREFIX)/share/gmtrace/gmtrace
	cp -P $(LIB)/libgmtrace.* $(LIB)/libgmtrace_preload.so $(DESTDIR)$(PREFIX)/lib
	install -m 644 $(LIB)/pkgconfig/gmtrace.pc $(DESTDIR)$(PREFIX)/lib/pkgconfig
	@for tool in $(TOOLS); do \
	    name=$$(basename $$tool); \
	    $$tool --man-page | gzip -9n >$(DESTDIR)$(PREFIX)/share/man/man1/$$name.1.gz && \
	    $$tool --completion zsh >$(DESTDIR)$(PREFIX)/$(word 2,$(COMPLETIONS))/_$$name && \
	    $$tool --completion fish >$(DESTDIR)$(PREFIX)/$(word 3,$(COMPLETIONS))/$$name.fish || exit 1; \
	done
	@# One file for all, by all their names: gmtrace completes as any of them does.
	@cd $(DESTDIR)$(PREFIX)/$(word 1,$(COMPLETIONS)) && \
	    for tool in $(abspath $(TOOLS)); do $$tool --completion bash || exit 1; done >gmtrace && \
	    for tool in $(filter-out gmtrace,$(notdir $(TOOLS))); do ln -sf gmtrace $$tool; done
	@$(if $(DESTDIR),,.ci/loader $(PREFIX)/lib)

include packaging/targets.mk

clean: ## remove what was built
	rm -rf build
