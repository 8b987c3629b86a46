# What is made for other machines: `make tracer`, `make bundle`, `make wheel`, `make dist`.

# ---- make tracer ---------------------------------------------------------------------------------
#
# A second make, with BARE=1, in a folder of its own: that folder can be copied anywhere as it is.

.PHONY: tracer install-tracer tracer-parts copy-tracer
tracer: ## what runs beside a training job, by a compiler and make alone, into build/tracer
	@+$(MAKE) --no-print-directory BARE=1 tracer-parts

PYTHON_FILES := $(wildcard $(addprefix tracer/python/gmtrace/,*.py *.pyi py.typed))
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

# ---- make bundle ---------------------------------------------------------------------------------
#
# All commands, with everything that they need but glibc. On Debian 11, in a chroot, so that it runs
# wherever glibc is 2.31 or newer; where none can be made, here. The programs find their libraries, and those
# theirs, by DT_RPATH: DT_RUNPATH would not be asked for the libraries' own.

ifneq ($(BUNDLE),)
LIBS += -Wl,--disable-new-dtags,-rpath,'$$ORIGIN/../lib/bundled'
endif
BUNDLE_SUITE := bullseye
BUNDLE_NEEDS := make $(shell sed -n 's/^ *\(build\|bundle\)  *\([^ |?]*\) .*/\2/p' .ci/packages)

.PHONY: bundle bundle-here bundle-parts
bundle: ## build/gmtrace-VERSION-linux-ARCH.tar.gz: all commands with what they need, for machines without packages
	@mkdir -p build/bundle
	@packaging/chroot --out build/bundle --with "$(BUNDLE_NEEDS)" $(BUNDLE_SUITE) \
	    'make bundle-here SOURCE_DATE_EPOCH=$(or $(SOURCE_DATE_EPOCH),$(shell git log -1 --format=%ct)) && cp build/gmtrace-*.tar.gz /out' && \
	    mv build/bundle/gmtrace-*.tar.gz build || \
	    { status=$$?; test $$status = 77 && echo "so it is built on this machine" && \
	      $(MAKE) --no-print-directory bundle-here; }

bundle-here: build/packages-bundle ## the same, on this machine
	@+$(MAKE) --no-print-directory BUNDLE=1 BUILD=build/bundle bundle-parts

bundle-parts: $(TOOLS) $(LIBRARIES)
	@packaging/assemble $(BUILD) $(VERSION)
	@mv $(BUILD)/gmtrace-$(VERSION)-linux-*.tar.gz build

# ---- make wheel ----------------------------------------------------------------------------------
#
# With all commands where a bundle of this version is there, else with those of `make tracer`.

BUNDLE_FILE := build/gmtrace-$(VERSION)-linux-$(shell uname -m).tar.gz
WITH ?= $(if $(wildcard $(BUNDLE_FILE)),bundle,tracer)

.PHONY: wheel
wheel: $(if $(filter tracer,$(WITH)),tracer) ## build/gmtrace-VERSION-….whl for pip: with all commands after make bundle, else (or WITH=tracer) the tracer's
	@rm -rf build/wheel && mkdir -p build/wheel
	@$(if $(filter bundle,$(WITH)),tar -xzf $(BUNDLE_FILE) -C build/wheel --strip-components=1,\
	    cp -R build/tracer/bin build/tracer/lib build/tracer/share build/wheel)
	@rm -f build/gmtrace-$(VERSION)-py3-*.whl
	@$(PYTHON) packaging/make_wheel $(VERSION) build/wheel build
	@rm -rf build/wheel
	@$(if $(filter tracer,$(WITH)),echo "(make bundle wheel puts the commands that draw into it$(comma) too)")

# ---- make dist -----------------------------------------------------------------------------------

.PHONY: dist
dist: ## build/gmtrace-VERSION.tar.gz: the source, as committed
	@mkdir -p build
	@git archive --format=tar --prefix=gmtrace-$(VERSION)/ HEAD | gzip -9n >build/gmtrace-$(VERSION).tar.gz.part
	@mv build/gmtrace-$(VERSION).tar.gz.part build/gmtrace-$(VERSION).tar.gz
	@git diff --quiet HEAD || echo "(what is not committed is not in it)"
	@echo build/gmtrace-$(VERSION).tar.gz
