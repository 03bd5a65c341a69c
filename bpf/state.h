/* SPDX-License-Identifier: GPL-2.0-only */
/* What the programs remember between the points; here because the skeleton names their variables.
 */
#ifndef NS_STATE_H
#define NS_STATE_H

#include "record.h"
#include "split.h"

#define CACHE_LINE 64

#define RX_STAMPS (RXP_READY + 1) /* what a packet carries to its reader */

#define MARKS 64 /* packets queued at one socket that are followed at once; a power of two */

/* A cache line. */
struct mark {
	__u64 t[RX_STAMPS - RXP_STACK];
	__u64 sent; /* first stamp of the sender, if this kernel sent it; 0 = not */
	__u32 seq;
	__u32 end; /* TCP: sequence number after the last byte. UDP: length */
	__u32 ifindex;
	__u16 cpu;
	__u16 flags; /* PKT_... and MARK_... */
};

/* Its stamps before the stack: only where there are such hooks. */
struct mark_before {
	__u64 t[RXP_STACK];
};

#define MARK_LIVE 0x8000 /* holds the stamps of a packet that has not been read */

#define SENDS                                                                                      \
	16	/* calls of send whose data TCP has not sent yet, of one socket; a power of two    \
		 */
#define ACKS 32 /* segments of one socket whose ACK is waited for; a power of two */
#define WAITS 4 /* the latest waits of a socket, so that a packet's cause can be told */

struct send {
	__u64 t;      /* the call began */
	__u64 queued; /* its data got room: the sender was blocked until then */
	__u32 start;  /* sequence numbers of its data */
	__u32 end;
	__u32 flags; /* SEND_... */
	__u32 pad;
};

#define SEND_CORK 1	/* TCP_CORK was set */
#define SEND_MORE 2	/* MSG_MORE */
#define SEND_NAGLE 4	/* Nagle's algorithm was on */
#define SEND_FILTERED 8 /* by a process that is not asked for */
#define SEND_BLOCKED 16 /* UDP: there was no room */

struct ack_mark {
	__u64 first; /* handed to the driver; 0: not yet */
	__u64 last;  /* sent again; 0: never */
	__u32 seq;   /* sequence number of its first byte */
	__u32 end;   /* and after its last one */
	__u32 sends; /* 0: no mark, or its ACK has come */
	__u32 place; /* of its tx_slot */
};

struct wait {
	__u64 from;
	__u64 to;
	__u32 cause; /* enum tx_cause */
	__u32 pad;
};

/* A TCP socket's sending half, changed under the socket's lock. What every segment needs is the
 * first cache line. */
struct tx_sock {
	__u32 flags;	 /* TX_... of the segment between `segment` and `qdisc` */
	__u32 send_head; /* these only grow; a place is a number modulo the ring's size */
	__u32 send_tail;
	__u32 ack_head;
	__u32 sent;	    /* sequence number after all that was ever sent */
	__u32 known;	    /* `sent` is set */
	__u64 t[TXP_QDISC]; /* of that segment */
	__u32 seq, end;	    /* of that segment */
	__u32 data;	    /* low half of the address of that segment's memory */
	__u32 acked;	    /* ack_tail when it was looked at last */
	__u64 charged;	    /* waiting is accounted for until then */
	__u64 blocked;	    /* since when the sender waits for room; 0: it does not */
	__u64 paced;	    /* TCP's own pacing forbids to send before that */
	__u64 cause_ns;	    /* of that segment, waited for `cause` */
	__u32 cause;	    /* enum tx_cause */
	__u32 missed;	    /* sequence number after the latest send that found no room; 0: none */
	__u32 wait_head;
	__u32 pad;
	__u64 id;	  /* UDP: tells the socket from a later one at its address */
	__u64 blocker;	  /* the task that is blocked, ... */
	struct send rest; /* ... and what its call has not brought yet */
	struct wait waits[WAITS];
	struct send sends[SENDS];
	struct ack_mark acks[ACKS]
		__attribute__((aligned(CACHE_LINE))); /* the stamps are written without the lock */
} __attribute__((aligned(CACHE_LINE)));

#define TX_UNDER_WAY 1
#define TX_RESENT 2
#define TX_SKIP 4      /* nothing to file: why is counted at `qdisc` */
#define TX_WAITED 8    /* cause and cause_ns are set */
#define TX_FOLLOWED 16 /* TX_RESENT: it was taken when it was sent first */

/*
 * All that a trace shows of a segment, kept until its ACK: a map of its own, and only for a
 * trace, for it is large. Its place is row * ACKS + number % ACKS.
 */
struct sent {
	__u32 number; /* of its ack_mark */
	__u32 end;
	struct ns_event e;
};

/*
 * A packet between `segment` and `completed`, by the address of its skb (xmit.bpf.h). The first
 * cache line has all that a segment needs where tracepoints are all there is, and what tells whose
 * the slot is everywhere.
 */
struct tx_slot {
	__u64 skb; /* 0: free */
	__u64 t_send, t_qdisc, t_driver;
	__u32 dev; /* low half of the address of the device that it was given to last */
	__u32 row;
	union {
		__u32 gen; /* of that row: its connection can have ended */
		__u32 why; /* before `qdisc`: 1 + enum ns_loss if it is not to be taken */
	};
	__u32 number;	/* TCP: of its ack_mark */
	__u32 end;	/* TCP: sequence number after it; 0 of a datagram */
	__u16 flags;	/* TX_SLOT_... */
	__u8 completed; /* TX_COMPLETED..., or 0; of its own, for another CPU can write it meanwhile
			 */
	__u8 passed;	/* of the place: when a packet whose first place this is got another
			 * (place.bpf.h)
			 */
	__u32 qdisc; /* row of the table, or QDISC_NONE; if not queued, until `handed`: queue of the
		      * device */
	__u32 len;   /* this and most of the rest: only for a trace */
	__u64 t_segment, t_ip, t_handed;
	union {
		struct { /* of a datagram: where it goes */
			__u64 peer[2];
			__u32 peer_port;
		};
		struct {		/* of a segment */
			__u64 edt;	/* TX_SLOT_EDT: departure time, which fq keeps */
			__u64 cause_ns; /* TX_SLOT_WAITED: why it was held back the longest */
			__u32 cause;	/* enum tx_cause */
		};
	};
	__u32 ifindex;
	__u32 backlog_packets, backlog_bytes;
	__u32 in_ifindex; /* of the packet of `struct slot`, which has no room for it */
};

#define TX_SLOT_UDP 1
#define TX_SLOT_QUEUED 2 /* enqueued, and not sent past the queue */
#define TX_SLOT_DONE 4	 /* handed: nothing more is filed but its completion */
#define TX_SLOT_EDT 8	 /* `edt` is set */
#define TX_SLOT_MARK 16	 /* `number` is that of an ack_mark */
#define TX_SLOT_CORKED 64
#define TX_SLOT_BLOCKED 128
#define TX_SLOT_WAITED 256 /* `cause` and `cause_ns` are set */
#define TX_SLOT_TRIED 512  /* and the driver has been asked to take it */
#define TX_SLOT_AGAIN 1024 /* a segment sent again: nothing is filed, but where it is dropped */
#define TX_SLOT_OWED 2048  /* its record is to be written when it is completed */
#define TX_COMPLETED 1
#define TX_REPORTED 2 /* and its record is written */

#define TRAILS 4096 /* a power of two */

struct trail_slot {
	__u64 sent; /* whose this is: first stamp, 0: free; */
	__u32 end;  /* and sequence number after it */
	__u32 pad;
	struct trail trail;
};

/* The sender of a datagram, between udp_sendmsg and udp_send_skb, by the address of its task. */
struct udp_send {
	__u64 task;
	__u64 sk;
	__u64 t;
	__u32 flags; /* SEND_... */
	__u32 pad;
};

/*
 * head, ready and tail count packets and only grow; a mark's place is its number % MARKS.
 *
 * Packets, and ACKs, mostly arrive on another CPU than the one that reads and sends. So what each
 * of the two writes has cache lines of its own, or nearly every program would wait for the other
 * CPU's. And neither looks where the other one is, but whether the next mark is there: one that is
 * not between tail and head is not MARK_LIVE, and has no `sends`. A row is two pages: the marks
 * have one to themselves.
 */
struct sock_state {
	/* Whose it is, and what changes rarely: */
	__u64 sk; /* 0: free */
	__u32 row;
	__u32 gen;	/* of that row's connection */
	__u32 n_ooo;	/* marks between tail and head that still wait for a missing segment */
	__u32 disorder; /* marks between tail and head are not all in sequence */
	__u32 woken;	/* the thread that its data woke last */
	__u32 cuttable; /* it has sent segments that can be cut on their way (GSO) */
	__u64 id; /* UDP by counting: port and namespace; tells the socket from a later one ... */
	__u64 inode; /* ... at the same address, and its inode from one of the same port */
	/* Of who delivers: */
	__u32 head __attribute__((aligned(CACHE_LINE))); /* next to be queued */
	__u32 ready;					 /* next to be told to the reader */
	__u32 ack_tail;					 /* of tx.acks */
	__u32 read;					 /* tail when it was looked at last */
	__u64 throttled; /* until when TCP small queues held it back, by tcp_wfree without the lock
			  */
	/* Of the reader: */
	__u32 tail __attribute__((aligned(CACHE_LINE))); /* next to be read */
	__u32 pad_tail;
	__u64 first_read; /* of the mark that has been read in part: there is one at most */
	struct tx_sock tx;
	struct mark_before before[MARKS];
	struct mark marks[MARKS] __attribute__((aligned(MARKS * sizeof(struct mark))));
};

_Static_assert(sizeof(struct mark) == CACHE_LINE && sizeof(struct sock_state) == 2 * 4096,
	       "two pages");

/* An entry of the cache in front of the hash of sockets. */
struct sock_ref {
	__u64 sk;
	__u32 row;
	__u32 pad;
};

/* The stamps of a packet on its way to the socket (slot.bpf.h); here because the skeleton names
 * the programs' variables. */
#define SLOTS 16384 /* struct sk_buff comes in steps of 256 bytes */

struct slot {
	__u64 skb; /* 0: free */
	__u64 t[RX_STAMPS - RXP_STACK];
	__u64 sent; /* when the sender on this kernel sent it; 0: another host did */
	union {
		__u32 head; /* lower half of the address of its data's memory, */
		__u32 len;  /* until it is in its socket's queue */
	};
	__u16 cpu;
	__u16 flags;
};

#define SLOT_FILTERED 1 /* this packet is not asked for */
#define SLOT_SAMPLED 2	/* left out by --sample */
#define SLOT_SKIP (SLOT_FILTERED | SLOT_SAMPLED)
#define SLOT_QUEUED 4 /* a datagram in its socket's queue */
#define SLOT_TAKEN 8  /* a segment that its socket has taken: nothing is left to be counted */
/* and PKT_WAYS */

/*
 * All that is kept for one skb address. In one place, for each table is a page and a cache line
 * that a packet finds cold: with three of them, `stack` spent four fifths of its time natively on
 * one load.
 */
struct place {
	struct slot rx;
	struct tx_slot tx;
} __attribute__((aligned(CACHE_LINE)));

_Static_assert(sizeof(struct slot) == CACHE_LINE && sizeof(struct place) == 3 * CACHE_LINE,
	       "hot fields share lines");

#define TELLERS 1024 /* CPUs, a power of two; with more of them, two share one */

/* A socket tells its reader on a CPU (sched.bpf.h). Each has a cache line of its own. */
struct telling {
	__u64 since;  /* 0: none does */
	__u64 teller; /* address of the task that was on the CPU then */
	__u64 ready;  /* address of its sk_data_ready */
	__u32 row;    /* of that socket, or ~0 */
	__u32 pad[9];
};

/* What happens on a CPU just now (arrival.bpf.h). */
struct cpu_now {
	__u32 ways;	 /* of the softirq: PKT_WAY(...) */
	__u32 known;	 /* no run is under way that had begun before the hooks were there */
	__u64 irq;	 /* entry of the handler of a hard interrupt; 0: in none */
	__u64 raise;	 /* the oldest raise of NET_RX not yet served, ... */
	__u64 raise_irq; /* ... and the handler that it was made in, if any */
	__u64 softirq;	 /* NET_RX runs since then; 0: it does not */
	__u64 run_raise; /* what led to that run */
	__u64 run_irq;
};

/* What led to a packet, by the same place as its slot; only with a stage before the stack. */
struct arrival {
	__u64 skb;     /* put into the backlog of a CPU (netif_rx) ... */
	__u64 backlog; /* ... then */
	__u64 t[RXP_STACK];
};

#define READERS 4096 /* threads that wait for data; a power of two */
#define WAKES 4	     /* the latest wake-ups of one */

struct reader {
	/* Of who wakes it: */
	__u32 pid; /* of the thread; whose this is */
	__u32 tgid;
	__u32 head; /* wake-ups, ever; one's place is its number modulo WAKES */
	__u32 pad;
	__u64 woken[WAKES];
	/* Of itself, on another CPU as often as not: */
	__u32 ran __attribute__((aligned(CACHE_LINE))); /* the wake-ups that it has run for */
	__u32 preempted[WAKES]; /* how often it had been, ever, when it came to run */
	__u64 running[WAKES];
} __attribute__((aligned(CACHE_LINE)));

#define STINTS 16 /* the latest of a CPU; a power of two */

/* A task on a CPU, from one switch to the next. */
struct stint {
	__u64 from, to;
	__u32 pid;
	__u32 pad;
	char comm[COMM_LEN];
};

#define HINDRANCES 4 /* softirqs and interrupts that are told apart in one wait */

/* Who had a CPU lately: only with --blame. */
struct cpu_past {
	__u64 since;	    /* the task that has it now */
	__u64 vec_since;    /* the softirq that runs */
	__u64 vec_hindered; /* hindered_ns when it began: the rest of its time was of interrupts */
	__u64 hindered_ns;  /* since `turn`: softirqs and interrupts, all together ... */
	struct blame hindrances[HINDRANCES]; /* ... and each of those that took longest */
	__u64 turn;	 /* the oldest raise, or a later run of NET_RX that left packets waiting */
	__u64 before_ns; /* what hindered before `turn` those that NET_RX left waiting, ... */
	__u64 before[HINDRANCES]; /* ... and of that each in `hindrances` */
	__u64 newest;	   /* of the backlog's packets that this run of NET_RX took; 0: none */
	__u64 blamed_from; /* of this run: the wait that its blame is for */
	__u32 head;
	__u32 pad;
	struct stint stints[STINTS];
};

#define BLAMES 4096 /* a power of two */

struct blame_slot {
	__u64 at;    /* when the wait was over */
	__u64 until; /* who is to blame had the CPU at last then */
	struct blame blame;
};

#endif
