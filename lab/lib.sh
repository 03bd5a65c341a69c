# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Shared by the scripts in this folder (sourced, not run).

LAB=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
TREE=$(dirname "$LAB")	# the working tree this lab belongs to; writable in guests

# Debian 12's own QEMU corrupts guests that patch their own code (fentry, 6.12), hence the suite of QEMU.
QEMU_SUITE=bookworm-backports
QEMU_DEBS=(qemu-system-x86 qemu-system-common qemu-system-data seabios)
VIRTIOFSD=/usr/lib/qemu/virtiofsd

# The default kernels: name, Debian suite. See README.md, "Adding a kernel".
KERNELS=(5.10 6.1 6.12 7.x)
kernel_suite() { # NAME -> suite; a trailing g asks for the generic kernel instead of the smaller cloud one, rt for PREEMPT_RT
	local name=${1%g}
	case ${name%rt} in
	5.10) echo bullseye ;;
	6.1) echo bookworm ;;
	6.12) echo trixie ;;
	7.x) echo trixie-backports ;;
	*) return 1 ;;
	esac
}
kernel_package() { case $1 in *g) echo linux-image-amd64 ;; *rt) echo linux-image-rt-amd64 ;; *) echo linux-image-cloud-amd64 ;; esac }

# v1: raise the number when the layout of the cache changes, so that old and new trees can share a machine.
CACHE=${NETSTRATA_LAB_CACHE:-/var/cache/netstrata-lab}/v1

# Exit statuses of lab/run other than the command's own.
EXIT_USAGE=2 EXIT_UNAVAILABLE=77 EXIT_DEAD=99 EXIT_HANG=124

say() { printf 'lab: %s\n' "$*" >&2; }
die() { local rc=$1; shift; say "$*"; exit "$rc"; }

# The text of a script's leading comment is its --help.
usage() { sed -n '3,/^[^#]/s/^# \{0,1\}//p' "$0"; }

check_kernel_name() { kernel_suite "$1" >/dev/null || die $EXIT_USAGE "unknown kernel '$1' (known: ${KERNELS[*]}, and each with a g at its end for the generic flavour, rt for PREEMPT_RT)"; }

have_kernel() { [ -s "$CACHE/$1/vmlinux" ]; }
have_qemu() { [ -x "$CACHE/qemu/usr/bin/qemu-system-x86_64" ]; }

make_tmp() { # NAME -> a new temporary directory
	local d
	d=$(mktemp -d "${TMPDIR:-/tmp}/netstrata-$1.XXXXXX") || return 1
	# 108 bytes are all the path of a socket may have.
	[ ${#d} -le 100 ] || { rmdir "$d"; say "TMPDIR is too long a path for sockets: ${TMPDIR:-}"; return 1; }
	echo "$d"
}

# need_tools: says which Debian packages are missing on this host and fails.
need_tools() {
	local missing=() pair
	for pair in cpio:cpio modprobe:kmod depmod:kmod xz:xz-utils zstd:zstd lz4:lz4 busybox:busybox-static python3:python3 \
		flock:util-linux setpriv:util-linux qemu-system-x86_64:qemu-system-x86 $VIRTIOFSD:qemu-system-common; do
		command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
	done
	# The dynamic busybox has the same name, but cannot start in an initramfs.
	if command -v busybox >/dev/null && ldd "$(command -v busybox)" >/dev/null 2>&1; then missing+=(busybox-static); fi
	[ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || missing+=(debian-archive-keyring)
	[ ${#missing[@]} = 0 ] && return 0
	say "host tools are missing: apt-get install $(printf '%s\n' "${missing[@]}" | sort -u | paste -sd' ')"
	return 1
}
