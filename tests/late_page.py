#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Memory that is there late (userfaultfd), for readers.py; and late_page.py HOST PORT COUNT, for causes.t: sends COUNT
messages of 100 bytes by TCP, each from a page that comes 20 ms after the call of send."""
import ctypes
import fcntl
import mmap
import os
import platform
import socket
import struct
import sys
import threading
import time


def late_page(late):
    """A page that is there `late` seconds after it was touched; its contents are nobody's."""
    page, api = mmap.mmap(-1, mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS), 0xaa
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.syscall({"x86_64": 323, "aarch64": 282}[platform.machine()], os.O_CLOEXEC)
    if fd < 0:
        raise OSError(ctypes.get_errno(), "userfaultfd")
    fcntl.ioctl(fd, 0xc018aa3f, struct.pack("QQQ", api, 0, 0))  # UFFDIO_API
    fcntl.ioctl(fd, 0xc020aa00, struct.pack("QQQQ", address, mmap.PAGESIZE, 1, 0))  # _REGISTER, _MODE_MISSING

    def serve():
        while os.read(fd, 32):
            time.sleep(late)
            fcntl.ioctl(fd, 0xc020aa04, struct.pack("QQQq", address, mmap.PAGESIZE, 0, 0))  # _ZEROPAGE

    threading.Thread(target=serve, daemon=True).start()
    return page


def send(host, port, count):
    page = late_page(0.020)
    with socket.create_connection((host, port)) as conn:
        for _ in range(count):
            page.madvise(mmap.MADV_DONTNEED)
            conn.sendall(memoryview(page)[:100])
            time.sleep(0.010)


if __name__ == "__main__":
    send(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
