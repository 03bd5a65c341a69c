#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Packets with the receive stamp of a device, where there is no such device.

usage: hwstamp.py send CLOCK NAME=VALUE...: put packets into the loopback device as a NIC's driver would, each with a stamp of
that clock (tai, raw, boottime, realtime). proto=udp|tcp port=N count=N every=SECONDS ages=NS,... (in turn; "none": no stamp,
"far": one of an hour ago, or ahead, "ahead": one of a second ahead). Prints when each packet was stamped: CLOCK_MONOTONIC and by how much
that may be wrong, as JSON. For tcp it connects to the port itself.
       hwstamp.py filter DEV [NUMBER]: print which packets it stamps (HWTSTAMP_FILTER_...), after setting that to NUMBER
       hwstamp.py look TRACE SENT NAME=VALUE...: does the trace say what was sent? name=TEXT, proto=, port=, error=NS at most.
"""
import ctypes
import fcntl
import json
import os
import socket
import struct
import sys
import time

CLOCKS = {"realtime": 0, "raw": 4, "boottime": 7, "tai": 11}
BPF_PROG_LOAD, BPF_PROG_TEST_RUN, SCHED_CLS = 5, 10, 3
libc = ctypes.CDLL(None, use_errno=True)
HERE, PEER = "10.97.0.1", "10.97.0.2"  # of datagrams: without a route yet, 127.0.0.1 would be a martian
HOUR = 3600 * 10**9


def bpf(cmd, attr):
    nr = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
    attr = ctypes.create_string_buffer(attr, 144)
    fd = libc.syscall(nr, cmd, attr, 144)
    if fd < 0:
        sys.exit(f"bpf({cmd}): {os.strerror(ctypes.get_errno())}")
    return fd


def redirector(ifindex):
    """A program that gives a copy of its packet to that device, as one that came in."""
    insns = b"".join(struct.pack("<BBhi", *i) for i in (
        (0xb7, 2, 0, ifindex), (0xb7, 3, 0, 1), (0x85, 0, 0, 13), (0xb7, 0, 0, 0), (0x95, 0, 0, 0)))
    code, licence = ctypes.create_string_buffer(insns, len(insns)), ctypes.create_string_buffer(b"GPL")
    attr = struct.pack("<IIQQ", SCHED_CLS, len(insns) // 8, ctypes.addressof(code), ctypes.addressof(licence))
    return bpf(BPF_PROG_LOAD, attr)


def inject(prog, frame, stamp):
    """BPF_PROG_TEST_RUN makes the skb, and takes the stamp from its context (5.16)."""
    data = ctypes.create_string_buffer(frame, len(frame))
    ctx = ctypes.create_string_buffer(192)  # struct __sk_buff; hwtstamp is its last member
    struct.pack_into("<Q", ctx, 184, stamp)
    attr = struct.pack("<IIIIQQIIIIQQ", prog, 0, len(frame), 0, ctypes.addressof(data), 0, 1, 0, 192, 0,
                       ctypes.addressof(ctx), 0)
    bpf(BPF_PROG_TEST_RUN, attr)


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    n = sum(struct.unpack(f"!{len(data) // 2}H", data))
    n = (n & 0xffff) + (n >> 16)
    return ~(n + (n >> 16)) & 0xffff


def frame(proto, l4, src, dst):
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(l4), os.getpid() & 0xffff, 0, 64, proto, 0,
                     socket.inet_aton(src), socket.inet_aton(dst))
    ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
    return bytes(12) + b"\x08\x00" + ip + l4


def datagram(port, payload):
    return frame(17, struct.pack("!HHHH", 4242, port, 8 + len(payload), 0) + payload, PEER, HERE)


def segment(port, from_port, seq, ack, payload):
    local = socket.inet_aton("127.0.0.1")
    tcp = struct.pack("!HHIIBBHHH", from_port, port, seq, ack, 5 << 4, 0x18, 512, 0, 0) + payload
    pseudo = local + local + struct.pack("!BBH", 0, 6, len(tcp))
    return frame(6, tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:], "127.0.0.1", "127.0.0.1")


def connect(port):
    """A connection, and the numbers of what its client would send next: from its handshake."""
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
    tap.bind(("lo", 0))
    sock = socket.create_connection(("127.0.0.1", port))
    here = sock.getsockname()[1]
    while True:
        ip = tap.recv(2048)
        src, dst, seq, ack, _, flags = struct.unpack("!HHIIBB", ip[20:34])
        if ip[9] == 6 and (src, dst) == (here, port) and flags == 0x10:
            tap.close()
            return sock, here, seq, ack


def now(clock):
    """That clock, CLOCK_MONOTONIC at that moment, and half of the window that it was read in."""
    best = None
    for _ in range(9):
        a = time.monotonic_ns()
        c = time.clock_gettime_ns(clock)
        b = time.monotonic_ns()
        if best is None or b - a < best[2]:
            best = (c, a + (b - a) // 2, b - a)
    return best[0], best[1], best[2] // 2 + 1


def send(clock, o):
    prog = redirector(socket.if_nametoindex("lo"))
    port, ages = int(o["port"]), o["ages"].split(",")
    sent, sock = [], None
    if o["proto"] == "tcp":
        sock, here, seq, ack = connect(port)
        time.sleep(0.05)
    for i in range(int(o["count"])):
        age, payload = ages[i % len(ages)], b"%010d" % i
        data = datagram(port, payload)
        if sock:
            data = segment(port, here, seq, ack, payload)
            seq += len(payload)
        c, mono, half = now(CLOCKS[clock])
        ns = {"none": 0, "far": HOUR if c > HOUR else -HOUR, "ahead": -10**9}.get(age)
        ns = int(age) if ns is None else ns
        inject(prog, data, 0 if age == "none" else c - ns)
        sent.append({"age": age, "mono": mono - ns, "half": half})
        time.sleep(float(o.get("every", 0.01)))
    json.dump(sent, sys.stdout)


def rx_filter(dev, to=None):
    """Which packets a device stamps (SIOCGHWTSTAMP), or set that (SIOCSHWTSTAMP)."""
    config = ctypes.create_string_buffer(struct.pack("iii", 0, 0, to or 0), 12)
    ifr = struct.pack("16sQ16x", dev.encode(), ctypes.addressof(config))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, 0x89b1 if to is None else 0x89b0, ifr)
    print(struct.unpack("iii", config.raw)[2])


failed = False


def ok(what, true, detail=""):
    global failed
    failed |= not true
    print(("ok" if true else "not ok") + " - " + what)
    if not true and detail != "":
        print("# " + str(detail))


def look(trace, sent, o):
    name = o["name"]
    with open(trace, encoding="utf-8") as f:
        lines = [json.loads(l) for l in f if l.startswith("{")]
    with open(sent, encoding="utf-8") as f:
        sent = json.load(f)
    end = next((l for l in lines if l["type"] == "end"), None)
    got = [l for l in lines if l["type"] == "packet" and l["local_port"] == int(o["port"]) and l["len"] == 10]
    ok(f"{name}: {len(sent)} packets were read", len(got) == len(sent), len(got))
    if o["proto"] == "tcp":
        got.sort(key=lambda p: p["seq"])
    bad = [s["age"] in ("none", "far", "ahead") for s in sent]
    ok(f"{name}: those without a stamp, or with an absurd one, have none",
       all((p["hw"] is None) == b for p, b in zip(got, bad)), [p.get("hw") for p in got][:8])
    missing = sum(s["age"] == "none" for s in sent)
    ok(f"{name}: both are counted", end and end["lost"]["hw_missing"] >= missing and
       end["lost"]["hw_unusable"] == sum(bad) - missing, end and end["lost"])
    pairs = [(p, s) for p, s, b in zip(got, sent, bad) if not b and p["hw"]]
    off = [abs(p["hw"]["t_ns"] - s["mono"]) - p["hw"]["error_ns"] - s["half"] for p, s in pairs]
    ok(f"{name}: each is right to what it says", off and max(off) <= 0, sorted(off)[-3:])
    errors = [p["hw"]["error_ns"] for p, _ in pairs]
    ok(f"{name}: which is at most {o['error']} ns", errors and max(errors) <= int(o["error"]), sorted(errors)[-3:])
    ok(f"{name}: and from there to the stack is what is left",
       all(p["points"]["stack"] - p["hw"]["t_ns"] == p["hw"]["to_stack_ns"] for p, _ in pairs))
    ok(f"{name}: it is no part of the total",
       all(sum(p["stages"].values()) == p["total_ns"] and "hw" not in p["points"] for p in got))
    if errors:
        print(f"# {name}: errors stated {min(errors)} to {max(errors)} ns, "
              f"off by {min(abs(p['hw']['t_ns'] - s['mono']) for p, s in pairs)} to "
              f"{max(abs(p['hw']['t_ns'] - s['mono']) for p, s in pairs)} ns")


if __name__ == "__main__":
    opts = dict(a.split("=", 1) for a in sys.argv[3:] if "=" in a)
    if sys.argv[1] == "send":
        send(sys.argv[2], opts)
    elif sys.argv[1] == "filter":
        rx_filter(sys.argv[2], int(sys.argv[3]) if sys.argv[3:] else None)
    else:
        look(sys.argv[2], sys.argv[3], opts)
        sys.exit(failed)
