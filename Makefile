# Packetboat's build.  `make run` and `make test` do everything on a fresh Debian 12;
# `make help` lists the rest.
#
# One make, no recursion into directories: sources are found by wildcard, headers by the
# compiler (-MMD).  What differs in compiler or flags has a build directory of its own:
#
#   make                      build/            hardened release build
#   make SAN=1                build/san/        AddressSanitizer and UBSan
#   make CC=clang             build/clang/
#   make PLANT=no_fsync       build/plant-no_fsync/   with one fault planted, so that a
#                                               harness can be seen red
#   make FUZZ=1               build/fuzz/       for libFuzzer (clang)
#
# DEPS=no leaves the installed packages alone and looks for none.

VERSION = 0.1.0
PREFIX  = /usr/local
UNITDIR = $(PREFIX)/lib/systemd/system
DESTDIR =
ARGS    =
ONLY    =

# ---- packages (Debian 12) -----------------------------------------------------------

PACKAGES = gcc libc6-dev libevent-dev libsqlite3-dev libssl-dev libseccomp-dev \
	libconfuse-dev libcrypt-dev libidn-dev libidn2-dev libutf8proc-dev libedit-dev zlib1g-dev \
	libunbound-dev libunbound8
TEST_PACKAGES = python3 openssl swaks libnet-ssleay-perl curl gsasl msmtp s-nail fetchmail \
	getmail6 mpop isync interimap offlineimap3 imapfilter neomutt \
	libmail-imapclient-perl postfix lftp ncftp tnftp wget \
	clang libclang-rt-14-dev clang-format clang-tidy strace mount e2fsprogs xfsprogs \
	mandoc python3-pyftpdlib python3-openssl libedit2 \
	nsd ldnsutils \
	python3-spf python3-yaml python3-dkim python3-nacl opendkim-tools libmail-dkim-perl \
	libsodium23 libcap2 libhiredis0.14 libmemcached11 libmemcachedutil2 libpcre2-posix3 libwrap0

# ---- how to compile -----------------------------------------------------------------

ifeq ($(origin CC),default)
CC = gcc
endif
ifdef FUZZ
CC = clang
endif
empty :=
space := $(empty) $(empty)
CLANG := $(findstring clang,$(notdir $(CC)))
MODE  := $(subst $(space),-,$(strip $(if $(FUZZ),fuzz,$(CLANG)) \
	$(if $(SAN),san) $(if $(PLANT),plant-$(PLANT))))
BUILD := build$(if $(MODE),/$(MODE))

WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wmissing-prototypes \
	-Wvla -Wwrite-strings -Wstrict-prototypes -Wundef -Werror

SANITIZERS = -O1 -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
HARDENED = -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong \
	-fstack-clash-protection -ftrivial-auto-var-init=zero
ifneq ($(CLANG),)
# clang 14 wants to be told that this flag is meant.
HARDENED += -enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang
endif
ifeq ($(shell uname -m),x86_64)
CET = -fcf-protection=branch
endif

ifdef FUZZ
OPTIMISE = $(SANITIZERS) -fsanitize=fuzzer-no-link
else ifdef SAN
OPTIMISE = $(SANITIZERS)
else
OPTIMISE = $(HARDENED)
endif
ifdef PLANT
PLANTED := -DPLANT_$(shell echo '$(PLANT)' | tr a-z A-Z)
endif

CPPFLAGS = -D_GNU_SOURCE -DPACKETBOAT_VERSION='"$(VERSION)"' $(PLANTED) -Isrc \
	-include base/banned.h
CFLAGS   = -std=c17 -g $(OPTIMISE) $(CET) -fPIE -pthread $(WARNINGS)
LDFLAGS  = $(OPTIMISE) $(CET) -pie -pthread \
	-Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code,--as-needed
LDLIBS   = -levent_core -lsqlite3 -lseccomp -lconfuse -lcrypt -lidn -lidn2 -lssl -lcrypto -lutf8proc -lz

# ---- what to compile ----------------------------------------------------------------

SOURCES      := $(sort $(wildcard src/*/*.c src/*/*/*.c))
TEST_SOURCES := $(filter %_test.c,$(SOURCES))
FUZZ_SOURCES := $(filter %_fuzz.c,$(SOURCES))
ROOM_SOURCES := $(filter-out %_test.c %_fuzz.c,$(SOURCES))
TALK_SOURCES := $(sort $(wildcard test/talk/*.c))
# Each of these is a program of its own: build/crash/NAME, build/bench/NAME, ...
PROGRAM_SOURCES := $(sort $(wildcard test/crash/*.c bench/*.c))
# What src/trust is asked through, for tests: build/trust/judge.
TRUST_SOURCES := $(sort $(wildcard test/trust/*.c))
# What killat is made of beside itself.
TRACE_SOURCES := $(sort $(wildcard test/crash/trace/*.c))
# Dialogues while memory runs out (A24).
LACK_SOURCES := $(sort $(wildcard test/talk/lack/*.c))
# All of Packetboat, but its fronts are hostile (T07).
HOSTILE_SOURCES := $(sort $(wildcard test/interop/*.c))

object = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
OBJECTS      := $(call object,$(ROOM_SOURCES))
MAIN         := $(call object,src/main.c)
UNIT_OBJECTS := $(call object,$(TEST_SOURCES) test/unit.c test/tls.c test/trust/zone.c)
TALK_OBJECTS := $(call object,$(TALK_SOURCES) test/tls.c)
# The fake world, for whole sessions under the fuzzer.
WORLD_OBJECTS := $(call object,$(filter-out %/main.c,$(TALK_SOURCES)) test/tls.c test/trust/zone.c)
PROGRAMS     := $(patsubst test/%.c,$(BUILD)/%,$(filter test/%,$(PROGRAM_SOURCES))) \
	$(patsubst %.c,$(BUILD)/%,$(filter bench/%,$(PROGRAM_SOURCES))) \
	$(BUILD)/interop/hostile_front $(BUILD)/trust/judge $(BUILD)/lack
fuzz_name = $(patsubst src/%_fuzz.c,%,$(1))
# src/smtp/session_fuzz.c is the target smtp_session.
FUZZERS  := $(foreach f,$(FUZZ_SOURCES),$(BUILD)/fuzzer/$(subst /,_,$(call fuzz_name,$(f))))
REPLAYS  := $(foreach f,$(FUZZ_SOURCES),$(BUILD)/replay/$(subst /,_,$(call fuzz_name,$(f))))
ALL_OBJECTS := $(sort $(OBJECTS) $(MAIN) $(UNIT_OBJECTS) $(TALK_OBJECTS) \
	$(call object,$(FUZZ_SOURCES) $(PROGRAM_SOURCES) $(TRACE_SOURCES) $(TRUST_SOURCES) \
	$(LACK_SOURCES) $(HOSTILE_SOURCES) test/check/replay.c))

# ---- make itself --------------------------------------------------------------------

MAKEFLAGS += --no-builtin-rules --no-print-directory
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc)
endif
.SUFFIXES:
.DELETE_ON_ERROR:
.PHONY: all build deps deps-test run unit test-build test check-build check bench \
	crash fuzz fuzz-build replay-build tidy install clean format help FORCE

# ---- the commands -------------------------------------------------------------------

all: build                 ## install what the build needs, and build (the default)

run: build                 ## build and start the demo: make run ARGS="--base 20000"
	@$(BUILD)/packetboat demo $(ARGS)

test: test-build           ## everything that proves it works: make test ONLY=unit
	@BUILD=$(BUILD) test/run $(if $(ONLY),--only '$(ONLY)') test/suite

unit: $(BUILD)/unit        ## the unit tests alone: make unit ONLY=span
	@$(BUILD)/unit $(ONLY)

check: deps deps-test      ## format, ladder, budgets, both compilers, sanitizers: make check ONLY=ladder
	+@MAKE='$(MAKE)' test/check/run $(if $(ONLY),--only '$(ONLY)')

bench: test-build          ## how fast it is: bench/run, with ARGS
	@BUILD=$(BUILD) bench/run $(ARGS)

crash: test-build          ## the crash harnesses, whole
	@BUILD=$(BUILD) test/run test/crash/suite

FUZZ_SECONDS = 1200
ifdef FUZZ
fuzz: fuzz-build
	@BUILD=$(BUILD) SECONDS_EACH=$(FUZZ_SECONDS) test/check/fuzz $(FUZZERS)
else
fuzz:                      ## libFuzzer on every target: make fuzz FUZZ_SECONDS=60
	+@$(MAKE) FUZZ=1 fuzz
endif

install: build             ## binary, manual pages, systemd unit: make install DESTDIR= PREFIX=
	install -d '$(DESTDIR)$(PREFIX)/bin' '$(DESTDIR)$(PREFIX)/share/man/man1' \
	    '$(DESTDIR)$(PREFIX)/share/man/man5' '$(DESTDIR)$(UNITDIR)'
	install -m 755 $(BUILD)/packetboat '$(DESTDIR)$(PREFIX)/bin/packetboat'
	install -m 644 doc/packetboat.1 doc/packetboat-ftp.1 '$(DESTDIR)$(PREFIX)/share/man/man1'
	install -m 644 doc/packetboat.conf.5 \
	    '$(DESTDIR)$(PREFIX)/share/man/man5/packetboat.conf.5'
	sed 's|@BINDIR@|$(PREFIX)/bin|' doc/packetboat.service \
	    > '$(DESTDIR)$(UNITDIR)/packetboat.service'
	chmod 644 '$(DESTDIR)$(UNITDIR)/packetboat.service'

format:                    ## clang-format every source file
	@git ls-files -co --exclude-standard '*.c' '*.h' | xargs -r clang-format -i

clean:                     ## remove build/
	rm -rf build

help:                      ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 16

# ---- packages -----------------------------------------------------------------------

ifeq ($(DEPS),no)
deps deps-test:
else
deps:                      ## install what the build needs
	@.ci/packages 'to build Packetboat' $(PACKAGES) $(if $(CLANG),clang libclang-rt-14-dev)

deps-test: | deps          ## install what the tests need
	@.ci/packages --no-services 'to test Packetboat' $(TEST_PACKAGES)
endif

# ---- rules --------------------------------------------------------------------------

build: $(BUILD)/packetboat
test-build: deps-test $(BUILD)/packetboat $(BUILD)/unit $(PROGRAMS) \
	$(if $(TALK_SOURCES),$(BUILD)/talk)
check-build: $(BUILD)/packetboat $(BUILD)/unit $(PROGRAMS) \
	$(if $(TALK_SOURCES),$(BUILD)/talk)
fuzz-build: $(FUZZERS)
replay-build: $(REPLAYS)

# The flags are a prerequisite of every object, so that changed flags rebuild.
FLAGS = $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(LDLIBS)
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(subst ','\'',$(FLAGS))' | cmp -s - $@ || \
	    echo '$(subst ','\'',$(FLAGS))' > $@

$(ALL_OBJECTS): $(BUILD)/obj/%.o: %.c $(BUILD)/flags Makefile | deps
	@mkdir -p $(@D)
	@echo '  CC    $<'
	@$(CC) $(CPPFLAGS) $(CFLAGS) $(EXTRA) -MMD -MP -c -o $@ $<

# longjmp between stacks is what the fortified longjmp exists to forbid.
$(call object,src/base/fiber.c): EXTRA = -U_FORTIFY_SOURCE
# Tests see the whole tree.
$(UNIT_OBJECTS) $(TALK_OBJECTS) \
    $(call object,$(PROGRAM_SOURCES) $(TRACE_SOURCES) $(TRUST_SOURCES) $(LACK_SOURCES) \
    $(HOSTILE_SOURCES) \
    $(FUZZ_SOURCES)): EXTRA = -I.

LINK = @mkdir -p $(@D) && echo '  LINK  $@' && \
	$(CC) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LDLIBS)

$(BUILD)/packetboat: $(MAIN) $(OBJECTS)
	$(LINK)

$(BUILD)/unit: $(UNIT_OBJECTS) $(OBJECTS)
	$(LINK)

$(BUILD)/talk: $(TALK_OBJECTS) $(OBJECTS)
	$(LINK)

# clang-tidy: a stamp a file, so that only what changed is read again.  The analyzer follows
# so many states of a function; its own 225000 find no more here, and take four times as long.
TIDY_STATES = 40000
TIDIED := $(patsubst $(BUILD)/obj/%.o,$(BUILD)/tidy/%.ok,$(ALL_OBJECTS))
tidy: $(TIDIED)
$(TIDIED): $(BUILD)/tidy/%.ok: %.c $(BUILD)/obj/%.o .clang-tidy
	@mkdir -p $(@D)
	@clang-tidy --quiet $< -- $(CPPFLAGS) -I. -std=c17 $(CET) \
	    -Xclang -analyzer-config -Xclang max-nodes=$(TIDY_STATES) 2>$@.said || \
	    { cat $@.said >&2; exit 1; }
	@mv $@.said $@

# Everything but main, for programs that need a part of it.
$(BUILD)/rooms.a: $(OBJECTS)
	@rm -f $@ && ar rcs $@ $^

# The same, but all its memory comes from lack_malloc and the like.
ALLOCATORS = malloc calloc realloc aligned_alloc strdup strndup
$(BUILD)/rooms-lacking.a: $(BUILD)/rooms.a
	@objcopy $(foreach a,$(ALLOCATORS),--redefine-sym $(a)=lack_$(a)) $< $@
$(BUILD)/lack: $(call object,$(LACK_SOURCES)) $(WORLD_OBJECTS) $(BUILD)/rooms-lacking.a
	$(LINK)

define program
$(1): $(call object,$(2)) $(BUILD)/rooms.a
	$$(LINK)
endef
$(foreach s,$(filter test/%,$(PROGRAM_SOURCES)),\
    $(eval $(call program,$(patsubst test/%.c,$(BUILD)/%,$(s)),$(s))))
$(foreach s,$(filter bench/%,$(PROGRAM_SOURCES)),\
    $(eval $(call program,$(patsubst %.c,$(BUILD)/%,$(s)),$(s))))
$(BUILD)/crash/killat: $(call object,$(TRACE_SOURCES))
$(BUILD)/bench/data_move: $(call object,test/tls.c)
$(eval $(call program,$(BUILD)/interop/hostile_front,$(HOSTILE_SOURCES)))
$(eval $(call program,$(BUILD)/trust/judge,$(TRUST_SOURCES)))

define fuzzer
$(BUILD)/fuzzer/$(1): $(call object,$(2)) $(WORLD_OBJECTS) $(BUILD)/rooms.a
	$$(LINK) -fsanitize=fuzzer
$(BUILD)/replay/$(1): $(call object,$(2) test/check/replay.c) $(WORLD_OBJECTS) \
    $(BUILD)/rooms.a
	$$(LINK)
endef
$(foreach s,$(FUZZ_SOURCES),\
    $(eval $(call fuzzer,$(subst /,_,$(call fuzz_name,$(s))),$(s))))

-include $(ALL_OBJECTS:.o=.d)
