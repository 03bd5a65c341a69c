/* SPDX-License-Identifier: GPL-2.0-only */
/* The receiving half of traffic.c. Included by that file only. */
#ifndef NS_TRAFFIC_RECV_H
#define NS_TRAFFIC_RECV_H

static void stamp(ssize_t bytes)
{
	uint32_t seq = n_msgs;
	uint64_t t;

	if (!stamps)
		return;
	t = now_ns();
	if (bytes >= 4 && !o.pieces && o.mode != SPLICE && o.mode != RECVMMSG)
		memcpy(&seq, buf, 4);
	fprintf(stamps, "%llu %zd %u\n", (unsigned long long)t, bytes, seq);
}

static ssize_t read_splice(int fd)
{
	static int p[2] = {-1, -1}, null = -1;
	ssize_t n, out;

	if (null < 0 && (pipe(p) || (null = open("/dev/null", O_WRONLY | O_CLOEXEC)) < 0))
		die("cannot make a pipe");
	n = splice(fd, NULL, p[1], NULL, o.size, 0);
	stamp(n);
	for (ssize_t left = n; left > 0; left -= out)
		if ((out = splice(p[0], NULL, null, NULL, left, 0)) <= 0)
			die("cannot empty the pipe");
	return n;
}

static ssize_t read_many(int fd)
{
	static struct mmsghdr m[BATCH_MAX];
	static struct iovec v[BATCH_MAX];
	ssize_t bytes = 0;
	int n;

	for (unsigned long i = 0; i < o.burst; i++) {
		v[i] = (struct iovec){buf + i * (BUF_MAX / BATCH_MAX), BUF_MAX / BATCH_MAX};
		m[i].msg_hdr = (struct msghdr){.msg_iov = &v[i], .msg_iovlen = 1};
	}
	n = recvmmsg(fd, m, o.burst, MSG_WAITFORONE, NULL);
	for (int i = 0; i < n; i++)
		bytes += m[i].msg_len;
	stamp(bytes);
	n_msgs += n > 0 ? n - 1 : 0;
	return n < 0 ? n : bytes;
}

/* One message, or what one read gives; 0 at the end. */
static ssize_t read_message(int fd, struct sockaddr_storage *peer, socklen_t *len)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	size_t want = o.pieces ? o.pieces : o.size, got = 0;
	ssize_t n;

	if (o.delay && !o.blind && poll(&p, 1, -1) < 0)
		return -1;
	if (o.mode == PEEK && recv(fd, buf, want, MSG_PEEK) < 0)
		return -1;
	if (o.delay)
		wait_until(now_ns() + o.delay);
	if (o.mode == SPLICE)
		return read_splice(fd);
	if (o.mode == RECVMMSG)
		return read_many(fd);
	do {
		n = recvfrom(fd, buf, want, 0, (void *)peer, len);
		stamp(n);
		got += n > 0 ? n : 0;
	} while (o.pieces && n > 0 && got < o.size);
	return n < 0 ? n : (ssize_t)got;
}

static int run_recv(void)
{
	struct sockaddr_storage a;
	socklen_t len;
	int conn, fd = open_socket(&a, &len);
	ssize_t n;

	if (bind(fd, (void *)&a, len) || (!o.udp && listen(fd, 1)) ||
	    getsockname(fd, (void *)&a, &len))
		die("cannot listen on port %u", o.port);
	printf("ready %u\n", ntohs(((struct sockaddr_in *)&a)->sin_port));
	fflush(stdout);
	conn = o.udp ? fd : accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	if (conn < 0 && !stopped)
		die("accept");
	if (!o.udp && o.quickack >= 0 &&
	    setsockopt(conn, IPPROTO_TCP, TCP_QUICKACK, &o.quickack, sizeof(o.quickack)))
		die("TCP_QUICKACK");
	wait_go();
	if (o.stall)
		wait_until(now_ns() + o.stall);
	while (o.mode != CLOSE_UNREAD && !stopped && (!o.count || n_msgs < o.count)) {
		len = sizeof(a);
		n = read_message(conn, &a, &len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == ECONNRESET)
			break;
		if (n < 0)
			die("read");
		if (!n && !o.udp)
			break;
		n_msgs++;
		n_bytes += n;
		if (o.echo &&
		    sendto(conn, "", 1, 0, o.udp ? (void *)&a : NULL, o.udp ? len : 0) != 1)
			die("echo");
	}
	close(conn);
	printf("done %lu %lu\n", n_msgs, n_bytes);
	return 0;
}

#endif
