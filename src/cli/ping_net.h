/* SPDX-License-Identifier: GPL-2.0-only */
/* The sockets of `netstrata ping`. All that can fail returns -errno. */
#ifndef NS_PING_NET_H
#define NS_PING_NET_H

#include <linux/types.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "options_ping.h"
#include "ping.h"

#define PING_ADDR_TEXT 80

struct ping_addr {
	struct sockaddr_storage sa;
	socklen_t len; /* 0: none */
	char text[PING_ADDR_TEXT];
};

/* Who is asked, and from which address (none: the kernel chooses). Says what is wrong. */
struct ping_ends {
	struct ping_addr to, from;
};
int ping_resolve(const struct ping_options *o, struct ping_ends *e);

/* The address alone, without a port, as text. */
void ping_addr_text(const struct sockaddr_storage *sa, socklen_t len, char *text, size_t size);

/* Bind to --dev and --source. Returns 0 or -errno, said. */
int ping_bind(int fd, const struct ping_options *o, const struct ping_ends *e);

struct ping_icmp {
	int fd;	  /* close() is the caller's */
	bool raw; /* else the kernel writes identifier and checksum */
	bool v6;
	__be16 id;
	__u32 size; /* of the payload */
	unsigned char *packet;
};

/* What was read from the socket. */
struct ping_answer {
	__u16 key; /* sequence number */
	__u64 t;   /* when recv returned */
	char from[PING_ADDR_TEXT];
	int error; /* an ICMP error: the errno that it stands for */
};

/* Says what is wrong; -EPERM: no capability for it. ping_icmp_close frees, and accepts fd -1. */
int ping_icmp_open(struct ping_icmp *s, const struct ping_options *o, const struct ping_ends *e);
void ping_icmp_close(struct ping_icmp *s);

/* Send the request with this sequence number; *t is the time right before. */
int ping_icmp_send(struct ping_icmp *s, const struct ping_ends *e, __u16 key, __u64 *t);

/* Read one answer, or one error with `errors`. 1: *a is filled; 0: it was none of ours; -EAGAIN. */
int ping_icmp_read(struct ping_icmp *s, bool errors, struct ping_answer *a);

/* A bound socket for one connect(), and its port. Returns a descriptor, or -errno, said. */
int ping_tcp_socket(const struct ping_options *o, const struct ping_ends *e, __u16 *port);

/* CLOCK_MONOTONIC in ns, as bpf_ktime_get_ns(). */
__u64 ping_now(void);

/* What the programs have to look for. */
int ping_configure(struct ping_config *c, const struct ping_options *o, const struct ping_ends *e,
		   const struct ping_icmp *s);

#endif
