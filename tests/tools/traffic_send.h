/* SPDX-License-Identifier: GPL-2.0-only */
/* The sending half of traffic.c. Included by that file only. */
#ifndef NS_TRAFFIC_SEND_H
#define NS_TRAFFIC_SEND_H

static struct sockaddr_storage to;
static socklen_t to_len;
static unsigned long zc_sent, zc_done, zc_copied, refused;

static void cork(int fd, int on)
{
	if (setsockopt(fd, o.udp ? IPPROTO_UDP : IPPROTO_TCP, o.udp ? UDP_CORK : TCP_CORK, &on,
		       sizeof(on)))
		die("cork");
}

/* The kernel has let go of our pages: one message of the error queue for a range of sends. */
static void reap(int fd)
{
	char control[128];
	struct msghdr m = {.msg_control = control, .msg_controllen = sizeof(control)};

	while (zc_done < zc_sent && recvmsg(fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT) >= 0) {
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		struct sock_extended_err *e = c ? (void *)CMSG_DATA(c) : NULL;

		if (!e || e->ee_origin != SO_EE_ORIGIN_ZEROCOPY)
			die("an error that is no completion");
		zc_done += e->ee_data - e->ee_info + 1;
		zc_copied +=
			e->ee_code & SO_EE_CODE_ZEROCOPY_COPIED ? e->ee_data - e->ee_info + 1 : 0;
		m.msg_controllen = sizeof(control);
	}
}

#define PIPE_HOLDS 65536

static ssize_t send_file(int fd, size_t from, size_t n)
{
	static int file = -1;
	off_t at = from;

	if (file < 0 && ((file = memfd_create("traffic", MFD_CLOEXEC)) < 0 ||
			 write(file, buf, o.size) != (ssize_t)o.size))
		die("cannot make a file in memory");
	return sendfile(fd, file, &at, n);
}

static ssize_t send_from_pipe(int fd, size_t from, size_t n)
{
	static int ends[2] = {-1, -1};
	ssize_t w, got = 0;

	if (ends[0] < 0 && pipe(ends))
		die("cannot make a pipe");
	n = write(ends[1], buf + from, n < PIPE_HOLDS ? n : PIPE_HOLDS);
	while ((size_t)got < n) {
		w = splice(ends[0], NULL, fd, NULL, n - got, 0);
		if (w <= 0)
			die("splice");
		got += w;
	}
	return got;
}

static void await_room(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};

	refused++;
	if (o.nonblock == POLL && poll(&p, 1, -1) < 0 && errno != EINTR)
		die("poll");
}

/* One call; -1 for what may be tried again. */
static ssize_t send_piece(int fd, size_t from, size_t n, int flags)
{
	uint64_t start = now_ns();
	ssize_t w;

	if (o.sendfile)
		w = send_file(fd, from, n);
	else if (o.splice)
		w = send_from_pipe(fd, from, n);
	else
		w = sendto(fd, buf + from, n,
			   flags | (o.zerocopy ? MSG_ZEROCOPY : 0) |
				   (o.nonblock ? MSG_DONTWAIT : 0),
			   o.unconnected ? (void *)&to : NULL, o.unconnected ? to_len : 0);
	if (w < 0 && o.zerocopy && errno == ENOBUFS) {
		reap(fd);
		return -1;
	}
	if (w < 0 && o.udp && errno == ENOBUFS)
		return n; /* the device's queue is full: the datagram is gone */
	if (w < 0 && o.udp && errno == EPERM)
		return n; /* netfilter dropped it */
	if (w < 0 && o.udp && errno == ECONNREFUSED && o.total)
		return -1; /* the reader has gone before the flood ended */
	if (w < 0 && o.nonblock && errno == EAGAIN) {
		await_room(fd);
		return -1;
	}
	if (w < 0 && errno != EINTR)
		die("send");
	if (w >= 0 && stamps)
		fprintf(stamps, "%llu %llu %zd\n", (unsigned long long)start,
			(unsigned long long)now_ns(), w);
	if (w >= 0 && o.zerocopy) {
		zc_sent++;
		reap(fd);
	}
	return w;
}

static void send_message(int fd)
{
	size_t done = 0, piece = o.pieces ? o.pieces : o.size;
	uint32_t seq = n_msgs;

	if (o.size >= 4 && !o.zerocopy)
		memcpy(buf, &seq, 4);
	if (o.cork_hold)
		cork(fd, 1);
	while (done < o.size && !stopped) {
		size_t n = o.size - done < piece ? o.size - done : piece;
		ssize_t w = send_piece(fd, done, n, o.more && done + n < o.size ? MSG_MORE : 0);

		done += w > 0 ? w : 0;
		if (o.gap && done < o.size)
			wait_until(now_ns() + o.gap);
	}
	if (o.cork_hold) {
		wait_until(now_ns() + o.cork_hold);
		cork(fd, 0);
	}
	n_msgs++;
	if (o.echo && recv(fd, &seq, 1, 0) != 1)
		die("no echo");
}

static void send_some(int fd, unsigned long n)
{
	for (; n && !stopped; n--)
		send_message(fd);
}

static void prepare(int fd)
{
	int one = 1;

	if (!o.udp && setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &o.nodelay, sizeof(o.nodelay)))
		die("TCP_NODELAY");
	if (o.pacing && setsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &o.pacing, sizeof(o.pacing)))
		die("SO_MAX_PACING_RATE");
	if (o.zerocopy && setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &one, sizeof(one)))
		die("SO_ZEROCOPY");
	if (o.cork_leave)
		cork(fd, 1);
}

static struct tcp_info tcp_info_of(int fd)
{
	struct tcp_info i = {0};
	socklen_t len = sizeof(i);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &i, &len))
		die("TCP_INFO");
	return i;
}

static unsigned syn_retrans; /* TCP counts a SYN that was sent again too, but it holds no data */

static void print_info(int fd)
{
	struct tcp_info i = tcp_info_of(fd);

	printf("info retrans=%u bytes_retrans=%llu rtt_us=%u rwnd_limited_us=%llu "
	       "sndbuf_limited_us=%llu "
	       "busy_us=%llu segs_out=%u data_segs_out=%u mss=%u\n",
	       i.tcpi_total_retrans - syn_retrans, (unsigned long long)i.tcpi_bytes_retrans,
	       i.tcpi_rtt, (unsigned long long)i.tcpi_rwnd_limited,
	       (unsigned long long)i.tcpi_sndbuf_limited, (unsigned long long)i.tcpi_busy_time,
	       i.tcpi_segs_out, i.tcpi_data_segs_out, i.tcpi_snd_mss);
}

/* All is acknowledged, and the pages are ours again; then the end that was asked for. */
static void finish(int fd)
{
	struct linger now = {.l_onoff = 1};
	int left = 1;

	if (o.abort) {
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		close(fd);
		return;
	}
	while (!o.udp && !stopped && !ioctl(fd, SIOCOUTQ, &left) && left)
		poll(NULL, 0, 1);
	for (; zc_done < zc_sent && !stopped; poll(NULL, 0, 1))
		reap(fd);
	if (o.info && !o.udp)
		print_info(fd);
	if (o.park) {
		printf("parked\n");
		fflush(stdout);
		o.go = true;
		wait_go();
	}
	if (!o.udp)
		shutdown(fd, SHUT_WR);
	if (o.zerocopy)
		printf("zerocopy %lu, copied %lu\n", zc_done, zc_copied);
}

static int run_send(void)
{
	int fd = open_socket(&to, &to_len);
	uint64_t start, next;

	if (!o.to)
		die("--to is missing");
	if (!o.unconnected && connect(fd, (void *)&to, to_len))
		die("cannot connect to %s port %u", o.to, o.port);
	if (o.info && !o.udp)
		syn_retrans = tcp_info_of(fd).tcpi_total_retrans;
	prepare(fd);
	send_some(fd, o.ahead);
	if (o.go)
		printf("ready %u\n", o.port);
	fflush(stdout);
	wait_go();
	n_msgs = 0;
	start = next = now_ns();
	while (!stopped && (o.total ? now_ns() - start < o.total : n_msgs < o.count)) {
		send_some(fd, o.total || o.count - n_msgs > o.burst ? o.burst : o.count - n_msgs);
		if (o.every)
			wait_until(next += o.every);
	}
	next = now_ns();
	finish(fd);
	if (o.nonblock)
		printf("refused %lu\n", refused);
	printf("sent %lu in %llu ns\n", n_msgs, (unsigned long long)(next - start));
	return 0;
}

#endif
