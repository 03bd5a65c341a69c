// SPDX-License-Identifier: GPL-2.0-only
#include "notify.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "anomaly_output.h"
#include "cause_text.h"
#include "format.h"
#include "msg.h"
#include "names.h"

extern char **environ;

#define PREFIX "NETSTRATA_"
#define VARIABLES 24

/* The environment of one command: ours, and the anomaly's. */
struct vars {
	char **env;
	size_t n;
	char text[VARIABLES][ANOMALY_TEXT_LEN + 64];
	unsigned used;
};

__attribute__((format(printf, 3, 4))) static void put(struct vars *v, const char *name,
						      const char *format, ...)
{
	char *text = v->text[v->used];
	size_t room = sizeof(v->text[0]);
	va_list ap;
	int n;

	if (v->used == VARIABLES)
		return;
	n = snprintf(text, room, PREFIX "%s=", name);
	va_start(ap, format);
	vsnprintf(text + n, room - (size_t)n, format, ap);
	va_end(ap);
	v->env[v->n++] = text;
	v->used++;
}

/* Variables that begin like ours must not come from elsewhere. */
static int take_environment(struct vars *v)
{
	size_t n = 0;

	while (environ[n])
		n++;
	v->env = calloc(n + VARIABLES + 1, sizeof(*v->env));
	for (size_t i = 0; v->env && i < n; i++)
		if (strncmp(environ[i], PREFIX, strlen(PREFIX)))
			v->env[v->n++] = environ[i];
	return v->env ? 0 : -ENOMEM;
}

static void put_scope(struct vars *v, const struct anomaly *x)
{
	char name[64];

	switch (x->scope) {
	case ANOMALY_CONNECTION:
		put(v, "LOCAL", "%s", fmt_endpoint(x->conn.flow.local, x->conn.flow.local_port).s);
		put(v, "REMOTE", "%s",
		    fmt_endpoint(x->conn.flow.remote, x->conn.flow.remote_port).s);
		put(v, "NETNS", "%u", x->conn.flow.netns);
		put(v, "PID", "%u", x->pid);
		put(v, "COMM", "%s", fmt_comm(x->comm, true).s);
		put(v, "PORT", "%u", x->port);
		break;
	case ANOMALY_SERVICE:
		put(v, "PORT", "%u", x->port);
		break;
	case ANOMALY_QDISC:
		put(v, "NETNS", "%u", x->qdisc.netns);
		put(v, "DEV", "%s", fmt_clean(name, sizeof(name), x->qdisc.dev, DEV_LEN, true));
		put(v, "QDISC", "%s", fmt_clean(name, sizeof(name), x->qdisc.kind, KIND_LEN, true));
		break;
	case ANOMALY_CPU:
		put(v, "CPU", "%u", x->cpu);
		break;
	default:
		break;
	}
}

static void put_anomaly(struct vars *v, const struct anomaly *x, const struct run_info *ri)
{
	char text[ANOMALY_TEXT_LEN];

	put(v, "EVENT", "%s", x->end ? "end" : "begin");
	put(v, "ID", "%llu", x->id);
	put(v, "STATE", "%s", anomaly_end_names[x->end]);
	put(v, "SCOPE", "%s", anomaly_rules[x->scope].name);
	put(v, "AGAINST", "%s", x->peers ? "peers" : "past");
	put(v, "DIR", "%s", dirs[x->dir].name);
	if (x->proto < NS_PROTOS)
		put(v, "PROTO", "%s", proto_name(x->proto));
	if (x->stage < dirs[x->dir].n_stages)
		put(v, "STAGE", "%s", dirs[x->dir].stages[x->stage]);
	put(v, "FACTOR", "%.2f", anomaly_factor(x));
	put(v, "NOW_NS", "%llu", x->now_ns);
	put(v, "USUAL_NS", "%llu", x->usual_ns);
	put(v, "SINCE", "%llu", (ri->real_ns + (x->since_ns - ri->mono_ns)) / 1000000000);
	put(v, "SUBJECT", "%s", anomaly_subject(x, true, text, sizeof(text)));
	put(v, "CHANGE", "%s", anomaly_change(x, ri, text, sizeof(text)));
	put(v, "CAUSE", "%s", anomaly_why(x, ri, true, text, sizeof(text)));
	put_scope(v, x);
}

/* A shell of its own group, so that Ctrl-C here is not its end, with signals as usual. */
static int spawn(const char *command, char **env, pid_t *pid)
{
	char *argv[] = {"sh", "-c", (char *)command, NULL};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, usual;
	int err;

	sigemptyset(&none);
	sigemptyset(&usual);
	sigaddset(&usual, SIGPIPE);
	posix_spawnattr_init(&attr);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &usual);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
						POSIX_SPAWN_SETPGROUP);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
	err = posix_spawn(pid, "/bin/sh", &files, &attr, argv, env);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return -err;
}

void notify_run(struct notify *n, const struct anomaly *x, const struct run_info *ri)
{
	static struct vars v;
	unsigned free_place = 0;
	int err;

	if (!n->command)
		return;
	notify_reap(n);
	while (free_place < NOTIFY_MAX && n->running[free_place])
		free_place++;
	if (free_place == NOTIFY_MAX) {
		n->left_out++;
		return;
	}
	memset(&v, 0, sizeof(v));
	err = take_environment(&v);
	if (!err) {
		put_anomaly(&v, x, ri);
		err = spawn(n->command, v.env, &n->running[free_place]);
	}
	free(v.env);
	if (err) {
		n->running[free_place] = 0;
		msg_errno(err, "cannot run the command of --exec");
	}
}

void notify_reap(struct notify *n)
{
	int status;

	for (unsigned i = 0; i < NOTIFY_MAX; i++) {
		if (!n->running[i] || waitpid(n->running[i], &status, WNOHANG) != n->running[i])
			continue;
		n->running[i] = 0;
		if (WIFEXITED(status) && WEXITSTATUS(status))
			msg_warn("the command of --exec exited with %d", WEXITSTATUS(status));
		else if (WIFSIGNALED(status))
			msg_warn("the command of --exec was ended by signal %d", WTERMSIG(status));
	}
}

void notify_end(struct notify *n)
{
	notify_reap(n);
	if (n->left_out)
		msg_warn("the command of --exec was not run %lu times: %d were running already",
			 n->left_out, NOTIFY_MAX);
}
