#!/usr/bin/env python3
"""extract-vmlinux.py BZIMAGE OUT: the uncompressed ELF kernel inside a bzImage.

QEMU boots the ELF directly (PVH), which saves the guest seconds of decompression under emulation.
"""
import lzma
import struct
import subprocess
import sys
import zlib


def run(command, data):
    # The payload is followed by its uncompressed size, so the tools complain about the tail; the caller checks the result.
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


def main():
    image = open(sys.argv[1], "rb").read()
    setup_sectors = image[0x1F1] or 4
    offset, length = struct.unpack_from("<II", image, 0x248)  # payload_offset, payload_length of the boot protocol
    start = (setup_sectors + 1) * 512 + offset
    payload = image[start:start + length]
    if payload[:6] == b"\xfd7zXZ\0":
        elf = lzma.LZMADecompressor().decompress(payload[:-4])
    elif payload[:4] == b"\x02\x21\x4c\x18":
        elf = run(["lz4", "-dc"], payload)
    elif payload[:4] == b"\x28\xb5\x2f\xfd":
        elf = run(["zstd", "-dc"], payload)
    elif payload[:2] == b"\x1f\x8b":
        elf = zlib.decompressobj(31).decompress(payload)
    else:
        sys.exit("%s: unknown compression, payload starts with %s" % (sys.argv[1], payload[:6].hex()))
    size, = struct.unpack("<I", payload[-4:])
    if elf[:4] != b"\x7fELF" or len(elf) != size:
        sys.exit("%s: decompressed to %d bytes (expected %d) starting with %r" % (sys.argv[1], len(elf), size, elf[:4]))
    with open(sys.argv[2], "wb") as out:
        out.write(elf)


main()
