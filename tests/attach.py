#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""attach.py OBJECT [NUMBER|CGROUP]: load a BPF object's programs, attach each where its section says, print "attached",
and take them off again at a signal or after five minutes. (bpftool does that since 7.2 only.) NUMBER is the value of
the one constant (const volatile __u32) that the object has; CGROUP the directory of the one that its programs are for."""
import ctypes
import os
import signal
import sys

ENDS = {signal.SIGTERM, signal.SIGINT, signal.SIGALRM}
signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
bpf = ctypes.CDLL("libbpf.so.1", use_errno=True)
for name in ("bpf_object__open_file", "bpf_object__next_program", "bpf_program__attach", "bpf_program__attach_cgroup",
             "bpf_object__find_map_by_name"):
    getattr(bpf, name).restype = ctypes.c_void_p
obj = bpf.bpf_object__open_file(sys.argv[1].encode(), None)
cgroup = os.open(sys.argv[2], os.O_RDONLY) if len(sys.argv) > 2 and not sys.argv[2].isdigit() else None
if obj and len(sys.argv) > 2 and cgroup is None:
    constants = bpf.bpf_object__find_map_by_name(ctypes.c_void_p(obj), b".rodata")
    value = ctypes.c_uint32(int(sys.argv[2]))
    if not constants or bpf.bpf_map__set_initial_value(ctypes.c_void_p(constants), ctypes.byref(value), ctypes.c_size_t(4)):
        sys.exit(f"{sys.argv[1]} has not one constant")
if not obj or bpf.bpf_object__load(ctypes.c_void_p(obj)):
    sys.exit(f"cannot load {sys.argv[1]}: errno {ctypes.get_errno()}")
prog = bpf.bpf_object__next_program(ctypes.c_void_p(obj), None)
while prog:
    prog = ctypes.c_void_p(prog)
    if not (bpf.bpf_program__attach(prog) if cgroup is None else bpf.bpf_program__attach_cgroup(prog, cgroup)):
        sys.exit(f"cannot attach: errno {ctypes.get_errno()}")
    prog = bpf.bpf_object__next_program(ctypes.c_void_p(obj), prog)
print("attached", flush=True)
signal.alarm(300)
signal.sigwait(ENDS)
