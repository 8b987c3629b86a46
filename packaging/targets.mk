# What is made for other machines: `make tracer`, `make bundle`, `make wheel`, `make dist`.

# ---- make tracer ---------------------------------------------------------------------------------
#
# A second make, with BARE=1, in a folder of its own: that folder can be copied anywhere as it is.

.PHONY: tracer install-tracer tracer-parts copy-tracer
tracer: ## what runs beside a training job, by a compiler and make alone, into build/tracer
	@+$(MAKE) --no-print-directory BARE=1 tracer-parts

PYTHON_FILES := $(wildcard tracer/python/gmtrace/*.py tracer/python/gmtrace/py.typed)
tracer-parts: $(TOOLS) $(LIBRARIES) $(BUILD)/include/gmtrace.h $(BUILD)/include/gmtrace_model.h \
              $(PYTHON_FILES:tracer/python/%=$(BUILD)/share/gmtrace/%)
	@echo "in $(BUILD): bin, lib, include, share/gmtrace (Python)"
	@$(if $(SCREEN_LIBS),,echo "ncurses was not found: monitor_memory prints plain tables")

$(BUILD)/include/%.h: tracer/%.h
	@mkdir -p $(@D) && cp $< $@
$(BUILD)/share/gmtrace/%: tracer/python/%
	@mkdir -p $(@D) && cp $< $@

install-tracer: tracer ## install into PREFIX what `make tracer` makes
	@+$(MAKE) --no-print-directory BARE=1 copy-tracer

copy-tracer:
	mkdir -p $(DESTDIR)$(PREFIX)
	cd $(BUILD) && cp -RP bin lib include share $(abspath $(DESTDIR)$(PREFIX))
	@$(if $(DESTDIR),,.ci/loader $(abspath $(PREFIX)/lib))
