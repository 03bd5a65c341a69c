// SPDX-License-Identifier: GPL-2.0-only
/* Echo requests and replies, of both families, by a raw socket or one for ICMP echoes only. */
#include <errno.h>
#include <time.h>
#include <linux/errqueue.h>
#include <linux/filter.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "msg.h"
#include "ping_net.h"

#define HEADER                                                                                     \
	8 /* type, code, checksum, identifier, sequence number: the same in both families          \
	   */
#define READ_MAX (HEADER + 60) /* of an answer: its IP header and the ICMP header */

static __u16 checksum(const unsigned char *p, size_t len)
{
	__u32 sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += i & 1 ? p[i] : p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/*
 * A raw socket gets the replies to everybody's requests. They would wake us up, and with many of
 * them there were no room for ours: so the kernel looks at the identifier. IPv4 comes with its
 * header.
 */
static int filter_id(const struct ping_icmp *s)
{
	struct sock_filter v4[] = {
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohs(s->id), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, ~0U),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_filter v6[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohs(s->id), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, ~0U),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog f = {.len = s->v6 ? 4 : 5, .filter = s->v6 ? v6 : v4};

	return setsockopt(s->fd, SOL_SOCKET, SO_ATTACH_FILTER, &f, sizeof(f)) ? -errno : 0;
}

/* Echo replies and the errors that requests meet with. */
static int set_up(struct ping_icmp *s)
{
	int on = 1;

	if (s->raw && filter_id(s))
		return -errno;
	if (s->v6) {
		struct icmp6_filter f;

		ICMP6_FILTER_SETBLOCKALL(&f);
		ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &f);
		if (s->raw && setsockopt(s->fd, IPPROTO_ICMPV6, ICMP6_FILTER, &f, sizeof(f)))
			return -errno;
		if (setsockopt(s->fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on)))
			return -errno;
		return 0;
	}
	if (s->raw) {
		struct icmp_filter f = {~(1U << ICMP_ECHOREPLY)};

		if (setsockopt(s->fd, SOL_RAW, ICMP_FILTER, &f, sizeof(f)))
			return -errno;
	}
	return setsockopt(s->fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on)) ? -errno : 0;
}

/* The identifier: a number of our own, or the "port" that the kernel gave. */
static int choose_id(struct ping_icmp *s)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);

	if (s->raw)
		return getrandom(&s->id, sizeof(s->id), 0) == sizeof(s->id) ? 0 : -errno;
	if (getsockname(s->fd, (struct sockaddr *)&sa, &len))
		return -errno;
	s->id = ((struct sockaddr_in *)&sa)->sin_port;
	return 0;
}

static int fill_packet(struct ping_icmp *s)
{
	s->packet = calloc(1, HEADER + s->size);
	if (!s->packet)
		return -ENOMEM;
	s->packet[0] = s->v6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
	memcpy(s->packet + 4, &s->id, sizeof(s->id));
	for (__u32 i = 0; i < s->size; i++)
		s->packet[HEADER + i] = i;
	return 0;
}

int ping_icmp_open(struct ping_icmp *s, const struct ping_options *o, const struct ping_ends *e)
{
	int family = e->to.sa.ss_family, err;
	int proto = family == AF_INET6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
	int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;

	*s = (struct ping_icmp){.raw = true, .v6 = family == AF_INET6, .size = o->size};
	s->fd = socket(family, SOCK_RAW | flags, proto);
	if (s->fd < 0 && (errno == EPERM || errno == EACCES)) {
		s->raw = false;
		s->fd = socket(family, SOCK_DGRAM | flags, proto);
	}
	if (s->fd < 0 && (errno == EPERM || errno == EACCES)) {
		msg_err("missing CAP_NET_RAW: run as root, or grant it with setcap");
		return -EPERM;
	}
	if (s->fd < 0)
		return msg_errno(errno, "cannot open an ICMP socket");
	err = ping_bind(s->fd, o, e);
	if (!err) {
		err = choose_id(s);
		if (!err)
			err = set_up(s);
		if (!err)
			err = fill_packet(s);
		if (err)
			msg_errno(err, "cannot set up the ICMP socket");
	}
	if (err)
		ping_icmp_close(s);
	return err;
}

void ping_icmp_close(struct ping_icmp *s)
{
	if (s->fd >= 0)
		close(s->fd);
	free(s->packet);
	*s = (struct ping_icmp){.fd = -1};
}

int ping_icmp_send(struct ping_icmp *s, const struct ping_ends *e, __u16 key, __u64 *t)
{
	unsigned char *p = s->packet;
	size_t len = HEADER + s->size;
	__u16 sum;

	p[2] = p[3] = 0;
	p[6] = key >> 8;
	p[7] = key;
	if (!s->v6 && s->raw) {
		sum = checksum(p, len);
		p[2] = sum >> 8;
		p[3] = sum;
	}
	*t = ping_now();
	if (sendto(s->fd, p, len, 0, (const struct sockaddr *)&e->to.sa, e->to.len) < 0)
		return -errno;
	return 0;
}

/* What an ICMP error says; false: it came from this host's own sending, which failed by itself. */
static bool read_error(struct msghdr *m, struct ping_answer *a)
{
	const struct sock_extended_err *ee;
	const struct sockaddr *offender;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (!(c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) &&
		    !(c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR))
			continue;
		ee = (const void *)CMSG_DATA(c);
		if (ee->ee_origin != SO_EE_ORIGIN_ICMP && ee->ee_origin != SO_EE_ORIGIN_ICMP6)
			continue;
		a->error = ee->ee_errno;
		offender = SO_EE_OFFENDER(ee);
		ping_addr_text((const void *)offender,
			       offender->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
							       : sizeof(struct sockaddr_in),
			       a->from, sizeof(a->from));
		return a->error != 0;
	}
	return false;
}

int ping_icmp_read(struct ping_icmp *s, bool errors, struct ping_answer *a)
{
	unsigned char buf[READ_MAX], *p = buf, control[512];
	unsigned char want = errors ? s->packet[0] : s->v6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY;
	struct sockaddr_storage sa;
	struct iovec v = {buf, sizeof(buf)};
	struct msghdr m = {
		.msg_name = &sa,
		.msg_namelen = sizeof(sa),
		.msg_iov = &v,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(s->fd, &m, errors ? MSG_ERRQUEUE : 0);

	a->t = ping_now();
	if (n < 0)
		return -errno;
	a->error = 0;
	if (!errors)
		ping_addr_text(&sa, m.msg_namelen, a->from, sizeof(a->from));
	else if (!read_error(&m, a))
		return 0;
	if (s->raw && !s->v6 && !errors) { /* the IP header comes with it */
		size_t header = n > 0 ? (p[0] & 15) * 4 : 0;

		p += header;
		n -= header;
	}
	if (n < HEADER || p[0] != want || memcmp(p + 4, &s->id, sizeof(s->id)) != 0)
		return 0;
	a->key = p[6] << 8 | p[7];
	return 1;
}
