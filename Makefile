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

# The suite runs on the build that is installed and on two that watch over memory and threads.
SANITIZED = $(BUILD)-asan $(BUILD)-tsan

check: all $(addsuffix /build.ninja,$(SANITIZED))
	@tools/install-deps test
	@for build in $(SANITIZED); do ninja -C $$build || exit 1; done
	@tests/run $(BUILD) $(SANITIZED)

$(BUILD)-asan/build.ninja: | deps
	@CC="$(CC)" meson setup $(BUILD)-asan -Db_sanitize=address,undefined $(MESON_FLAGS)

$(BUILD)-tsan/build.ninja: | deps
	@CC="$(CC)" meson setup $(BUILD)-tsan -Db_sanitize=thread $(MESON_FLAGS)

install: all
	@DESTDIR="$(DESTDIR)" meson install -C $(BUILD) --no-rebuild

bench: all
	@bench/run $(BUILD)

fuzz:
	@tools/install-deps fuzz
	@fuzz/run

clean:
	rm -rf $(BUILD) $(SANITIZED)
