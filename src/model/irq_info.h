/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupt lines: what the system says of them. Pure data. */
#ifndef NS_IRQ_INFO_H
#define NS_IRQ_INFO_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

/* How a device moderates its interrupts, by ethtool's names. */
struct coalescing {
	bool told; /* the driver says */
	bool adaptive_rx, adaptive_tx;
	__u32 rx_usecs, rx_frames, tx_usecs, tx_frames;
};

struct irq_info {
	unsigned irq;
	char name[64];			  /* of its handlers: "eth0-rx-0", "virtio0-input.0" */
	char dev[16];			  /* network device; empty: none */
	char affinity[64], effective[64]; /* lists of CPUs: "0-3,8"; empty: not told */
	struct coalescing coalescing;	  /* of dev */
};

struct irq_infos {
	struct irq_info *list; /* by number; line i + 1 of the programs is list[i] */
	size_t n;
};

/* The one of this number; NULL if there is none. */
const struct irq_info *irq_find(const struct irq_infos *irqs, unsigned irq);

#endif
