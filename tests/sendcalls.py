# SPDX-License-Identifier: GPL-2.0-only
"""What a case of sendcases.py says of the application's calls (traffic send --stamp, --nonblock)."""
from stages import SLACK, SMALL, us


def check_calls(tap, name, mine, path):
    with open(path, encoding="utf-8") as f:
        calls = [tuple(map(int, line.split()[:3])) for line in f]
    out = [p["points"]["send"] for p in mine
           if not any(a <= p["points"]["send"] <= b for a, b, _ in calls)]
    tap.ok(not out, f"{name}: `send` lies inside the call", f"{len(out)} of {len(mine)}: {out[:2]} {calls[:2]}")
    if mine[0]["proto"] != "tcp":
        return
    start, brought, off = mine[0]["seq"], [], []
    for call in calls:
        brought.append((brought[-1][0] + brought[-1][3] if brought else 0, *call))
    for p in mine:
        at = (p["seq"] - start) % 2**32
        begin, end = next((a, b) for first, a, b, n in brought if first <= at < first + n)
        if not begin <= p["points"]["send"] <= end:
            off.append((at, us(p["points"]["send"] - begin)))
    tap.ok(not off, f"{name}: `send` is the call that brought the first byte", f"{len(off)} of {len(mine)}: {off[:3]}")


def check_refused(tap, name, want):
    least, _, path = want.partition(":")
    with open(path, encoding="utf-8") as f:
        got = next((int(line.split()[1]) for line in f if line.startswith("refused ")), 0)
    tap.ok(got >= int(least), f"{name}: at least {least} calls found no room", f"{got}")
    print(f"# {name}: {got} calls found no room")


def check_blocked(tap, name, mine, want):
    """The sender's own clock is the witness: a call that took long was blocked, and no other."""
    least, path = want.split("@")
    with open(path, encoding="utf-8") as f:
        calls = [tuple(map(int, line.split()[:2])) for line in f]
    off, n, shorter = [], 0, True
    for a, b in calls:
        got = [p["causes"].get("sndbuf", 0) for p in mine if a <= p["points"]["send"] <= b]
        n += b - a > SMALL
        if len(got) != 1 or abs(got[0] - (b - a if b - a > SMALL else 0)) > max(SLACK, 0.05 * (b - a)):
            off.append((us(b - a), [us(g) for g in got]))
            shorter &= len(got) == 1 and got[0] < b - a
    tap.ok(n >= int(least), f"{name}: {least} calls were blocked", f"{n} of {len(calls)}")
    # A few may have lost the CPU for as long (to the tracer, in a guest of one): then the call is longer than its sndbuf,
    # never the other way.
    tap.ok(calls and (not off or (len(off) <= len(calls) // 10 and shorter)), f"{name}: sndbuf is as long as the call",
           f"{len(off)} of {len(calls)}: {off[:3]}")
    print(f"# {name}: {n} of {len(calls)} calls were blocked")
