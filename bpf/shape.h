/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The shapes that netstrata nearly always has, two for each kind of kernel: both directions, from
 * the stack on or with all before it (PRE), statistics and slow packets, whatever the filters. For
 * each of them path.bpf.c is built with its shape as a constant, and once more for every other one
 * (src/probe/shapes.c chooses).
 *
 * The verifier removes what is off in any case, but only after clang has kept registers and stack
 * free for it, and the loads before each test stay: 6 % of a packet's instructions.
 */
#ifndef NS_SHAPE_H
#define NS_SHAPE_H

#include "record.h"

/* Left open: whether the scheduler's hooks are there. */
#define SHAPE_OPEN (1U << RXP_WOKEN | 1U << RXP_RUNNING)

#define SHAPE_RX (1U << RXP_STACK | 1U << RXP_READY | 1U << RXP_READ | SHAPE_OPEN)
#define SHAPE_TX (1U << TXP_QDISC | 1U << TXP_DRIVER | 1U << TXP_HANDED)
#define SHAPE_TX_ACK (1U << TXP_ACK | 1U << TXP_ACKED)
#define SHAPE_TX_STAGES (1U << TXS_QDISC | 1U << TXS_DRIVER | 1U << TXS_TOTAL)
#define SHAPE_TX_ACK_STAGES (1U << TXS_NETWORK | 1U << TXS_ACK)
#define SHAPE_RX_ALL (SHAPE_RX | 1U << RXP_IP | 1U << RXP_TRANSPORT | 1U << RXP_QUEUED)
#define SHAPE_TX_ALL                                                                               \
	(SHAPE_TX | 1U << TXP_SEND | 1U << TXP_SEGMENT | 1U << TXP_IP | 1U << TXP_COMPLETED)
#define SHAPE_TX_ALL_STAGES                                                                        \
	(SHAPE_TX_STAGES | 1U << TXS_SOCKET | 1U << TXS_TRANSPORT | 1U << TXS_IP |                 \
	 1U << TXS_COMPLETION)

#define SHAPE_RX_PRE (1U << RXP_IRQ | 1U << RXP_RAISE | 1U << RXP_SOFTIRQ)

/* fentry or kprobes: every point; PRE: those before the stack, or 0 */
#define SHAPE_FUNCTIONS_AND(PRE)                                                                   \
	{                                                                                          \
		.points = {{SHAPE_RX_ALL | (PRE), SHAPE_RX_ALL | (PRE)},                           \
			   {SHAPE_TX_ALL | SHAPE_TX_ACK, SHAPE_TX_ALL}},                           \
		.tx_stages = {SHAPE_TX_ALL_STAGES | SHAPE_TX_ACK_STAGES, SHAPE_TX_ALL_STAGES},     \
		.joins = 1, .events = 1                                                            \
	}

#define SHAPE_FUNCTIONS SHAPE_FUNCTIONS_AND(0)
#define SHAPE_FUNCTIONS_PRE SHAPE_FUNCTIONS_AND(SHAPE_RX_PRE)

/* tracepoints alone, from 6.16 on */
#define SHAPE_TRACEPOINTS_AND(PRE)                                                                 \
	{                                                                                          \
		.points = {{SHAPE_RX | 1U << RXP_TRANSPORT | (PRE), SHAPE_RX | (PRE)},             \
			   {SHAPE_TX | SHAPE_TX_ACK | 1U << TXP_SEND, SHAPE_TX}},                  \
		.tx_stages = {SHAPE_TX_STAGES | SHAPE_TX_ACK_STAGES | 1U << TXS_IP,                \
			      SHAPE_TX_STAGES},                                                    \
		.joins = 1, .events = 1                                                            \
	}

#define SHAPE_TRACEPOINTS SHAPE_TRACEPOINTS_AND(0)
#define SHAPE_TRACEPOINTS_PRE SHAPE_TRACEPOINTS_AND(SHAPE_RX_PRE)

#endif
