// SPDX-License-Identifier: GPL-2.0-only
/*
 * Readers by io_uring, for tests/vm/sched.t: uring MODE PORT COUNT
 *
 * Takes one TCP connection, prints "ready PORT", reads COUNT messages of 100 bytes and ends.
 *   recv     IORING_OP_RECV: the kernel polls the socket for it, and the submitter reads
 *   defer    the same, with IORING_SETUP_DEFER_TASKRUN (6.1): only when the submitter asks
 *   async    IOSQE_ASYNC: a worker of the kernel's reads
 *   sqpoll   IORING_SETUP_SQPOLL: a thread of the kernel's submits, and reads
 * Ends with 77, and the reason, where the kernel does not have or forbids that.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <liburing.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIZE 100
#define TIMEOUT 620 /* s; as long as tests/lib.sh waits in a guest */
#define UNAVAILABLE 77

static const struct mode {
	const char *name;
	unsigned int setup;
	unsigned int sqe;
	unsigned int needs; /* IORING_FEAT_... */
} modes[] = {
	{"recv", 0, 0, 0},
	{"defer", IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN, 0, 0},
	{"async", 0, IOSQE_ASYNC, 0},
	{"sqpoll", IORING_SETUP_SQPOLL, 0, IORING_FEAT_SQPOLL_NONFIXED},
};

static void die(const char *what, int err, int status)
{
	fprintf(stderr, "uring: %s: %s\n", what, strerror(err));
	exit(status);
}

static int accept_one(int port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1, fd;

	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (s < 0 || bind(s, (struct sockaddr *)&a, sizeof(a)) || listen(s, 1))
		die("cannot listen", errno, 1);
	printf("ready %d\n", port);
	fflush(stdout);
	fd = accept(s, NULL, NULL);
	if (fd < 0)
		die("accept", errno, 1);
	return fd;
}

/* One receive; returns its bytes. */
static int receive(struct io_uring *ring, int fd, const struct mode *m)
{
	static char buf[SIZE];
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
	struct io_uring_cqe *cqe = NULL;
	int ret;

	io_uring_prep_recv(sqe, fd, buf, sizeof(buf), 0);
	io_uring_sqe_set_flags(sqe, m->sqe);
	ret = io_uring_submit_and_wait(ring, 1);
	if (ret >= 0)
		ret = io_uring_wait_cqe(ring, &cqe);
	if (ret < 0)
		die("wait", -ret, 1);
	ret = cqe->res;
	io_uring_cqe_seen(ring, cqe);
	if (ret < 0)
		die("recv", -ret, 1);
	return ret;
}

int main(int argc, char **argv)
{
	struct io_uring_params p = {.sq_thread_idle = 1 /* ms */};
	const struct mode *m = modes;
	struct io_uring ring;
	int fd, ret, n = -1;

	for (size_t i = 0; argc == 4 && i < sizeof(modes) / sizeof(*modes); i++)
		if (!strcmp(argv[1], modes[i].name))
			n = i;
	if (n < 0) {
		fprintf(stderr, "usage: uring recv|defer|async|sqpoll PORT COUNT\n");
		return 2;
	}
	m += n;
	alarm(TIMEOUT);
	p.flags = m->setup;
	ret = io_uring_queue_init_params(4, &ring, &p);
	if (ret < 0)
		die("io_uring_setup", -ret, UNAVAILABLE);
	if (m->needs & ~p.features)
		die(m->name, EOPNOTSUPP, UNAVAILABLE);
	fd = accept_one(atoi(argv[2]));
	for (long left = atol(argv[3]) * SIZE; left > 0; left -= ret)
		if (!(ret = receive(&ring, fd, m)))
			die("recv", ECONNRESET, 1);
	return 0;
}
