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
