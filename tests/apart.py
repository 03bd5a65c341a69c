# SPDX-License-Identifier: GPL-2.0-only
"""For stages.py: where two programs that measure the same packets may differ, and how."""


def by_one_stamp(n, total, longest, times, most):
    """All packets of a port are apart by the same, which is less than `most`, in `stat` (n, total, longest) and `trace`
    (times): they share a stamp, of one call or one ACK, and an interrupt came between the two programs that look at the
    clock there, one after the other, on the same hook."""
    if n != len(times) or not n:
        return False
    each = (total - sum(times)) / n
    return abs(each) < most and abs(longest - max(times) - each) <= 0.05 * abs(each)


AFTER = ("wakeup", "runqueue", "application")


def by_one_wake(stat, pkts, slack):
    """One of the two lost a wake-up: probably more than it waits for (TELLING_NS) lay between its `ready` and sched_waking, as where
    a host takes the CPU away just then; the other's `ready` is later. All that the reader finds when it runs then has in
    `application` what the other one has in `wakeup` and `runqueue`; so fewer packets have those, but the three together are as
    long. stat: {stage: (packets, ns, ...)}; pkts: the stages of each of trace's."""
    runs = sum(1 for p in pkts if p.get("runqueue"))
    ours, theirs = sum(stat[s][1] for s in AFTER if s in stat), sum(p.get(s, 0) for p in pkts for s in AFTER)
    fewer = abs(stat["runqueue"][0] - runs) if "runqueue" in stat else 0
    return 0 < fewer <= len(pkts) // 10 and abs(ours - theirs) <= max(0.05 * theirs, slack * len(pkts))
