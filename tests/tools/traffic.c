// SPDX-License-Identifier: GPL-2.0-only
/*
 * A small peer for the tests: a reader that is late on purpose or reads in odd ways, a sender
 * with a schedule that holds its data back in all the known ways, and a burner of CPU time at
 * real-time priority. Every run is bounded by
 * --timeout; an error goes to stderr.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <linux/errqueue.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <linux/udp.h>
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

static int open_socket(struct sockaddr_storage *a, socklen_t *len)
{
	struct sockaddr_in *a4 = (void *)a;
	struct sockaddr_in6 *a6 = (void *)a;
	int on = 1, big = 8 << 20,
	    fd = socket(o.v6 ? AF_INET6 : AF_INET,
			(o.udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (o.sndbuf && setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &o.sndbuf, sizeof(o.sndbuf)))
		die("SO_SNDBUF");
	if (o.rcvbuf && setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &o.rcvbuf, sizeof(o.rcvbuf)))
		die("SO_RCVBUF");
	if (!o.to && !o.rcvbuf)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &big, sizeof(big));
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

#include "traffic_recv.h"
#include "traffic_send.h"

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
