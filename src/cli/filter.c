// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "filter.h"
#include "msg.h"
#include "opttable.h"
#include "values.h"

enum filter_key {
	KEY_IPV4 = '4',
	KEY_IPV6 = '6',
	KEY_TCP = 0x200,
	KEY_UDP,
	KEY_PORT,
	KEY_LOCAL_PORT,
	KEY_HOST,
	KEY_DEV,
	KEY_NETNS,
	KEY_PID,
	KEY_COMM,
	KEY_CGROUP,
};

static const struct argp_option filter_options[] = {
	{NULL, 0, NULL, 0,
	 "Filters (AND; several values of one, repeated or with commas: OR):", FILTER_GROUP},
	{"tcp", KEY_TCP, NULL, 0, "TCP only", 0},
	{"udp", KEY_UDP, NULL, 0, "UDP only", 0},
	{"ipv4", KEY_IPV4, NULL, 0, "IPv4 only", 0},
	{"ipv6", KEY_IPV6, NULL, 0, "IPv6 only", 0},
	{"port", KEY_PORT, "PORT", 0, "Either end has this port", 0},
	{"local-port", KEY_LOCAL_PORT, "PORT", 0, "This end has this port", 0},
	{"host", KEY_HOST, "ADDR[/LEN]", 0, "Either end has this address", 0},
	{"dev", KEY_DEV, "NAME", 0, "Came in or went out through this device", 0},
	{"netns", KEY_NETNS, "NETNS", 0,
	 "The socket is in this network namespace: a path, a name of ip-netns, an inode number or "
	 "self",
	 0},
	{"pid", KEY_PID, "PID", 0, "Read or sent by this process", 0},
	{"comm", KEY_COMM, "NAME", 0, "Read or sent by a thread of this name", 0},
	{"cgroup", KEY_CGROUP, "PATH", 0, "Read or sent by a process in this cgroup or below it",
	 0},
	{0},
};

static int add_port(__u16 *port, const char *option, const char *text)
{
	__u64 n;

	if (number_parse(text, 1, 65535, &n)) {
		msg_err("--%s '%s': not a port (1 to 65535)", option, text);
		return -EINVAL;
	}
	*port = n;
	return 0;
}

static int add_any_port(struct filter_args *f, __u32 i, const char *text)
{
	return add_port(&f->config->ports[i], "port", text);
}

static int add_local_port(struct filter_args *f, __u32 i, const char *text)
{
	return add_port(&f->config->local_ports[i], "local-port", text);
}

static int add_host(struct filter_args *f, __u32 i, const char *text)
{
	int err = host_parse(text, &f->config->hosts[i]);

	if (err == -ERANGE)
		msg_err("--host '%s': the prefix is longer than the address", text);
	else if (err)
		msg_err("--host '%s': not an address; write for instance 192.0.2.1, 192.0.2.0/24 "
			"or 2001:db8::/32",
			text);
	return err;
}

static int add_dev(struct filter_args *f, __u32 i, const char *text)
{
	/* as dev_valid_name() in the kernel */
	if (strlen(text) >= IF_NAMESIZE || strpbrk(text, "/: \t\n") || strcmp(text, ".") == 0 ||
	    strcmp(text, "..") == 0) {
		msg_err("--dev '%s': not a device name", text);
		return -EINVAL;
	}
	strcpy(f->devs[i], text);
	return 0;
}

static int add_netns(struct filter_args *f, __u32 i, const char *text)
{
	int err = f->lookup->netns(text, &f->netns[i]);

	if (!err)
		f->config->netns[i] = f->netns[i].inode;
	return err;
}

static int add_pid(struct filter_args *f, __u32 i, const char *text)
{
	return f->lookup->pid(text, &f->config->pids[i]);
}

static int add_comm(struct filter_args *f, __u32 i, const char *text)
{
	char *comm = f->config->comms[i];

	memcpy(comm, text, strnlen(text, COMM_LEN - 1)); /* the rest is zero already */
	if (strlen(text) >= COMM_LEN)
		msg_note("--comm '%s': the kernel keeps %d bytes of a name; looking for '%s'", text,
			 COMM_LEN - 1, comm);
	return 0;
}

static int add_cgroup(struct filter_args *f, __u32 i, const char *text)
{
	return f->lookup->cgroup(text, &f->config->cgroups[i]);
}

/* Options with values. add stores value number i; it reports what is wrong with it. */
static const struct list {
	int key;
	size_t count; /* where in struct path_config */
	bool whole;   /* no list with commas: a value may hold one itself */
	int (*add)(struct filter_args *f, __u32 i, const char *text);
} lists[] = {
	{KEY_PORT, offsetof(struct path_config, n_ports), false, add_any_port},
	{KEY_LOCAL_PORT, offsetof(struct path_config, n_local_ports), false, add_local_port},
	{KEY_HOST, offsetof(struct path_config, n_hosts), false, add_host},
	{KEY_DEV, offsetof(struct path_config, shape.n_devs), false, add_dev},
	{KEY_NETNS, offsetof(struct path_config, n_netns), false, add_netns},
	{KEY_PID, offsetof(struct path_config, n_pids), false, add_pid},
	{KEY_COMM, offsetof(struct path_config, n_comms), true, add_comm},
	{KEY_CGROUP, offsetof(struct path_config, n_cgroups), true, add_cgroup},
};

static int add_value(struct filter_args *f, const struct list *l, const char *text)
{
	const char *option = opttable_name(&filter_argp, l->key);
	__u32 *n = (__u32 *)((char *)f->config + l->count);
	int err;

	if (!*text) {
		msg_err("--%s: empty value", option);
		return -EINVAL;
	}
	if (*n == FILTER_MAX) {
		msg_err("--%s: more than %d values", option, FILTER_MAX);
		return -E2BIG;
	}
	err = l->add(f, *n, text);
	if (!err)
		++*n;
	return err;
}

static int add_values(struct filter_args *f, const struct list *l, const char *text)
{
	char *copy, *value, *rest;
	int err = 0;

	if (l->whole)
		return add_value(f, l, text);
	rest = copy = strdup(text);
	if (!copy)
		return msg_errno(ENOMEM, "--%s", opttable_name(&filter_argp, l->key));
	while (!err && (value = strsep(&rest, ",")))
		err = add_value(f, l, value);
	free(copy);
	return err;
}

/* argp: errno values are positive. */
static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct filter_args *f = state->input;
	struct path_config *c = f->config;

	switch (key) {
	case KEY_TCP:
		c->protos |= 1 << NS_TCP;
		break;
	case KEY_UDP:
		c->protos |= 1 << NS_UDP;
		break;
	case KEY_IPV4:
		c->families |= FAMILY_IPV4;
		break;
	case KEY_IPV6:
		c->families |= FAMILY_IPV6;
		break;
	default:
		for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
			if (lists[i].key != key)
				continue;
			f->any = true;
			f->error = add_values(f, &lists[i], arg);
			return -f->error;
		}
		return ARGP_ERR_UNKNOWN;
	}
	f->any = true;
	return 0;
}

const struct lookup *filter_lookup = &lookup_system;

const struct argp filter_argp = {filter_options, parse, NULL, NULL, NULL, NULL, NULL};

static bool has_dev(const struct path_config *c, __u32 ifindex)
{
	for (__u32 i = 0; i < c->shape.n_devs; i++)
		if (c->devs[i] == ifindex)
			return true;
	return false;
}

/* The indices of one device name, in all namespaces given. */
static int find_dev(struct filter_args *f, const char *name)
{
	static const struct netns_ref self = {.fd = -1};
	__u32 n_netns = f->config->n_netns, ifindex;
	bool found = false;
	int err;

	for (__u32 i = 0; i < (n_netns ? n_netns : 1); i++) {
		err = f->lookup->dev(name, n_netns ? &f->netns[i] : &self, &ifindex);
		if (err == -ENODEV)
			continue;
		if (err)
			return err;
		if (has_dev(f->config, ifindex)) { /* lo is 1 everywhere */
			found = true;
			continue;
		}
		if (f->config->shape.n_devs == FILTER_MAX) {
			msg_err("--dev '%s': more than %d devices", name, FILTER_MAX);
			return -E2BIG;
		}
		f->config->devs[f->config->shape.n_devs++] = ifindex;
		found = true;
	}
	if (found)
		return 0;
	msg_err("--dev: no device '%s' in %s", name,
		!n_netns       ? "this network namespace"
		: n_netns == 1 ? "the network namespace given by --netns"
			       : "the network namespaces given by --netns");
	return -ENODEV;
}

int filter_resolve(struct filter_args *f)
{
	__u32 names = f->config->shape.n_devs;

	f->config->shape.n_devs = 0;
	for (__u32 i = 0; i < names && !f->error; i++)
		f->error = find_dev(f, f->devs[i]);
	return f->error;
}

void filter_release(struct filter_args *f)
{
	for (__u32 i = 0; i < f->config->n_netns; i++) {
		if (f->netns[i].fd >= 0)
			close(f->netns[i].fd);
		f->netns[i].fd = -1;
	}
}
