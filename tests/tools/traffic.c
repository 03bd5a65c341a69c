// SPDX-License-Identifier: GPL-2.0-only
/*
 * A small peer for the tests: a reader that is late on purpose or reads in odd ways, a sender
 * with a schedule, and a burner of CPU time at real-time priority. Every run is bounded by
 * --timeout; an error goes to stderr.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <linux/sockios.h>
#include <time.h>
#include <unistd.h>

#include "traffic_opts.h"

#define SPIN_NS 300000ULL /* the end of a wait is spun: a timer's own lateness stays out */

static unsigned char buf[BUF_MAX];
static FILE *stamps;
static unsigned long n_msgs, n_bytes;
static volatile sig_atomic_t stopped;

static void on_alarm(int sig)
{
	static const char text[] = "traffic: timed out\n";

	(void)sig;
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(125);
	_exit(124);
}

static void on_term(int sig)
{
	(void)sig;
	stopped = 1;
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void wait_until(uint64_t when)
{
	struct timespec t;
	uint64_t early = when - SPIN_NS;

	if (now_ns() < early) {
		t.tv_sec = early / 1000000000;
		t.tv_nsec = early % 1000000000;
		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR &&
		       !stopped)
			;
	}
	while (now_ns() < when && !stopped)
		;
}

static void setup(void)
{
	struct sigaction alrm = {.sa_handler = on_alarm}, term = {.sa_handler = on_term};
	struct sched_param p = {.sched_priority = o.rt};
	cpu_set_t set;

	sigaction(SIGALRM, &alrm, NULL);
	sigaction(SIGTERM, &term, NULL); /* no SA_RESTART: a blocked read returns */
	signal(SIGPIPE, SIG_IGN);
	alarm(o.timeout);
	prctl(PR_SET_TIMERSLACK, 1);
	CPU_ZERO(&set);
	if (o.cpu >= 0) {
		CPU_SET(o.cpu, &set);
		if (sched_setaffinity(0, sizeof(set), &set))
			die("cannot run on CPU %d", o.cpu);
	}
	if (o.rt && sched_setscheduler(0, SCHED_FIFO, &p))
		die("cannot get real-time priority %d", o.rt);
	if (o.stamp && !(stamps = fopen(o.stamp, "w")))
		die("cannot write %s", o.stamp);
	errno = 0;
}

static void wait_go(void)
{
	char c = 0;

	while (o.go && read(STDIN_FILENO, &c, 1) == 1 && c != '\n')
		;
	if (o.go && c != '\n' && !stopped)
		die("no go-ahead on stdin");
}

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

static int open_socket(struct sockaddr_storage *a, socklen_t *len)
{
	struct sockaddr_in *a4 = (void *)a;
	struct sockaddr_in6 *a6 = (void *)a;
	int on = 1, fd = socket(o.v6 ? AF_INET6 : AF_INET,
				(o.udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	memset(a, 0, sizeof(*a));
	a->ss_family = o.v6 ? AF_INET6 : AF_INET;
	*len = o.v6 ? sizeof(*a6) : sizeof(*a4);
	if (o.v6)
		a6->sin6_port = htons(o.port);
	else
		a4->sin_port = htons(o.port);
	if (o.to && inet_pton(a->ss_family, o.to,
			      o.v6 ? (void *)&a6->sin6_addr : (void *)&a4->sin_addr) != 1)
		die("'%s' is no IPv%d address", o.to, o.v6 ? 6 : 4);
	return fd;
}

static int run_recv(void)
{
	struct sockaddr_storage a;
	socklen_t len;
	int conn, fd = open_socket(&a, &len), big = 8 << 20;
	ssize_t n;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &big, sizeof(big));
	if (bind(fd, (void *)&a, len) || (!o.udp && listen(fd, 1)) ||
	    getsockname(fd, (void *)&a, &len))
		die("cannot listen on port %u", o.port);
	printf("ready %u\n", ntohs(((struct sockaddr_in *)&a)->sin_port));
	fflush(stdout);
	conn = o.udp ? fd : accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	if (conn < 0 && !stopped)
		die("accept");
	wait_go();
	while (o.mode != CLOSE_UNREAD && !stopped && (!o.count || n_msgs < o.count)) {
		len = sizeof(a);
		n = read_message(conn, &a, &len);
		if (n < 0 && errno == EINTR)
			continue;
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

static void send_some(int fd, unsigned long n)
{
	for (; n && !stopped; n--) {
		uint32_t seq = n_msgs;
		size_t done = 0;

		if (o.size >= 4)
			memcpy(buf, &seq, 4);
		while (done < o.size && !stopped) {
			ssize_t w = send(fd, buf + done, o.size - done, 0);

			if (w < 0 && o.udp && errno == ECONNREFUSED && o.total)
				continue; /* the reader has gone before the flood ended */
			if (w < 0 && errno != EINTR)
				die("send");
			done += w > 0 ? w : 0;
		}
		n_msgs++;
		if (o.echo && recv(fd, &seq, 1, 0) != 1)
			die("no echo");
	}
}

static int run_send(void)
{
	struct sockaddr_storage a;
	socklen_t len;
	int left = 1, one = 1, fd = open_socket(&a, &len);
	uint64_t start, next;

	if (!o.to)
		die("--to is missing");
	if (connect(fd, (void *)&a, len))
		die("cannot connect to %s port %u", o.to, o.port);
	if (!o.udp)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
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
	while (!o.udp && !stopped && !ioctl(fd, SIOCOUTQ, &left) && left)
		poll(NULL, 0, 1);
	if (!o.udp)
		shutdown(fd, SHUT_WR);
	printf("sent %lu in %llu ns\n", n_msgs, (unsigned long long)(next - start));
	return 0;
}

static int run_hog(void)
{
	uint64_t start, next, burn;

	if (!o.run || o.period <= o.run || !o.total)
		die("wants --run DUR, a longer --period DUR and --total DUR");
	printf("ready 0\n");
	fflush(stdout);
	start = next = now_ns();
	while (!stopped && now_ns() - start < o.total) {
		wait_until(next += o.period - o.run);
		burn = now_ns();
		while (now_ns() - burn < o.run)
			;
		if (stamps)
			fprintf(stamps, "%llu %llu\n", (unsigned long long)burn,
				(unsigned long long)now_ns());
		next += o.run;
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	int rc;

	if (strcmp(what, "recv") && strcmp(what, "send") && strcmp(what, "hog")) {
		fputs(usage, !strcmp(what, "--help") ? stdout : stderr);
		return strcmp(what, "--help") ? 2 : 0;
	}
	parse(argc - 1, argv + 1);
	if (*what == 'h' && !o.rt)
		o.rt = 50;
	if (*what == 's' && !o.count)
		o.count = 1;
	setup();
	rc = *what == 'r' ? run_recv() : *what == 's' ? run_send() : run_hog();
	if (stamps && fclose(stamps))
		die("cannot write %s", o.stamp);
	return rc;
}
