// SPDX-License-Identifier: GPL-2.0-only
/* Command lines into struct options, with a system of our own behind the filters. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "filter.h"
#include "msg.h"
#include "hooks.h"
#include "options.h"
#include "options_serve.h"
#include "tap.h"

typedef int (*parser)(int argc, char **argv, struct options *o);

/* A namespace N has the number N and the devices ethN (index 10 + N) and lo. */
static int fake_netns(const char *text, struct netns_ref *out)
{
	out->fd = -1;
	out->inode = strtoul(text, NULL, 10);
	return out->inode ? 0 : -ENOENT;
}

static int fake_dev(const char *name, const struct netns_ref *netns, __u32 *ifindex)
{
	if (strcmp(name, "secret") == 0)
		return -EPERM;
	if (strcmp(name, "lo") == 0)
		*ifindex = 1;
	else if (strncmp(name, "eth", 3) == 0 && strtoul(name + 3, NULL, 10) == netns->inode)
		*ifindex = 10 + netns->inode;
	else
		return -ENODEV;
	return 0;
}

static int fake_pid(const char *text, __u32 *tgid)
{
	*tgid = strtoul(text, NULL, 10);
	return *tgid ? 0 : -ESRCH;
}

static int fake_cgroup(const char *path, struct cgroup_match *out)
{
	*out = (struct cgroup_match){.id = strlen(path), .level = path[0] == '/'};
	return 0;
}

static const struct lookup fake = {fake_netns, fake_dev, fake_pid, fake_cgroup};

static struct options o;
static char words[1024]; /* options point into it */

/* Parse a line split at spaces. */
static int parse(parser f, const char *line)
{
	static char *argv[64];
	int argc = 0;

	snprintf(words, sizeof(words), "command %s", line);
	for (char *save, *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	argv[argc] = NULL;
	return f(argc, argv, &o);
}

static int serve(int argc, char **argv, struct options *all)
{
	struct serve_options so;
	int err = options_serve(argc, argv, &so);

	*all = so.all;
	return err;
}

static void test_defaults(void)
{
	static const struct path_config zero;

	is_u64(parse(options_stat, ""), 0, "stat");
	ok(o.filter.shape.events && !o.filter.shape.traces && o.filter.slower_ns == 1000000 &&
		   o.slow_ns == 1000000,
	   "slow packets are ranked");
	is_u64(parse(options_stat, "--slow off"), 0, "stat --slow off");
	ok(!memcmp(&o.filter, &zero, sizeof(zero)) && !o.has_filter && !o.slow_ns, "no filter");
	is_u64(o.max_connections, 8192, "connections to keep");
	ok(!o.interval_ns && !o.count && !o.duration_ns && !o.histogram && !o.connections &&
		   !o.command && !o.json && !o.verbose && o.hooks == HOOKS_AUTO,
	   "everything else off");
	ok(o.sort_key == SORT_P99 && o.sort_stage == RXS_TOTAL && o.sort_dir == NS_RX,
	   "sorted by rx:total:p99");
	is_u64(o.dirs, 1U << NS_RX | 1U << NS_TX, "both directions");

	is_u64(parse(options_trace, ""), 0, "trace");
	ok(o.guarded && o.filter.shape.sample == TRACE_GUARD && o.filter.shape.events &&
		   o.filter.shape.traces && o.slow_ns == 1000000,
	   "trace guards itself");
	parse(options_trace, "--limit 5 --duration 1 --json");
	ok(o.guarded, "limits are no threshold");
	parse(options_trace, "--slower 1ms");
	ok(!o.guarded && !o.filter.shape.sample && o.filter.slower_ns == 1000000, "a threshold");
	parse(options_trace, "--slower 5us");
	is_u64(o.slow_ns, 5000, "what is listed has a cause");
	is_u64(parse(options_stat, "--slow 20ms"), 0, "stat --slow");
	ok(o.filter.slower_ns == 20000000 && o.slow_ns == 20000000 && !o.filter.shape.traces,
	   "its threshold");
	is_u64(parse(options_stat, "--slow 20"), EXIT_USAGE, "without a unit");
	is_u64(parse(options_stat, "--slow never"), EXIT_USAGE, "no duration");
	is_u64(parse(options_watch, ""), 0, "watch");
	ok(o.interval_ns == 1000000000 && o.slow_ns == 100000 && o.filter.shape.events &&
		   !o.filter.shape.traces && o.filter.slower_ns == 100000 && !o.exec && !o.replay,
	   "every second, with examples");
	is_u64(parse(options_watch, "--slow off --exec true --count 3"), 0, "watch --exec");
	ok(!o.filter.shape.events && !o.slow_ns && !strcmp(o.exec, "true") && o.count == 3,
	   "without examples");
	is_u64(parse(serve, "--slower 100us"), 0, "serve --slower");
	ok(o.filter.slower_ns == 100000 && o.slow_ns == 100000 && o.filter.shape.events &&
		   !o.filter.shape.traces,
	   "what serve keeps has a cause");
	is_u64(parse(serve, ""), 0, "serve");
	ok(o.filter.slower_ns == 1000000 && o.slow_ns == 1000000, "its threshold");
	is_u64(parse(serve, "--slower off"), 0, "serve --slower off");
	ok(!o.filter.shape.events && !o.slow_ns, "none are kept");
	parse(options_trace, "--sample 1/1");
	ok(!o.guarded && o.filter.shape.sample == 1, "a rate");
	parse(options_trace, "--port 80");
	ok(!o.guarded && !o.filter.shape.sample && o.has_filter, "a filter");

	is_u64(parse(options_check, "--hooks kprobe --json"), 0, "check");
	ok(o.hooks == HOOKS_KPROBE && o.json && !o.filter.shape.events, "its options");
}

static void test_values(void)
{
	is_u64(parse(options_stat,
		     "--interval 250ms --count=7 --duration 2m --histogram --connections 3 "
		     "--sort hol:max --max-connections 1048576 --hooks=tracepoint -v --verbose"),
	       0, "all of stat");
	is_u64(o.interval_ns, 250000000, "interval");
	is_u64(o.count, 7, "count");
	is_u64(o.duration_ns, 120000000000, "duration");
	ok(o.histogram && o.connections == 3, "histogram, connections");
	ok(o.sort_stage == RXS_HOL && o.sort_key == SORT_MAX, "sort");
	ok(o.max_connections == 1048576 && o.hooks == HOOKS_TRACEPOINT, "kernel side");
	ok(o.verbose == 2 && msg_verbosity == 2, "twice verbose");

	parse(options_stat, "--sort n");
	ok(o.connections == 10 && o.sort_stage == RXS_TOTAL && o.sort_key == SORT_N,
	   "sort alone lists ten");
	is_u64(parse(options_trace, "--slower 500us --limit 18446744073709551615 --chrome f -vv"),
	       0, "all of trace");
	ok(o.limit == ~0ULL && !strcmp(o.chrome, "f") && o.verbose == 2, "limit, chrome");
	parse(options_stat, "--interval 1 --interval 2");
	is_u64(o.interval_ns, 2000000000, "the last one counts");
}

static void is_stages(const char *line, __u32 rx, __u32 tx)
{
	is_u64(parse(options_stat, line), 0, line);
	is_u64(o.stages[NS_RX], rx, "received");
	is_u64(o.stages[NS_TX], tx, "sent");
}

static void test_stages(void)
{
	const __u32 sched = 1U << RXS_WAKEUP | 1U << RXS_RUNQUEUE | 1U << RXS_APPLICATION;
	const __u32 rx = (1U << RXS_TOTAL) - 1, tx = ((1U << TXS_COUNT) - 1) & ~(1U << TXS_TOTAL);
	__u32 want[NS_DIRS];

	is_stages("", rx & ~((1U << RXS_STACK) - 1), tx);
	is_stages("--stages all", rx, tx);
	is_stages("--stages none", 0, 0);
	is_stages("--stages sched", sched, 0);
	is_stages("--stages tx:ip,napi", 1U << RXS_NAPI, 1U << TXS_IP);
	is_stages("--stages ip,after", 1U << RXS_IP,
		  1U << TXS_IP | 1U << TXS_COMPLETION | 1U << TXS_NETWORK | 1U << TXS_ACK);
	is_u64(parse(options_stat, "--stages nap"), EXIT_USAGE, "no stage");
	is_u64(parse(options_stat, "--stages rx:qdisc"), EXIT_USAGE, "a stage of the other one");
	is_u64(parse(options_stat, "--stages ip,"), EXIT_USAGE, "an empty name");
	is_u64(parse(options_stat, "--stages total"), EXIT_USAGE, "the total is no choice");
	parse(options_trace, "");
	is_u64(o.stages[NS_RX], rx, "trace has all where nothing is said");
	is_u64(parse(options_trace, "--stages none --blame"), 0, "--blame");
	is_u64(o.stages[NS_RX], 1U << RXS_SOFTIRQ_WAIT | 1U << RXS_RUNQUEUE, "needs its stages");

	hooks_want(1U << NS_RX, (__u32[]){1U << RXS_IRQ, 1U << TXS_IP}, want);
	ok(want[NS_RX] & 1U << RXP_SOFTIRQ && !(want[NS_RX] & 1U << RXP_IP) && !want[NS_TX],
	   "the interrupt alone needs the softirq; a direction that is left out needs nothing");
	hooks_want(1U << NS_RX, (__u32[]){1U << RXS_WAKEUP, 0}, want);
	ok(want[NS_RX] & 1U << RXP_RUNNING, "a wake-up alone needs the switch");
}

static void is_sort(const char *line, enum ns_dir dir, unsigned stage)
{
	is_u64(parse(options_stat, line), 0, line);
	ok(o.sort_dir == dir && o.sort_stage == stage, "its direction and stage");
}

static void test_directions(void)
{
	is_u64(parse(options_stat, "--dir rx"), 0, "received only");
	is_u64(o.dirs, 1U << NS_RX, "its bit");
	is_u64(parse(options_trace, "--dir tx"), 0, "sent only");
	is_u64(o.dirs, 1U << NS_TX, "its bit");
	parse(options_stat, "--dir both");
	is_u64(o.dirs, 1U << NS_RX | 1U << NS_TX, "both");
	is_u64(parse(options_stat, "--dir up"), EXIT_USAGE, "no direction");
	is_sort("--dir tx", NS_TX, TXS_TOTAL);
	is_sort("--sort tx:qdisc:max", NS_TX, TXS_QDISC);
	is_sort("--sort tx:total:p99", NS_TX, TXS_TOTAL);
	is_sort("--sort network:n", NS_TX, TXS_NETWORK);
	is_sort("--sort ip:sum", NS_RX, RXS_IP);
	is_sort("--dir tx --sort ip:sum", NS_TX, TXS_IP);
	is_u64(parse(options_stat, "--sort rx:qdisc:max"), EXIT_USAGE, "a stage of the other one");
	is_u64(parse(options_stat, "--sort network:p99"), EXIT_USAGE, "p99 after the total");
}

static void test_filters(void)
{
	struct path_config *c = &o.filter;

	is_u64(parse(options_stat, "-46 --tcp --udp --port 80,443 --port 8080 --local-port 22"), 0,
	       "protocols and ports");
	ok(o.has_filter && c->protos == (1 << NS_TCP | 1 << NS_UDP), "protocols");
	is_u64(c->families, FAMILY_IPV4 | FAMILY_IPV6, "families");
	ok(c->n_ports == 3 && c->ports[0] == 80 && c->ports[1] == 443 && c->ports[2] == 8080,
	   "ports, repeated and with commas");
	ok(c->n_local_ports == 1 && c->local_ports[0] == 22, "local port");

	is_u64(parse(options_stat,
		     "--host 10.0.0.0/8,::1 --pid 1 --pid 2 --cgroup /a,b --cgroup c"),
	       0, "hosts, processes, cgroups");
	ok(c->n_hosts == 2 && c->n_pids == 2 && c->pids[1] == 2, "two each");
	ok(c->n_cgroups == 2 && c->cgroups[0].id == 4 && c->cgroups[0].level == 1,
	   "a cgroup may have a comma");
	is_u64(parse(options_stat, "--comm a,b --comm abcdefghijklmnop"), 0, "names");
	ok(c->n_comms == 2 && !strcmp(c->comms[0], "a,b"), "a name may have a comma");
	is_str(c->comms[1], "abcdefghijklmno", "a name has 15 bytes");
	is_u64(c->comms[1][15], 0, "and ends with 0");

	is_u64(parse(options_stat, "--dev eth3,lo --netns 3,4"), 0, "devices before namespaces");
	ok(c->n_netns == 2 && c->netns[0] == 3 && c->netns[1] == 4, "namespaces");
	ok(c->shape.n_devs == 2 && c->devs[0] == 13 && c->devs[1] == 1, "devices, each index once");
	is_u64(parse(options_stat, "--dev eth0"), 0, "a device of this namespace");
	is_u64(c->devs[0], 10, "its index");
	is_u64(parse(options_stat, "--dev eth5 --netns 3,4"), EXIT_USAGE, "none of these has it");
	is_u64(parse(options_stat, "--dev secret --netns 3"), EXIT_PRIVILEGE,
	       "not allowed to look");
	is_u64(parse(options_stat, "--netns 0"), EXIT_USAGE, "no such namespace");
	is_u64(parse(options_stat, "--pid x"), EXIT_USAGE, "no such process");
	is_u64(parse(options_stat, "--port 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16"), 0,
	       "16 values");
	is_u64(parse(options_stat, "--port 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16 --port 17"),
	       EXIT_USAGE, "17");
}

static void test_words(void)
{
	is_u64(parse(options_stat, "--tcp -- ls -l --json --bogus -- x"), 0, "a command");
	ok(o.command && !strcmp(o.command[0], "ls") && !strcmp(o.command[4], "--") &&
		   !strcmp(o.command[5], "x") && !o.command[6] && !o.json,
	   "its options are its own");
	is_u64(parse(options_stat, "--comm -- --tcp"), 0, "-- as a value");
	ok(!o.command && !strcmp(o.filter.comms[0], "--") && o.filter.protos == 1 << NS_TCP,
	   "is no end of the options");
	is_u64(parse(options_stat, "--port 80 -- x --port 99999"), 0, "a command's bad option");

	is_u64(parse(options_stat, "ls"), EXIT_USAGE, "a command without --");
	is_u64(parse(options_stat, "--tcp ls -- x"), EXIT_USAGE, "a word before --");
	is_u64(parse(options_stat, "--"), EXIT_USAGE, "-- without a command");
	is_u64(parse(options_check, "-- ls"), EXIT_USAGE, "check runs no command");
	is_u64(parse(options_stat, "-"), EXIT_USAGE, "a lone dash");
	is_u64(parse(options_stat, "--inter 1"), EXIT_USAGE, "no abbreviations");
	is_u64(parse(options_stat, "--=1"), EXIT_USAGE, "no name");
	is_u64(parse(options_stat, "--json=1"), EXIT_USAGE, "a value that is not wanted");
	is_u64(parse(options_stat, "--port"), EXIT_USAGE, "a value that is missing");
	is_u64(parse(options_stat, "--slower 1ms"), EXIT_USAGE, "an option of trace");
	is_u64(parse(options_trace, "--interval 1"), EXIT_USAGE, "an option of stat");
	is_u64(parse(options_stat, "--count 1"), EXIT_USAGE, "intervals of what length?");
	is_u64(parse(options_stat, "--sort application:p99"), EXIT_USAGE, "p99 of a stage");
}

static void test_color(void)
{
	unsetenv("NO_COLOR");
	setenv("TERM", "xterm", 1);
	parse(options_stat, "--color always");
	ok(o.color, "always");
	parse(options_stat, "--color always --json");
	ok(!o.color, "never in JSON");
	parse(options_stat, "--color never");
	ok(!o.color, "never");
	setenv("NO_COLOR", "1", 1);
	parse(options_stat, "");
	ok(!o.color, "NO_COLOR");
	parse(options_stat, "--color always");
	ok(o.color, "the option is stronger");
	unsetenv("NO_COLOR");
	setenv("TERM", "dumb", 1);
	parse(options_stat, "");
	ok(!o.color, "a dumb terminal");
}

int main(void)
{
	filter_lookup = &fake;
	/* The messages are for tests/cli. */
	if (!freopen("/dev/null", "w", stderr))
		return 1;
	test_defaults();
	test_values();
	test_stages();
	test_directions();
	test_filters();
	test_words();
	test_color();
	return done();
}
