// SPDX-License-Identifier: GPL-2.0-only
/* netstrata ping: round trips, and what part of each this kernel took. */
#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "kernel.h"
#include "msg.h"
#include "ping_run.h"

#ifndef NETSTRATA_VERSION
#define NETSTRATA_VERSION "unknown"
#endif

/* What poll() is asked for; the tries' own sockets follow. */
enum { POLL_SIGNALS, POLL_STDOUT, POLL_ICMP, POLL_TRIES };

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void fill_run(struct ping_session *s, const struct kernel *k)
{
	const char *codeset = nl_langinfo(CODESET);
	struct ping_run *r = &s->run;
	struct timespec t;

	r->version = NETSTRATA_VERSION;
	snprintf(r->kernel, sizeof(r->kernel), "%s %s", k->release, k->machine);
	r->host = s->o->host;
	snprintf(r->target, sizeof(r->target), "%s", s->ends.to.text);
	r->port = s->o->tcp_port;
	r->size = s->o->size;
	r->timeout_ns = s->o->timeout_ns;
	for (int i = 0; i < PP_COUNT; i++)
		r->hooks[i] = s->programs.hooks[i][0] ? s->programs.hooks[i] : NULL;
	clock_gettime(CLOCK_REALTIME, &t);
	r->mono_ns = ping_now();
	r->real_ns = t.tv_sec * 1000000000ULL + t.tv_nsec;
	r->color = s->o->color;
	r->utf8 = !strcmp(codeset, "UTF-8");
}

/* The socket for all tries, or a first one of those for each, to see whether there can be any. */
static int open_socket(struct ping_session *s)
{
	__u16 port;
	int fd;

	if (!s->o->tcp_port)
		return ping_icmp_open(&s->icmp, s->o, &s->ends);
	fd = ping_tcp_socket(s->o, &s->ends, &port);
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

/* Sockets first: what is wrong with host and options is said before programs are loaded. */
static int open_session(struct ping_session *s)
{
	struct ping_config config;
	struct kernel k;
	int err = ping_resolve(s->o, &s->ends);

	if (!err)
		err = open_socket(s);
	if (!err)
		err = ping_configure(&config, s->o, &s->ends, &s->icmp);
	if (err)
		return err;
	err = kernel_probe(&k);
	if (err)
		return msg_errno(err, "cannot ask the kernel what it is");
	err = ping_load(&s->programs, &k, s->o->hooks, &config);
	if (!err) {
		caps_drop(0);
		fill_run(s, &k);
	}
	kernel_close(&k);
	return err;
}

static size_t fill_poll(struct ping_session *s, int signals, struct pollfd *p,
			struct ping_slot **slots)
{
	size_t n = POLL_TRIES;

	p[POLL_SIGNALS] = (struct pollfd){.fd = signals, .events = POLLIN};
	p[POLL_STDOUT] = (struct pollfd){.fd = STDOUT_FILENO}; /* that its reader goes away */
	p[POLL_ICMP] = (struct pollfd){.fd = s->icmp.fd, .events = POLLIN};
	for (int i = 0; s->o->tcp_port && i < PING_TRIES; i++) {
		if (!s->slots[i].waiting)
			continue;
		slots[n] = &s->slots[i];
		p[n++] = (struct pollfd){.fd = s->slots[i].fd, .events = POLLOUT};
	}
	return n;
}

static const char *signal_name(int signals)
{
	struct signalfd_siginfo si;

	if (read(signals, &si, sizeof(si)) != sizeof(si))
		return NULL;
	return si.ssi_signo == SIGINT ? "interrupted" : "terminated";
}

/* Wait until `until`, and take what comes. Returns why the run is to end, or NULL. */
static const char *wait_and_take(struct ping_session *s, int signals, __u64 until)
{
	struct pollfd p[POLL_TRIES + PING_TRIES];
	struct ping_slot *slots[POLL_TRIES + PING_TRIES];
	size_t n = fill_poll(s, signals, p, slots);
	__u64 now = ping_now(), left = until > now ? until - now : 0;
	struct timespec t = {left / 1000000000, left % 1000000000};

	if (ppoll(p, n, &t, NULL) < 0)
		return errno == EINTR ? NULL : "failed";
	for (size_t i = POLL_TRIES; i < n; i++)
		if (p[i].revents)
			ping_take_tcp(s, slots[i]);
	if (p[POLL_ICMP].revents)
		ping_take_icmp(s);
	if (p[POLL_STDOUT].revents & (POLLERR | POLLHUP))
		return "output closed";
	return p[POLL_SIGNALS].revents ? signal_name(signals) : NULL;
}

/* Send at each interval, until all have been sent and answered or given up. */
static const char *loop(struct ping_session *s, int signals)
{
	__u64 next = ping_now(), now, expires;
	const char *reason = NULL;
	bool more = true;

	while (!reason && !s->failed) {
		now = ping_now();
		if (more && now >= next) {
			ping_try_next(s);
			next += s->o->interval_ns;
			if (next < now) /* we were held up: no burst to make up for it */
				next = now;
			more = !s->o->count || s->stats.sent < s->o->count;
		}
		expires = ping_expire(s, now);
		if (!more && !s->waiting)
			return "count";
		reason = wait_and_take(s, signals, more && next < expires ? next : expires);
	}
	return reason ? reason : "output closed";
}

static int run(struct ping_session *s, int signals)
{
	const char *reason;
	int err = s->o->json ? ping_json_start(stdout, &s->run) : ping_text_start(stdout, &s->run);

	if (!err) {
		reason = loop(s, signals);
		ping_abandon(s);
		err = s->failed;
	}
	if (!err)
		err = s->o->json ? ping_json_end(stdout, &s->stats, reason)
				 : ping_text_end(stdout, &s->stats, &s->run);
	if (err && err != -EPIPE)
		msg_errno(err, "cannot write");
	if (err)
		return err == -EPIPE ? EXIT_OK : EXIT_FAILED;
	return s->stats.received ? EXIT_OK : EXIT_FAILED;
}

int cmd_ping(int argc, char **argv)
{
	struct ping_options o;
	struct ping_session *s;
	int signals, err = options_ping(argc, argv, &o), status;

	if (err)
		return err < 0 ? EXIT_OK : err;
	s = calloc(1, sizeof(*s));
	if (!s) {
		msg_errno(ENOMEM, "cannot begin");
		return EXIT_FAILED;
	}
	s->o = &o;
	s->icmp.fd = -1;
	signals = open_signals();
	if (signals < 0)
		err = msg_errno(signals == -1 ? errno : -signals, "cannot set up signals");
	else
		err = open_session(s);
	status = err ? (int)exit_status_of(err) : run(s, signals);
	ping_unload(&s->programs);
	ping_icmp_close(&s->icmp);
	if (signals >= 0)
		close(signals);
	free(s);
	return status ? status : (int)stdout_finish();
}
