#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""attach.py OBJECT: load a BPF object's programs, attach each where its section says, print "attached", and
take them off again at a signal or after five minutes. (bpftool does that since 7.2 only.)"""
import ctypes
import signal
import sys

ENDS = {signal.SIGTERM, signal.SIGINT, signal.SIGALRM}
signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
bpf = ctypes.CDLL("libbpf.so.1", use_errno=True)
for name in ("bpf_object__open_file", "bpf_object__next_program", "bpf_program__attach"):
    getattr(bpf, name).restype = ctypes.c_void_p
obj = bpf.bpf_object__open_file(sys.argv[1].encode(), None)
if not obj or bpf.bpf_object__load(ctypes.c_void_p(obj)):
    sys.exit(f"cannot load {sys.argv[1]}: errno {ctypes.get_errno()}")
prog = bpf.bpf_object__next_program(ctypes.c_void_p(obj), None)
while prog:
    if not bpf.bpf_program__attach(ctypes.c_void_p(prog)):
        sys.exit(f"cannot attach: errno {ctypes.get_errno()}")
    prog = bpf.bpf_object__next_program(ctypes.c_void_p(obj), ctypes.c_void_p(prog))
print("attached", flush=True)
signal.alarm(300)
signal.sigwait(ENDS)
