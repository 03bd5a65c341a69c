// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
	ri->sample = s->o->filter.shape.sample;
	ri->slower_ns = s->o->filter.shape.traces ? s->o->filter.slower_ns : 0;
	ri->slow_ns = s->o->slow_ns;
	enqueue = hooks_of(&s->path.plan, NS_DIRS, AUX_ENQUEUE, NS_TCP);
	ri->backlog_found = enqueue && strstr(enqueue->name, "qdisc_enqueue");
	ri->budget_bytes = s->path.budget_bytes + s->softirq_programs.budget_bytes;
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
	return loop_watch(&s->loop, fd);
}

int session_set_interval(struct session *s, __u64 interval_ns)
{
	return loop_set_interval(&s->loop, interval_ns);
}

/* Signals become readable before anything is attached, so that none can leave it behind. */
static int open_loop(struct session *s, const struct options *o)
{
	memset(s, 0, sizeof(*s));
	s->o = o;
	s->upkeep = s->child_gate = -1;
	return loop_open(&s->loop);
}

static int start_loop(struct session *s)
{
	int err = loop_start(&s->loop, s->o->interval_ns, s->o->duration_ns);

	if (!err && s->collector.path)
		err = loop_add_timer(&s->loop, &s->upkeep, UPKEEP_NS);
	if (!err && s->o->filter.shape.traces) /* else upkeep fetches the records */
		err = session_watch(s, collector_fd(&s->collector));
	if (!err && !s->o->chrome && !s->o->daemon)
		loop_watch_stdout(&s->loop);
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

/* What each CPU's softirqs do, beside the packets and never in their way. */
static void open_softirqs(struct session *s)
{
	/* nobody looks at bursts here: all runs are one, which is the cheapest */
	const struct softirq_config config = {.softirqs = 1, .burst_gap_ns = ~0ULL};
	int err = softirq_load(&s->softirq_programs, &s->kernel, &config, NULL);

	if (!err)
		err = softirq_collect_open(&s->softirqs, &s->softirq_programs, &s->kernel, &config);
	if (!err) {
		s->collector.softirqs = &s->softirqs;
		return;
	}
	msg_warn("so it goes on without the numbers of each CPU");
	softirq_collect_close(&s->softirqs);
	softirq_unload(&s->softirq_programs);
	s->softirq_programs.budget_bytes = 0;
}

int session_open_with(struct session *s, const struct options *o, int argc, char **argv,
		      packet_fn on_packet, int (*attached)(void *ctx), void *ctx)
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
	if (o->cpus)
		open_softirqs(s);
	reasons_read(&s->reasons, &s->kernel);
	kernel_close(&s->kernel); /* BTF is large and has served */
	err = attached ? attached(ctx) : 0;
	if (err)
		goto out;
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

int session_open(struct session *s, const struct options *o, int argc, char **argv,
		 packet_fn on_packet, void *ctx)
{
	return session_open_with(s, o, argc, argv, on_packet, NULL, ctx);
}

void session_detach(struct session *s)
{
	s->end_ns = mono_now(); /* taking the programs off takes seconds on some kernels */
	path_detach(&s->path);
}

void session_close(struct session *s)
{
	softirq_collect_close(&s->softirqs);
	softirq_unload(&s->softirq_programs);
	collector_close(&s->collector);
	path_close(&s->path);
	reasons_free(&s->reasons);
	kernel_close(&s->kernel);
	loop_close(&s->loop);
	if (s->upkeep >= 0)
		close(s->upkeep);
	if (s->child_gate >= 0)
		close(s->child_gate);
	if (s->child > 0) { /* ours, so ours to end */
		kill(s->child, SIGTERM);
		waitpid(s->child, NULL, 0);
		s->child = 0;
	}
}

static bool command_ended(struct session *s)
{
	if (s->child <= 0 || waitpid(s->child, &s->child_status, WNOHANG) != s->child)
		return false;
	s->child = 0;
	if (WIFEXITED(s->child_status) && WEXITSTATUS(s->child_status))
		msg_note("'%s' exited with %d", s->o->command[0], WEXITSTATUS(s->child_status));
	else if (WIFSIGNALED(s->child_status))
		msg_note("'%s' was ended by signal %d", s->o->command[0],
			 WTERMSIG(s->child_status));
	return true;
}

static enum session_event stop(struct session *s, const char *reason)
{
	s->stop_reason = reason;
	return SESSION_STOP;
}

enum session_event session_wait(struct session *s)
{
	__u64 n;

	for (;;) {
		switch (loop_wait(&s->loop)) {
		case LOOP_TICK:
			return SESSION_TICK;
		case LOOP_STOP:
			return stop(s, s->loop.stop_reason);
		case LOOP_CHILD:
			if (command_ended(s))
				return stop(s, "command ended");
			break;
		case LOOP_SIGNAL: /* SIGWINCH, which curses handles */
			return SESSION_INPUT;
		case LOOP_FD:
			if (s->loop.fd == collector_fd(&s->collector))
				return SESSION_PACKETS;
			if (s->loop.fd == STDIN_FILENO && !s->loop.readable)
				return stop(s, "input closed");
			if (s->loop.fd != s->upkeep)
				return SESSION_INPUT;
			if (read(s->upkeep, &n, sizeof(n)) != sizeof(n))
				break;
			path_upkeep(&s->path);
			collector_maintain(&s->collector);
			break;
		}
	}
}
