#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The build itself: no warning from either compiler, everything rebuilt that must be and nothing else,
# install and uninstall, a tree without git.
. "$(dirname "$0")/../lib.sh"
cd "$TREE" || exit 1
unset MAKEFLAGS MAKELEVEL MFLAGS O CC SAN V WERROR
# A copy of what is tracked or new: other work in the tree does not change under the test.
tree=$T/tree
mkdir "$tree"
cp -r Makefile VERSION bpf completion man scripts src tests "$tree"
mk() { make -C "$tree" --no-print-directory -j"$(nproc)" "$@" >"$T/log" 2>&1; }
built() { # WHAT...: true if the last make did just that (kinds of lines, sorted)
	[ "$(awk '{ print $1 }' "$T/log" | sort -u | tr '\n' ' ')" = "$*${*:+ }" ] && return
	diag "make printed:" "$(head -20 "$T/log")"
	return 1
}
compiles() { # NAME MAKE-ARGS...
	if mk "${@:2}" all unit && ! grep -i warning "$T/log"; then pass "$1 builds all without a warning"; else fail "$1 builds all without a warning" "$(grep -vE '^  [A-Z]+ ' "$T/log" | head -40)"; fi
}

compiles gcc CC=gcc WERROR=1
touch "$T/tree/bpf/slot.bpf.h"
mk CC=gcc WERROR=1 all
ok "a header of the BPF programs changed: one make does it" built BPF CC LINK SKEL
mk CC=gcc WERROR=1 all
ok "and a second make does nothing" built
touch "$tree/src/model/histogram.c"
mk CC=gcc WERROR=1 all
ok "a source file changed: only it is compiled" built CC LINK
is "a tree without git has a version" "$("$tree/build/netstrata" --version | head -1)" "netstrata $(<VERSION)"
mk CC=gcc install DESTDIR="$T/root" PREFIX=/usr
is "make install" "$(cd "$T/root" && find . -type f | sort)" "$(
	echo ./usr/bin/netstrata
	echo ./usr/share/bash-completion/completions/netstrata
	for page in man/*.1; do echo "./usr/share/man/man1/${page#man/}"; done
)"
ok "the installed program runs" "$T/root/usr/bin/netstrata" --version
if command -v systemd-analyze >/dev/null; then
	sed "s,/usr/local/bin,$T/root/usr/bin,; /^Documentation=/d" contrib/systemd/netstrata.service >"$T/netstrata.service"
	is "systemd has nothing to say against the service" "$(systemd-analyze verify "$T/netstrata.service" 2>&1)" ""
else
	skip "the service" "no systemd-analyze"
fi
mk uninstall DESTDIR="$T/root" PREFIX=/usr
is "make uninstall leaves no file" "$(find "$T/root" -type f)" ""
compiles clang CC=clang WERROR=1
mk help
ok "make help lists the targets" grep -q '^check ' "$T/log"
mk clean
ok "make clean" test ! -e "$tree/build"
done_testing
