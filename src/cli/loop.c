// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "loop.h"

#define SECOND 1000000000ULL

int loop_watch(struct loop *l, int fd)
{
	struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};

	return fd < 0 || epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &e) ? -errno : 0;
}

static int set_timer(struct loop *l, int *fd, __u64 first_ns, __u64 every_ns)
{
	struct itimerspec t = {
		.it_value = {first_ns / SECOND, first_ns % SECOND},
		.it_interval = {every_ns / SECOND, every_ns % SECOND},
	};

	if (*fd >= 0)
		return timerfd_settime(*fd, 0, &t, NULL) ? -errno : 0;
	if (!first_ns)
		return 0;
	*fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (*fd < 0 || timerfd_settime(*fd, 0, &t, NULL))
		return -errno;
	return loop_watch(l, *fd);
}

int loop_add_timer(struct loop *l, int *fd, __u64 every_ns)
{
	return set_timer(l, fd, every_ns, every_ns);
}

int loop_set_interval(struct loop *l, __u64 interval_ns)
{
	return set_timer(l, &l->ticks, interval_ns, interval_ns);
}

void loop_watch_stdout(struct loop *l)
{
	struct epoll_event e = {.data.fd = STDOUT_FILENO}; /* files have no other end: refused */

	epoll_ctl(l->epoll, EPOLL_CTL_ADD, STDOUT_FILENO, &e);
}

int loop_open(struct loop *l)
{
	sigset_t set;

	*l = (struct loop){.epoll = -1, .signals = -1, .ticks = -1, .deadline = -1};
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	l->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (l->signals < 0 || l->epoll < 0)
		return -errno;
	return loop_watch(l, l->signals);
}

int loop_start(struct loop *l, __u64 interval_ns, __u64 duration_ns)
{
	int err = loop_set_interval(l, interval_ns);

	return err ? err : set_timer(l, &l->deadline, duration_ns, 0);
}

static enum loop_event stop(struct loop *l, const char *reason)
{
	l->stop_reason = reason;
	return LOOP_STOP;
}

static enum loop_event signalled(struct loop *l)
{
	struct signalfd_siginfo si;

	if (read(l->signals, &si, sizeof(si)) != sizeof(si))
		return LOOP_SIGNAL;
	if (si.ssi_signo == SIGCHLD)
		return LOOP_CHILD;
	return stop(l, si.ssi_signo == SIGINT ? "interrupted" : "terminated");
}

enum loop_event loop_wait(struct loop *l)
{
	struct epoll_event e;
	__u64 n;

	for (;;) {
		if (epoll_wait(l->epoll, &e, 1, -1) != 1)
			return errno == EINTR ? LOOP_SIGNAL : stop(l, "failed");
		if (e.data.fd == l->signals)
			return signalled(l);
		if (e.data.fd == l->deadline)
			return stop(l, "duration");
		if (e.data.fd == STDOUT_FILENO)
			return stop(l, "output closed");
		if (e.data.fd != l->ticks) {
			l->fd = e.data.fd;
			l->readable = e.events & EPOLLIN;
			return LOOP_FD;
		}
		if (read(l->ticks, &n, sizeof(n)) == sizeof(n))
			return LOOP_TICK;
	}
}

void loop_close(struct loop *l)
{
	int fds[] = {l->epoll, l->signals, l->ticks, l->deadline};

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}
