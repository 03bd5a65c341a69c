// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: a command line. The first byte chooses the subcommand, each further line is one
 * argument. What filters look up is made up here, so that nothing outside is touched.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"
#include "msg.h"
#include "options.h"

#define ARGS_MAX 64

/* Answers that depend on the text only, failures among them. */
static int answer(const char *text)
{
	static const int answers[] = {0, 0, 0, -ENOENT, -EPERM, -ENODEV};

	return answers[strlen(text) % (sizeof(answers) / sizeof(answers[0]))];
}

static int fake_netns(const char *text, struct netns_ref *out)
{
	out->fd = -1;
	out->inode = strlen(text);
	return answer(text);
}

static int fake_dev(const char *name, const struct netns_ref *netns, __u32 *ifindex)
{
	*ifindex = strlen(name) + netns->inode;
	return answer(name);
}

static int fake_pid(const char *text, __u32 *tgid)
{
	*tgid = strlen(text);
	return answer(text);
}

static int fake_cgroup(const char *path, struct cgroup_match *out)
{
	*out = (struct cgroup_match){.id = strlen(path)};
	return answer(path);
}

static const struct lookup fake = {fake_netns, fake_dev, fake_pid, fake_cgroup};

static void check(const struct options *o)
{
	const struct path_config *c = &o->filter;

	if (c->n_ports > FILTER_MAX || c->n_local_ports > FILTER_MAX || c->n_hosts > FILTER_MAX ||
	    c->shape.n_devs > FILTER_MAX || c->n_netns > FILTER_MAX || c->n_pids > FILTER_MAX ||
	    c->n_comms > FILTER_MAX || c->n_cgroups > FILTER_MAX)
		abort();
	for (__u32 i = 0; i < c->n_comms; i++)
		if (!c->comms[i][0] || c->comms[i][COMM_LEN - 1])
			abort();
	for (__u32 i = 0; i < c->n_ports; i++)
		if (!c->ports[i])
			abort();
	if (o->max_connections < 1 || o->max_connections > 1 << 20 || o->connections > 1 << 20 ||
	    o->sort_stage >= RXS_COUNT || (o->count && !o->interval_ns))
		abort();
	if (o->command && !o->command[0])
		abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Help and messages are made, but not shown: the fuzzer has its own copy of stderr. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	stdout = fopen("/dev/null", "w");
	stderr = fopen("/dev/null", "w");
	if (!stdout || !stderr)
		abort();
	filter_lookup = &fake;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int (*const parsers[])(int, char **, struct options *) = {
		options_check,
		options_stat,
		options_trace,
		options_watch,
	};
	char *argv[ARGS_MAX + 1] = {(char[]){"fuzz"}}, *text, *rest;
	struct options o;
	int argc = 1, status;

	if (size < 1)
		return 0;
	text = malloc(size);
	if (!text)
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	rest = text;
	while (argc < ARGS_MAX && rest)
		argv[argc++] = strsep(&rest, "\n");

	status = parsers[data[0] % (sizeof(parsers) / sizeof(parsers[0]))](argc, argv, &o);
	if (status == 0)
		check(&o);
	else if (status != -1 && status != EXIT_USAGE && status != EXIT_PRIVILEGE)
		abort();
	free(text);
	return 0;
}
