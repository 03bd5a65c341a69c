// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "msg.h"
#include "ping_net.h"

#define IPV4_HEADER 20
#define IPV6_HEADER 40
#define ICMP_HEADER 8
#define TCP_HEADER 20
#define OPTIONS_MAX 40 /* of IPv4 and of TCP */
#define LINK_MAX 64    /* link-layer header, tags, and padding of a short frame */
#define UNFRAGMENTED 1200

__u64 ping_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

void ping_addr_text(const struct sockaddr_storage *sa, socklen_t len, char *text, size_t size)
{
	if (getnameinfo((const struct sockaddr *)sa, len, text, size, NULL, 0, NI_NUMERICHOST))
		snprintf(text, size, "?");
}

/* The first address of a name that the options allow. */
static int look_up(const char *option, const char *name, int family, int flags,
		   struct ping_addr *out)
{
	struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_DGRAM, .ai_flags = flags};
	struct addrinfo *list;
	int err = getaddrinfo(name, NULL, &hints, &list);

	if (err) {
		msg_err("%s'%s': %s", option, name,
			err == EAI_SYSTEM	? strerror(errno)
			: err == EAI_ADDRFAMILY ? "has no address of this family"
						: gai_strerror(err));
		return -ENOENT;
	}
	memcpy(&out->sa, list->ai_addr, list->ai_addrlen);
	out->len = list->ai_addrlen;
	freeaddrinfo(list);
	ping_addr_text(&out->sa, out->len, out->text, sizeof(out->text));
	return 0;
}

int ping_resolve(const struct ping_options *o, struct ping_ends *e)
{
	int family = o->family, err = 0;

	memset(e, 0, sizeof(*e));
	if (o->source) {
		err = look_up("--source ", o->source, family, AI_NUMERICHOST, &e->from);
		family = e->from.sa.ss_family;
	}
	if (!err)
		err = look_up("", o->host, family, 0, &e->to);
	if (!err && o->tcp_port) /* at the same place for both families */
		((struct sockaddr_in *)&e->to.sa)->sin_port = htons(o->tcp_port);
	return err;
}

int ping_bind(int fd, const struct ping_options *o, const struct ping_ends *e)
{
	struct sockaddr_storage any = {.ss_family = e->to.sa.ss_family};
	const struct sockaddr_storage *from = e->from.len ? &e->from.sa : &any;

	if (o->dev && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, o->dev, strlen(o->dev) + 1))
		return msg_errno(errno, "--dev '%s'", o->dev);
	if (bind(fd, (const struct sockaddr *)from, e->to.len)) {
		if (e->from.len)
			return msg_errno(errno, "--source '%s'", o->source);
		return msg_errno(errno, "cannot bind a socket");
	}
	return 0;
}

int ping_tcp_socket(const struct ping_options *o, const struct ping_ends *e, __u16 *port)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	int fd = socket(e->to.sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return msg_errno(errno, "cannot open a socket");
	err = ping_bind(fd, o, e);
	if (!err && getsockname(fd, (struct sockaddr *)&sa, &len))
		err = msg_errno(errno, "cannot tell a socket's port");
	if (err) {
		close(fd);
		return err;
	}
	*port = ntohs(((struct sockaddr_in *)&sa)->sin_port);
	return fd;
}

/* Lengths that our packets can have, so that most others are passed over unread. */
static void set_lengths(struct ping_config *c, const struct ping_options *o, bool v6)
{
	__u32 ip = v6 ? IPV6_HEADER : IPV4_HEADER;

	if (o->tcp_port) {
		c->len_min = ip + TCP_HEADER;
		c->len_max = c->len_min + 2 * OPTIONS_MAX + LINK_MAX;
	} else if (o->size <= UNFRAGMENTED) {
		c->len_min = ip + ICMP_HEADER + o->size;
		c->len_max = c->len_min + OPTIONS_MAX + LINK_MAX;
	} else { /* fragments, as large as the path allows */
		c->len_min = ip + ICMP_HEADER;
		c->len_max = ~0U;
	}
}

int ping_configure(struct ping_config *c, const struct ping_options *o, const struct ping_ends *e,
		   const struct ping_icmp *s)
{
	bool v6 = e->to.sa.ss_family == AF_INET6;
	struct stat st;

	memset(c, 0, sizeof(*c));
	if (stat("/proc/self/ns/net", &st))
		return msg_errno(errno, "cannot tell the network namespace");
	c->netns = st.st_ino;
	c->ethertype = htons(v6 ? ETH_P_IPV6 : ETH_P_IP);
	set_lengths(c, o, v6);
	c->l4 = o->tcp_port ? IPPROTO_TCP : v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
	if (o->tcp_port)
		return 0;
	c->request = v6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
	c->reply = v6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY;
	c->id = s->id;
	if (fstat(s->fd, &st))
		return msg_errno(errno, "cannot tell the socket's number");
	c->inode = st.st_ino;
	return 0;
}
