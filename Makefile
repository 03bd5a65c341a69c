# SPDX-License-Identifier: GPL-2.0-only
# netstrata: `make` builds, `make help` lists the targets. Knobs: O= V=1 CC= SAN=address,undefined
O ?= build
CC ?= gcc
CLANG ?= clang
BPFTOOL ?= $(shell command -v bpftool || echo /usr/sbin/bpftool)
PREFIX ?= /usr/local
ARCH := $(shell uname -m | sed 's/x86_64/x86/; s/aarch64/arm64/')
MULTIARCH := $(shell $(CC) -print-multiarch 2>/dev/null)
VERSION := $(shell cat VERSION)$(shell git describe --always --dirty 2>/dev/null | sed 's/^/-g/')
Q := $(if $(V),,@)

MODULES := model output collect probe cli
SRC := $(foreach m,$(MODULES),$(wildcard src/$(m)/*.c))
OBJ := $(SRC:src/%.c=$(O)/obj/%.o)
BPF := $(wildcard bpf/*.bpf.c)
SKEL := $(BPF:bpf/%.bpf.c=$(O)/skel/%.skel.h)

WARN := -Wall -Wextra $(if $(WERROR),-Werror)
SANFLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all)
CPPFLAGS += -D_GNU_SOURCE -Ibpf $(MODULES:%=-Isrc/%) -I$(O)/skel -DNETSTRATA_VERSION='"$(VERSION)"'
CFLAGS ?= -O2 -g
ALL_CFLAGS := -std=gnu11 $(CFLAGS) $(WARN) $(SANFLAGS)
PKGS := libbpf jansson
ALL_CFLAGS += $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
LDLIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null || echo -lbpf -ljansson) -lm

all: $(O)/netstrata

$(O)/netstrata: $(OBJ)
	@echo "  LINK    $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $^ $(LDLIBS) -o $@

$(O)/obj/%.o: src/%.c | $(SKEL)
	@echo "  CC      $<"
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

$(O)/bpf/%.bpf.o: bpf/%.bpf.c
	@echo "  BPF     $<"
	@mkdir -p $(@D)
	$(Q)$(CLANG) -g -O2 -target bpf -mcpu=v3 -D__TARGET_ARCH_$(ARCH) -Wall -Wextra -Werror \
		-Wno-unused-function -Wno-unused-parameter -Ibpf -idirafter /usr/include/$(MULTIARCH) \
		-MMD -MP -c $< -o $@

$(O)/skel/%.skel.h: $(O)/bpf/%.bpf.o
	@echo "  SKEL    $@"
	@mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf > $@

# A change of version alone rebuilds what prints it.
$(O)/version: FORCE
	@mkdir -p $(O); echo '$(VERSION)' | cmp -s - $@ || echo '$(VERSION)' > $@
$(O)/obj/cli/main.o $(O)/obj/cli/session.o: $(O)/version

clean: ## remove what was built
	rm -rf $(O)

-include $(shell find $(O) -name '*.d' 2>/dev/null)

.PHONY: all clean FORCE
.DELETE_ON_ERROR:
.SECONDARY:
