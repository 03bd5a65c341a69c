# SPDX-License-Identifier: GPL-2.0-only
# netstrata: `make` builds, `make help` lists the targets. Knobs: O= V=1 CC= SAN=address,undefined WERROR=1
O ?= build
CC := $(if $(filter default,$(origin CC)),gcc,$(CC))
CLANG ?= clang
# For the BPF programs: 19 makes better code than 14, which Debian 12 calls clang, and both load everywhere.
BPF_CLANG ?= $(firstword $(shell command -v clang-19) $(CLANG))
BPFTOOL ?= $(shell command -v bpftool || echo /usr/sbin/bpftool)
PREFIX ?= /usr/local
ARCH := $(shell uname -m | sed 's/x86_64/x86/; s/aarch64/arm64/')
MULTIARCH := $(shell $(CC) -print-multiarch 2>/dev/null || gcc -print-multiarch 2>/dev/null)
# The commit, if this is a clone: a tarball has none, not even that of a clone around it.
VERSION := $(shell cat VERSION)$(shell git --git-dir=.git describe --always --dirty --exclude='*' \
	2>/dev/null | sed 's/^/-g/')
JOBS := $(shell nproc)
Q := $(if $(V),,@)
PARALLEL = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(JOBS))
SUBMAKE = +$(Q)$(MAKE) --no-print-directory $(PARALLEL)

# Optional libraries, by their pkg-config names. OF_ of one: the source files that are left out without it; what
# main.c and others call of them is declared weak, so that they can say what is missing.
OPTIONAL := libmicrohttpd ncursesw sqlite3
FOUND := $(shell for p in $(OPTIONAL); do pkg-config --exists $$p 2>/dev/null && echo $$p; done)
MISSING := $(filter-out $(FOUND),$(OPTIONAL))
OF_libmicrohttpd := src/serve/server.c src/cli/cmd_serve.c
OF_ncursesw := src/tui/term.c src/cli/cmd_top.c
OF_sqlite3 := $(filter-out %codec.c %dictionary.c,$(wildcard src/record/*.c)) tests/unit/recording.c \
	$(patsubst %,src/cli/%.c,cmd_record cmd_report cmd_diff range)
MODULES := model output tui serve collect probe record cli
# for a test of readers only
URING := $(shell pkg-config --libs liburing 2>/dev/null)
LEFT_OUT := $(foreach l,$(MISSING),$(OF_$(l)))
SRC := $(filter-out $(LEFT_OUT),$(foreach m,$(MODULES),$(wildcard src/$(m)/*.c)))
OBJ := $(SRC:src/%.c=$(O)/obj/%.o)
LIB := $(filter-out $(O)/obj/cli/main.o,$(OBJ)) # what tests are linked with
BPF := $(wildcard bpf/*.bpf.c)
SHAPES := functions functions_pre tracepoints tracepoints_pre # of bpf/shape.h
SKEL := $(BPF:bpf/%.bpf.c=$(O)/skel/%.skel.h) $(SHAPES:%=$(O)/skel/path_%.skel.h)

WARN := -Wall -Wextra $(if $(WERROR),-Werror)
SANFLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all)
CPPFLAGS += -D_GNU_SOURCE -Ibpf $(MODULES:%=-Isrc/%) -I$(O)/skel
CFLAGS ?= -O2 -g
PKGS := libbpf jansson $(FOUND)
ALL_CFLAGS := -std=gnu11 $(CFLAGS) $(WARN) $(SANFLAGS) $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
LDLIBS := -Wl,--as-needed $(shell pkg-config --libs $(PKGS) 2>/dev/null || echo -lbpf -ljansson) -lm

UNIT := $(patsubst tests/unit/%.c,$(O)/tests/unit/%,$(filter-out $(LEFT_OUT),$(wildcard tests/unit/*.c)))
TOOLS := $(patsubst tests/tools/%.c,$(O)/tests/%,$(filter-out %.bpf.c $(if $(URING),,%/uring.c),\
	$(wildcard tests/tools/*.c))) \
	$(patsubst tests/tools/%.c,$(O)/tests/%.o,$(wildcard tests/tools/*.bpf.c)) $(O)/tests/xdp_hw_clock.bpf.o
FUZZ := $(patsubst tests/fuzz/%.c,$(O)/tests/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SECONDS ?= 60
SANITIZED := O=$(O)/san CC=$(CLANG) SAN=fuzzer-no-link,address,undefined
LAB_KERNELS ?= 5.10 6.1 6.12 7.x
VM_TESTS := $(addprefix $(O)/check/vm-,$(shell scripts/vm-list $(LAB_KERNELS)))
# those that make sense on any kernel
VM_NATIVE := $(patsubst %,tests/vm/%.t,serve inject send filters sched prestack xdp softirq causes local_ways verifier hw faces)
SOURCES = $(wildcard src/*/*.[ch] bpf/*.[ch] tests/*.h tests/unit/*.[ch] tests/fuzz/*.c tests/tools/*.[ch] bench/*.[ch])

all: $(O)/netstrata $(TOOLS) ## build build/netstrata and the tools of the tests and the demo

$(O)/netstrata: $(OBJ)
	@echo "  LINK    $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $^ $(LDLIBS) -o $@

$(O)/obj/%.o: src/%.c $(O)/flags | $(SKEL)
	@echo "  CC      $<"
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

$(O)/obj/serve/page.o: $(wildcard src/serve/page/*) # which it has in it

# Said here too, not only in the .d files: what includes a skeleton is rebuilt with it, in the same run.
$(addprefix $(O)/obj/,$(patsubst src/%.c,%.o,$(shell grep -l 'skel\.h"' $(SRC)))): $(SKEL)

BPF_CC = $(BPF_CLANG) -g -O2 -target bpf -mcpu=v3 -D__TARGET_ARCH_$(ARCH) -Wall -Wextra -Werror \
	-Wno-unused-function -Wno-unused-parameter -Ibpf -idirafter /usr/include/$(MULTIARCH) -MMD -MP

define BUILD_BPF # with these options besides
	@echo "  BPF     $@"
	@mkdir -p $(@D)
	$(Q)$(BPF_CC) $(1) -c $< -o $@
endef

$(O)/bpf/%.bpf.o: bpf/%.bpf.c
	$(call BUILD_BPF)
upper = $(shell echo $(1) | tr a-z A-Z)
$(O)/bpf/path_%.bpf.o: bpf/path.bpf.c # its shape is a constant
	$(call BUILD_BPF,-DSHAPE=SHAPE_$(call upper,$*) -DBUILD_$(call upper,$(*:%_pre=%)))
$(O)/tests/%.bpf.o: tests/tools/%.bpf.c
	$(call BUILD_BPF)
$(O)/tests/%_clock.bpf.o: bpf/%.bpf.c # it stamps itself, where no device does
	$(call BUILD_BPF,-DTEST_CLOCK)
$(O)/bench/%_empty.bpf.o: bpf/%.bpf.c # the same hooks without their work: what bench/ compares with
	$(call BUILD_BPF,-DBENCH_EMPTY)

$(O)/skel/%.skel.h: $(O)/bpf/%.bpf.o
	@echo "  SKEL    $@"
	@mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen object $(O)/skel/$*.o $< # without what only a debugger reads
	$(Q)$(BPFTOOL) gen skeleton $(O)/skel/$*.o name $*_bpf > $@

# A change of flags rebuilds everything, a change of version what prints it.
WITH_VERSION := $(addprefix $(O)/obj/cli/,main.o run_info.o cmd_ping.o)
$(O)/flags $(O)/version: FORCE
	@mkdir -p $(@D); echo '$(text)' | cmp -s - $@ || echo '$(text)' > $@
$(O)/flags: text = $(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(FOUND)
$(O)/version: text = $(VERSION)
$(WITH_VERSION): $(O)/version
$(O)/obj/cli/main.o: private CPPFLAGS += -DLIBRARIES='"$(FOUND)"' -DMISSING='"$(MISSING)"'
$(WITH_VERSION): private CPPFLAGS += -DNETSTRATA_VERSION='"$(VERSION)"'

demo: ## install what is missing, build, and show netstrata on real traffic (root)
	@scripts/deps build demo
	$(SUBMAKE) all
	$(Q)demo/demo.sh

deps: ## install what building, demo and tests need (apt-get; says what; root)
	@scripts/deps build demo check lab

check: ## install what is missing, build, and run all tests (root); T="FILE..." runs these only
	@scripts/deps build demo check lab
	$(SUBMAKE) all unit $(O)/bench/path_empty.bpf.o
	$(SUBMAKE) $(SANITIZED) unit fuzzers
	$(SUBMAKE) vm-tests
	$(Q)scripts/run-tests $(O) $(or $(T),$(UNIT) $(UNIT:$(O)/%=$(O)/san/%) $(sort $(wildcard \
		tests/build/*.t tests/cli/*.t tests/fuzz/*.t tests/native/*.t bench/*.t tests/lab/*.t)) \
		$(VM_NATIVE) $(VM_TESTS))

fuzz: ## run each fuzz target for FUZZ_SECONDS (60)
	@scripts/deps build check
	$(SUBMAKE) $(SANITIZED) fuzzers
	$(Q)O=$(O) FUZZ_SECONDS=$(FUZZ_SECONDS) prove -v tests/fuzz

bench: all $(O)/bench/path_empty.bpf.o ## measure what netstrata costs (root); docs/overhead.md holds the results
	@scripts/deps build demo lab
	$(Q)bench/run

install: $(O)/netstrata ## install binary, man pages and completion (PREFIX, DESTDIR)
	install -D -m 755 $< $(DESTDIR)$(PREFIX)/bin/netstrata
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man1 man/*.1
	install -D -m 644 completion/netstrata.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/netstrata

uninstall: ## remove what install installed
	rm -f $(DESTDIR)$(PREFIX)/bin/netstrata $(DESTDIR)$(PREFIX)/share/bash-completion/completions/netstrata
	rm -f $(patsubst man/%,$(DESTDIR)$(PREFIX)/share/man/man1/%,$(wildcard man/*.1))

format: ## format all C with clang-format
	clang-format -i $(SOURCES)

clean: ## remove what was built
	rm -rf $(O)

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 14
	@echo 'Variables: O=DIR output; V=1 commands shown; CC; CFLAGS; SAN=address,undefined; WERROR=1; PREFIX; DESTDIR'

# ---- what the tests need ----

unit: $(UNIT) $(TOOLS)
fuzzers: $(FUZZ)
vm-tests: $(VM_TESTS)
unit fuzzers vm-tests: ; @:
sources: # for tests/build/format.t
	@echo $(SOURCES)

TOOL_CC = $(CC) -Itests $(ALL_CFLAGS) -MMD -MP $(LDFLAGS)
TEST_CC = $(TOOL_CC) $(CPPFLAGS) -Itests/unit

$(O)/tests/unit/%: tests/unit/%.c $(LIB)
	@echo "  TEST    $@"
	@mkdir -p $(@D)
	$(Q)$(TEST_CC) $< $(LIB) $(LDLIBS) -pthread -o $@

$(O)/tests/fuzz/%: tests/fuzz/%.c $(LIB)
	@echo "  FUZZ    $@"
	@mkdir -p $(@D)
	$(Q)$(TEST_CC) -fsanitize=fuzzer $< $(LIB) $(LDLIBS) -o $@

$(O)/tests/uring: private TOOL_LIBS := $(URING)
$(O)/tests/%: tests/tools/%.c $(O)/flags
	@echo "  TOOL    $@"
	@mkdir -p $(@D)
	$(Q)$(TOOL_CC) $< $(TOOL_LIBS) -o $@

# A test of tests/vm in a guest: a file for each kernel, so that prove names the kernel.
vm_kernel = $(firstword $(subst -, ,$(patsubst vm-%,%,$(notdir $@))))
vm_test = tests/vm/$(patsubst vm-$(vm_kernel)-%,%,$(notdir $@))
$(VM_TESTS): Makefile
	@mkdir -p $(@D)
	@printf '#!/bin/sh\nexec scripts/vm-test %s %s\n' $(vm_kernel) $(vm_test) > $@; chmod +x $@

-include $(shell find $(O)/obj $(O)/bpf $(O)/bench $(O)/tests -name '*.d' 2>/dev/null)

.PHONY: all demo deps check fuzz bench install uninstall format clean help unit fuzzers vm-tests sources FORCE
.DELETE_ON_ERROR:
.SECONDARY:
