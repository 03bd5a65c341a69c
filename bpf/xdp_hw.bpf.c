// SPDX-License-Identifier: GPL-2.0-only
/*
 * --xdp on a device whose own stamps are used (--hw): the same, with the stamp that its driver
 * tells an XDP program of (6.3). A file of its own, for such a program is bound to its device, and
 * loads nowhere else.
 */
#include "xdp_leave.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#ifdef TEST_CLOCK /* for tests/vm/hw.t: no device there tells one */
#define RX_TIMESTAMP(ctx, stamp) ((*(stamp) = bpf_ktime_get_tai_ns()), 0)
#else
extern int bpf_xdp_metadata_rx_timestamp(const struct xdp_md *ctx, __u64 *timestamp) __ksym;
#define RX_TIMESTAMP(ctx, stamp) bpf_xdp_metadata_rx_timestamp(ctx, stamp)
#endif

SEC("xdp")
int ns_xdp_hw(struct xdp_md *ctx)
{
	struct headers h = {(void *)(long)ctx->data, (void *)(long)ctx->data_end};
	u64 now = bpf_ktime_get_ns();
	__u64 hw = 0;

	if (RX_TIMESTAMP(ctx, &hw))
		hw = 0;
	leave_stamp(&h, now, hw, true);
	return XDP_PASS;
}
