// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "json.h"
#include "msg.h"
#include "names.h"
#include "run_info.h"
#include "session.h"
#include "terminal.h"

#define UPKEEP_NS 1000000000ULL

static void fill_hooks(struct session *s, enum ns_dir dir, enum ns_proto pr)
{
	for (int p = 0; p < POINTS_MAX; p++) {
		const struct hook_choice *h = hooks_of(&s->path.plan, dir, p, pr);

		s->info.hooks[dir][pr][p] =
			h && s->info.points[dir][pr] & (1 << p) ? h->name : NULL;
	}
}

/* XDP is no hook of the ladder: each device has its own. */
static void fill_xdp(struct session *s)
{
	for (int pr = 0; pr < NS_PROTOS; pr++)
		if (s->info.points[NS_RX][pr] & 1 << RXP_XDP)
			s->info.hooks[NS_RX][pr][RXP_XDP] = s->path.xdp.hooks;
}

static void fill_info(struct session *s, int argc, char **argv)
{
	const struct hook_choice *enqueue;
	struct run_info *ri = &s->info;

	run_info_fill(ri, &s->kernel, argc, argv);
	memcpy(ri->points, s->path.plan.points, sizeof(ri->points));
	for (int dir = 0; dir < NS_DIRS; dir++)
		for (int pr = 0; pr < NS_PROTOS; pr++)
			fill_hooks(s, dir, pr);
	fill_xdp(s);
	ri->drop_reasons = s->reasons.names;
	ri->n_drop_reasons = s->reasons.n;
	ri->sample = s->o->filter.sample;
	ri->slower_ns = s->o->filter.traces ? s->o->filter.slower_ns : 0;
	ri->slow_ns = s->o->slow_ns;
	enqueue = hooks_of(&s->path.plan, NS_DIRS, AUX_ENQUEUE, NS_TCP);
	ri->backlog_found = enqueue && strstr(enqueue->name, "qdisc_enqueue");
	ri->budget_bytes = s->path.budget_bytes;
	for (unsigned i = 0; i < s->path.hw.n; i++)
		hw_info(&s->path.hw.used[i], &ri->hws[ri->n_hws++]);
}

/* Fork the command now, with the privileges that it was given; it waits for the gate. */
static int start_command(struct session *s)
{
	int gate[2];
	char byte;

	if (!s->o->command)
		return 0;
	if (pipe(gate))
		return -errno;
	fflush(stdout);
	s->child = fork();
	if (s->child < 0) {
		close(gate[0]);
		close(gate[1]);
		return -errno;
	}
	if (!s->child) {
		sigset_t none;

		close(gate[1]);
		if (read(gate[0], &byte, 1) != 1) /* the gate broke: nothing is measured */
			_exit(127);
		close(gate[0]);
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		signal(SIGPIPE, SIG_DFL);
		execvp(s->o->command[0], s->o->command);
		msg_errno(errno, "cannot run '%s'", s->o->command[0]);
		_exit(127);
	}
	close(gate[0]);
	s->child_gate = gate[1];
	return 0;
}

int session_watch(struct session *s, int fd)
{
	struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};

	return fd < 0 || epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &e) ? -errno : 0;
}

static int timer(struct session *s, int *fd, __u64 first_ns, __u64 every_ns)
{
	struct itimerspec t = {
		.it_value = {first_ns / 1000000000, first_ns % 1000000000},
		.it_interval = {every_ns / 1000000000, every_ns % 1000000000},
	};

	if (*fd >= 0)
		return timerfd_settime(*fd, 0, &t, NULL) ? -errno : 0;
	if (!first_ns)
		return 0;
	*fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (*fd < 0 || timerfd_settime(*fd, 0, &t, NULL))
		return -errno;
	return session_watch(s, *fd);
}

int session_set_interval(struct session *s, __u64 interval_ns)
{
	return timer(s, &s->ticks, interval_ns, interval_ns);
}

/* Signals become readable before anything is attached, so that none can leave it behind. */
static int open_loop(struct session *s, const struct options *o)
{
	sigset_t set;

	memset(s, 0, sizeof(*s));
	s->o = o;
	s->epoll = s->signals = s->ticks = s->deadline = s->upkeep = s->child_gate = -1;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (s->signals < 0 || s->epoll < 0)
		return -errno;
	return session_watch(s, s->signals);
}

static int start_loop(struct session *s)
{
	int err = timer(s, &s->ticks, s->o->interval_ns, s->o->interval_ns);

	if (!err)
		err = timer(s, &s->deadline, s->o->duration_ns, 0);
	if (!err && s->collector.path)
		err = timer(s, &s->upkeep, UPKEEP_NS, UPKEEP_NS);
	if (!err && s->o->filter.traces) /* else upkeep fetches the records */
		err = session_watch(s, collector_fd(&s->collector));
	if (!err && !s->o->chrome &&
	    !s->o->daemon) { /* of interest: that its reader goes away; files have none */
		struct epoll_event e = {.data.fd = STDOUT_FILENO};

		epoll_ctl(s->epoll, EPOLL_CTL_ADD, STDOUT_FILENO, &e);
	}
	if (!err && s->child && write(s->child_gate, "", 1) != 1)
		err = -errno;
	return err;
}

int session_open_loop(struct session *s, const struct options *o)
{
	int err = open_loop(s, o);

	if (!err)
		err = start_loop(s);
	if (!err)
		return EXIT_OK;
	msg_errno(err, "cannot set up signals and timers");
	session_close(s);
	return exit_status_of(err);
}

int session_open(struct session *s, const struct options *o, int argc, char **argv,
		 packet_fn on_packet, void *ctx)
{
	__u32 want[NS_DIRS];
	int err = open_loop(s, o);

	if (err) {
		msg_errno(err, "cannot set up signals");
		goto out;
	}
	err = start_command(s);
	if (err) {
		msg_errno(err, "cannot start the command");
		goto out;
	}
	err = kernel_probe(&s->kernel);
	if (err) {
		msg_errno(err, "cannot ask the kernel what it is");
		goto out;
	}
	hooks_want(o->dirs, o->stages, want);
	err = path_open(&s->path, &s->kernel, o->hooks, &o->filter, want, o->max_connections);
	if (err)
		goto out;
	err = collector_open(&s->collector, &s->path, on_packet, ctx);
	if (err)
		goto out;
	reasons_read(&s->reasons, &s->kernel);
	kernel_close(&s->kernel); /* BTF is large and has served */
	caps_drop(hw_changed(&s->path.hw) ? 1ULL << CAP_NET_ADMIN : 0);
	fill_info(s, argc, argv);
	s->text = terminal_text(o);
	if (!o->no_header)
		err = o->json ? json_start(stdout, &s->info)
			      : text_header(stdout, &s->info, &s->text);
	if (!err && fflush(stdout)) /* the header is the sign that measuring has begun */
		err = -errno;
	if (err == -EPIPE) { /* nobody reads: a normal end, and stdout_finish() knows */
		s->stop_reason = "output closed";
		err = 0;
	}
	if (err) {
		msg_errno(err, "cannot write");
		goto out;
	}
	msg_info("measuring, %llu MiB of kernel memory at most", s->info.budget_bytes >> 20);
	err = start_loop(s);
	if (err)
		msg_errno(err, "cannot start the timers");
out:
	if (!err)
		return EXIT_OK;
	session_close(s);
	return exit_status_of(err);
}

void session_detach(struct session *s)
{
	s->end_ns = mono_now(); /* taking the programs off takes seconds on some kernels */
	path_detach(&s->path);
}

void session_close(struct session *s)
{
	int fds[] = {s->epoll, s->signals, s->ticks, s->deadline, s->upkeep, s->child_gate};

	collector_close(&s->collector);
	path_close(&s->path);
	reasons_free(&s->reasons);
	kernel_close(&s->kernel);
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	if (s->child > 0) { /* ours, so ours to end */
		kill(s->child, SIGTERM);
		waitpid(s->child, NULL, 0);
		s->child = 0;
	}
}

static bool stopped_by_signal(struct session *s)
{
	struct signalfd_siginfo si;

	while (read(s->signals, &si, sizeof(si)) == sizeof(si)) {
		if (si.ssi_signo != SIGCHLD) {
			s->stop_reason = si.ssi_signo == SIGINT ? "interrupted" : "terminated";
			return true;
		}
		if (s->child > 0 && waitpid(s->child, &s->child_status, WNOHANG) == s->child) {
			s->child = 0;
			s->stop_reason = "command ended";
			if (WIFEXITED(s->child_status) && WEXITSTATUS(s->child_status))
				msg_note("'%s' exited with %d", s->o->command[0],
					 WEXITSTATUS(s->child_status));
			else if (WIFSIGNALED(s->child_status))
				msg_note("'%s' was ended by signal %d", s->o->command[0],
					 WTERMSIG(s->child_status));
			return true;
		}
	}
	return false;
}

enum session_event session_wait(struct session *s)
{
	struct epoll_event e;
	__u64 n;

	for (;;) {
		if (epoll_wait(s->epoll, &e, 1, -1) != 1) {
			if (errno == EINTR) /* SIGWINCH, which curses handles */
				return SESSION_INPUT;
			s->stop_reason = "failed";
			return SESSION_STOP;
		}
		if (e.data.fd == s->signals) {
			if (stopped_by_signal(s))
				return SESSION_STOP;
		} else if (e.data.fd == s->ticks) {
			if (read(s->ticks, &n, sizeof(n)) == sizeof(n))
				return SESSION_TICK;
		} else if (e.data.fd == s->upkeep) {
			if (read(s->upkeep, &n, sizeof(n)) == sizeof(n)) {
				path_upkeep(&s->path);
				collector_maintain(&s->collector);
			}
		} else if (e.data.fd == s->deadline) {
			s->stop_reason = "duration";
			return SESSION_STOP;
		} else if (e.data.fd == STDOUT_FILENO) {
			s->stop_reason = "output closed";
			return SESSION_STOP;
		} else if (e.data.fd == collector_fd(&s->collector)) {
			return SESSION_PACKETS;
		} else if (e.data.fd == STDIN_FILENO && !(e.events & EPOLLIN)) {
			s->stop_reason = "input closed";
			return SESSION_STOP;
		} else {
			return SESSION_INPUT;
		}
	}
}
