// SPDX-License-Identifier: GPL-2.0-only
/*
 * netstrata check: what this kernel and these privileges allow, found by trying. Each hook is test
 * loaded, as `stat` and `trace` do before they choose; nothing is attached, so whether a kprobe can
 * be attached is not known here.
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "check.h"
#include "commands.h"
#include "names.h"
#include "options.h"
#include "text_style.h"

#ifndef ENOTSUPP
#define ENOTSUPP 524 /* the kernel's own, which strerror() does not know */
#endif

const struct hook_choice *check_hook(const struct check *c, struct check_point at)
{
	__u32 points = at.dir < NS_DIRS ? c->plan.points[at.dir][at.proto] : 0;

	if (!c->tried || (points && !(points & 1U << at.point))) /* all that is left of UDP */
		return NULL;
	return hooks_of(&c->plan, at.dir, at.point, at.proto);
}

const char *check_name(struct check_point at)
{
	return at.dir < NS_DIRS ? dirs[at.dir].points[at.point] : aux_name(at.point);
}

static bool serves(const struct hook_choice *h, struct check_point at)
{
	return h->c->dir == at.dir && h->c->point == at.point && h->c->protos & 1U << at.proto;
}

bool check_alternative(const struct check *c, unsigned i, struct check_point at)
{
	const struct hook_choice *used = check_hook(c, at), *h = &c->plan.choices[i];

	if (h == used || !serves(h, at) || (used && !strcmp(used->name, h->name)))
		return false;
	while (i--) /* two programs for the same hook: once is enough */
		if (serves(&c->plan.choices[i], at) && !strcmp(c->plan.choices[i].name, h->name))
			return false;
	return true;
}

static const char *why_failed(const struct hook_choice *h)
{
	switch (-h->error) {
	case ENOENT:
		return h->c->kind == HOOK_TP_BTF ? "no such tracepoint" : "no such function";
	case EPERM: /* with all capabilities there */
		return "the kernel refuses it (EPERM)";
	case EOPNOTSUPP:
	case ENOTSUPP:
		return h->c->kind == HOOK_KPROBE ? "this kernel has no kprobes"
						 : "not supported by this kernel";
	default:
		return strerror(-h->error);
	}
}

const char *check_why(const struct check *c, const struct hook_choice *h, struct check_point at)
{
	if (h->verdict == HOOK_EXCLUDED)
		return "excluded by --hooks";
	if (!c->tried)
		return "not tried";
	if (h->verdict == HOOK_FAILED)
		return why_failed(h);
	if (h->verdict == HOOK_CHOSEN)
		return "datagrams are only counted";
	if (check_hook(c, at))
		return "not needed";
	return "of no use: others failed";
}

static const struct check_point udp_read = {NS_RX, RXP_READ, NS_UDP};

static bool udp_is_counted(const struct check *c)
{
	const struct hook_choice *h = check_hook(c, udp_read);

	return h && h->c->counted;
}

const char *check_remark(const struct check *c, struct check_point at)
{
	const struct hook_choice *h = check_hook(c, at);

	if (!h)
		return NULL;
	if (h->c->kind == HOOK_KPROBE)
		return "attaching not tried";
	if (at.dir == NS_RX && at.point == RXP_READ && at.proto == NS_UDP && h->c->counted)
		return "datagrams counted, not seen";
	return NULL;
}

__attribute__((format(printf, 3, 4))) static void conclude(struct check *c, enum exit_status status,
							   const char *fmt, ...)
{
	va_list ap;

	c->status = status;
	va_start(ap, fmt);
	vsnprintf(c->verdict, sizeof(c->verdict), fmt, ap);
	va_end(ap);
}

/* The first point of the received without which nothing can be measured and that has no hook. */
static const char *lacking(const struct check *c, enum ns_proto proto)
{
	static const enum rx_point needed[] = {RXP_STACK, RXP_READY, RXP_READ};

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!hooks_of(&c->plan, NS_RX, needed[i], proto))
			return dirs[NS_RX].points[needed[i]];
	return dirs[NS_RX].points[RXP_TRANSPORT];
}

static void judge(struct check *c)
{
	bool tcp = c->plan.points[NS_RX][NS_TCP], udp = c->plan.points[NS_RX][NS_UDP];
	bool tx = c->plan.points[NS_TX][NS_TCP];
	char caps[64];

	if (c->kernel.missing_caps)
		conclude(c, EXIT_PRIVILEGE,
			 "Nothing can be measured without %s: be root, or use setcap.",
			 caps_name(c->kernel.missing_caps, caps, sizeof(caps)));
	else if (!c->kernel.btf)
		conclude(c, EXIT_KERNEL,
			 "Nothing can be measured: this kernel has no BTF. It needs "
			 "CONFIG_DEBUG_INFO_BTF.");
	else if (tcp && udp)
		conclude(c, EXIT_OK, "TCP and UDP packets can be measured, received%s.",
			 tx ? " and sent" : "; sent ones cannot");
	else if (tcp)
		conclude(c, EXIT_OK,
			 "Received TCP packets can be measured; UDP not: no hook for `%s`.%s",
			 lacking(c, NS_UDP), tx ? " Sent packets can." : "");
	else if (tx)
		conclude(c, EXIT_OK,
			 "Sent packets can be measured; received TCP packets not: no hook for "
			 "`%s`%s.",
			 lacking(c, NS_TCP), udp ? "; UDP can" : "");
	else
		conclude(c, EXIT_KERNEL, "TCP packets cannot be measured: no hook for `%s`%s.",
			 lacking(c, NS_TCP), udp ? "; UDP can" : "");
}

static void print_point(const struct check *c, struct check_point at, const struct text_opts *o)
{
	const struct hook_choice *used = check_hook(c, at);
	const char *remark = check_remark(c, at);

	printf("  %-10s %s%s%s%s%s\n", check_name(at), used ? "" : text_style(o, TS_WARN),
	       used ? used->name : "none", used ? "" : text_style(o, TS_RESET), remark ? ": " : "",
	       remark ? remark : "");
	for (unsigned i = 0; i < c->plan.n; i++) {
		const struct hook_choice *h = &c->plan.choices[i];

		if (check_alternative(c, i, at))
			printf("  %-10s   %s%s: %s%s\n", "", text_style(o, TS_FAINT), h->name,
			       check_why(c, h, at), text_style(o, TS_RESET));
	}
}

/* What is lost for want of hooks. */
static void print_losses(const struct check *c, enum ns_dir dir, enum ns_proto proto)
{
	__u32 points = c->plan.points[dir][proto], stages = stages_present(dir, points);
	unsigned first = 0;
	char label[64];

	while (!(points & 1U << first))
		first++;
	for (unsigned s = 0; s < dirs[dir].total; s++)
		if (stages & 1U << s && stage_covers(dir, points, s) != 1U << s)
			printf("  lost: %s are one stage\n",
			       stage_label(dir, points, s, label, sizeof(label)));
	if (first)
		printf("  lost: all before `%s`\n", dirs[dir].points[first]);
	if (dir == NS_RX && proto == NS_UDP && udp_is_counted(c))
		printf("  lost: which datagram was read: taken for the first that came in\n");
	if (dir == NS_RX && !check_hook(c, (struct check_point){NS_DIRS, AUX_CLOSE, proto}))
		printf("  lost: packets of closed sockets stay \"pending\", not \"unread\"\n");
	if (dir == NS_TX && proto == NS_TCP &&
	    !check_hook(c, (struct check_point){NS_DIRS, AUX_CLOSING, proto}))
		printf("  lost: ACKs that come while a connection is being closed\n");
	if (dir == NS_TX && proto == NS_TCP && !(points & 1 << TXP_COMPLETED))
		printf("  lost: small queues (tsq) are told by exclusion, autocork not at all\n");
}

static void print_dir(const struct check *c, enum ns_dir dir, enum ns_proto proto,
		      const struct text_opts *o)
{
	printf("\n%s%s %s: each point, its hook, and the others%s\n", text_style(o, TS_HEAD),
	       dir == NS_RX ? "Received" : "Sent", proto == NS_TCP ? "TCP" : "UDP",
	       text_style(o, TS_RESET));
	for (unsigned p = 0; p < dirs[dir].n_points; p++)
		if (proto_points(dir, proto) & 1U << p)
			print_point(c, (struct check_point){dir, p, proto}, o);
	if (dir == NS_RX)
		print_point(c, (struct check_point){NS_DIRS, AUX_CLOSE, proto}, o);
	for (unsigned p = AUX_CLOSING; dir == NS_TX && proto == NS_TCP && p <= AUX_BLOCKED; p++)
		print_point(c, (struct check_point){NS_DIRS, p, proto}, o);
	if (dir == NS_TX)
		print_point(c, (struct check_point){NS_DIRS, AUX_ENQUEUE, proto}, o);
	print_point(c, (struct check_point){NS_DIRS, AUX_DROP, proto}, o);
	if (c->plan.points[dir][proto])
		print_losses(c, dir, proto);
}

static void print_hws(const struct check *c, const struct text_opts *o)
{
	printf("\n%sHardware receive stamps, by device of this network namespace (--hw)%s\n",
	       text_style(o, TS_HEAD), text_style(o, TS_RESET));
	for (unsigned i = 0; i < c->n_hws && i < HWS_MAX; i++)
		printf("  %-15s %s%s\n", c->hws[i].dev, c->hws[i].lacks ? "none: " : "there",
		       c->hws[i].lacks ? c->hws[i].lacks : "");
	if (c->n_hws > HWS_MAX)
		printf("  and %u more devices\n", c->n_hws - HWS_MAX);
}

static void print_text(const struct check *c, const struct text_opts *o)
{
	const struct kernel *k = &c->kernel;
	char caps[64];

	printf("%sLinux %s %s, %u CPU%s%s\n", text_style(o, TS_HEAD), k->release, k->machine,
	       k->possible_cpus, k->possible_cpus == 1 ? "" : "s", text_style(o, TS_RESET));
	printf("  BTF           %s\n", k->btf ? "there" : strerror(-k->btf_error));
	printf("  kprobes       %s\n", k->kprobes ? "there" : "not in this kernel");
	printf("  capabilities  %s%s\n", k->missing_caps ? "missing: " : "there",
	       caps_name(k->missing_caps, caps, sizeof(caps)));
	if (k->btf)
		printf("  sockops       tstamp callbacks %s\n",
		       c->tstamps ? "there, not used: tracepoints see every socket"
				  : "not in this kernel: tracepoints are used");
	for (int dir = 0; c->tried && dir < NS_DIRS; dir++)
		for (int proto = 0; proto < NS_PROTOS; proto++)
			print_dir(c, dir, proto, o);
	print_hws(c, o);
	printf("\n%s\n", c->verdict);
}

int cmd_check(int argc, char **argv)
{
	struct check c = {};
	__u32 want[NS_DIRS];
	struct options o;
	int err = options_check(argc, argv, &o);

	if (err)
		return err < 0 ? EXIT_OK : err;
	if (o.verbose < 2)
		libbpf_set_print(NULL);
	err = kernel_probe(&c.kernel);
	if (err) {
		msg_errno(err, "cannot ask the kernel what it is");
		return EXIT_FAILED;
	}
	c.tried = c.kernel.btf && !c.kernel.missing_caps;
	c.tstamps =
		c.kernel.btf && kernel_has_enumerator(&c.kernel, "BPF_SOCK_OPS_TSTAMP_SENDMSG_CB");
	hooks_want(o.dirs, o.stages, want);
	if (c.tried)
		hooks_choose(&c.kernel, o.hooks, want, &c.plan);
	c.n_hws = hw_list(c.hws, HWS_MAX);
	judge(&c);
	if (o.json)
		err = check_json(stdout, &c);
	else
		print_text(&c, &(struct text_opts){.color = o.color});
	kernel_close(&c.kernel);
	if (err == -ENOMEM) {
		msg_errno(err, "cannot make the JSON object");
		return EXIT_FAILED;
	}
	err = stdout_finish();
	return err ? err : (int)c.status;
}
