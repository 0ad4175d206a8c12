# The two commands anyone needs are `make demo` and `make check`; each installs what it lacks and says so.
# Everything else is Meson's: see docs/building.md.
BUILD ?= build
PREFIX ?= /usr
DESTDIR ?=
ifeq ($(origin CC),default)
CC := gcc
endif
MESON_FLAGS ?=

.PHONY: all deps demo check install bench fuzz clean

all: $(BUILD)/build.ninja
	@ninja -C $(BUILD)

$(BUILD)/build.ninja: | deps
	@CC="$(CC)" meson setup $(BUILD) --prefix=$(PREFIX) $(MESON_FLAGS)

deps:
	@tools/install-deps build

demo: all
	@tools/demo $(BUILD)

check: all
	@tools/install-deps test
	@tests/run $(BUILD)

install: all
	@DESTDIR="$(DESTDIR)" meson install -C $(BUILD) --no-rebuild

bench: all
	@bench/run $(BUILD)

fuzz:
	@tools/install-deps fuzz
	@fuzz/run

clean:
	rm -rf $(BUILD)
