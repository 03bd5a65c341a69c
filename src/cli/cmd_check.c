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

const struct hook_choice *check_hook(const struct check *c, enum rx_point p, enum ns_proto proto)
{
	if (!c->tried || (p < RXP_COUNT && c->plan.points[proto] && /* all that is left of UDP */
			  !(c->plan.points[proto] & 1U << p)))
		return NULL;
	return hooks_of(&c->plan, p, proto);
}

static bool serves(const struct hook_choice *h, enum rx_point point, enum ns_proto proto)
{
	return h->c->point == point && h->c->protos & 1U << proto;
}

bool check_alternative(const struct check *c, unsigned i, enum rx_point point, enum ns_proto proto)
{
	const struct hook_choice *used = check_hook(c, point, proto), *h = &c->plan.choices[i];

	if (h == used || !serves(h, point, proto) || (used && !strcmp(used->name, h->name)))
		return false;
	while (i--) /* two programs for the same hook: once is enough */
		if (serves(&c->plan.choices[i], point, proto) &&
		    !strcmp(c->plan.choices[i].name, h->name))
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

const char *check_why(const struct check *c, const struct hook_choice *h, enum rx_point point,
		      enum ns_proto proto)
{
	if (h->verdict == HOOK_EXCLUDED)
		return "excluded by --hooks";
	if (!c->tried)
		return "not tried";
	if (h->verdict == HOOK_FAILED)
		return why_failed(h);
	if (h->verdict == HOOK_CHOSEN)
		return "datagrams are only counted";
	if (check_hook(c, point, proto))
		return "not needed";
	return "of no use: others failed";
}

static bool udp_is_counted(const struct check *c)
{
	const struct hook_choice *h = check_hook(c, RXP_READ, NS_UDP);

	return h && h->c->counted;
}

const char *check_remark(const struct check *c, enum rx_point point, enum ns_proto proto)
{
	const struct hook_choice *h = check_hook(c, point, proto);

	if (!h)
		return NULL;
	if (h->c->kind == HOOK_KPROBE)
		return "attaching not tried";
	if (proto == NS_UDP && point == RXP_READ && h->c->counted)
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

/* The first point without which nothing can be measured and that has no hook. */
static const char *lacking(const struct check *c, enum ns_proto proto)
{
	static const enum rx_point needed[] = {RXP_STACK, RXP_READY, RXP_READ};

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!hooks_of(&c->plan, needed[i], proto))
			return rx_point_names[needed[i]];
	return rx_point_names[RXP_TRANSPORT];
}

static void judge(struct check *c)
{
	bool tcp = c->plan.points[NS_TCP], udp = c->plan.points[NS_UDP];
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
		conclude(c, EXIT_OK, "Received TCP and UDP packets can be measured.");
	else if (tcp)
		conclude(c, EXIT_OK,
			 "Received TCP packets can be measured; UDP not: no hook for `%s`.",
			 lacking(c, NS_UDP));
	else
		conclude(c, EXIT_KERNEL,
			 "Received TCP packets cannot be measured: no hook for `%s`%s.",
			 lacking(c, NS_TCP), udp ? "; UDP can" : "");
}

static void print_point(const struct check *c, enum rx_point point, enum ns_proto proto,
			const struct text_opts *o)
{
	const struct hook_choice *used = check_hook(c, point, proto);
	const char *name = point == RXP_COUNT ? "(close)" : rx_point_names[point];
	const char *remark = check_remark(c, point, proto);

	printf("  %-10s %s%s%s%s%s\n", name, used ? "" : text_style(o, TS_WARN),
	       used ? used->name : "none", used ? "" : text_style(o, TS_RESET), remark ? ": " : "",
	       remark ? remark : "");
	for (unsigned i = 0; i < c->plan.n; i++) {
		const struct hook_choice *h = &c->plan.choices[i];

		if (check_alternative(c, i, point, proto))
			printf("  %-10s   %s%s: %s%s\n", "", text_style(o, TS_FAINT), h->name,
			       check_why(c, h, point, proto), text_style(o, TS_RESET));
	}
}

/* What is lost for want of hooks. */
static void print_losses(const struct check *c, enum ns_proto proto)
{
	__u32 points = c->plan.points[proto], stages = rx_stages_present(points);
	char label[64];

	for (int s = 0; s < RXS_TOTAL; s++) {
		if (!(stages & 1U << s) || rx_stage_covers(points, s) == 1U << s)
			continue;
		printf("  lost: %s are one stage\n",
		       rx_stage_label(points, s, label, sizeof(label)));
	}
	if (proto == NS_UDP && udp_is_counted(c))
		printf("  lost: which datagram was read: taken for the first that came in\n");
	if (!check_hook(c, RXP_COUNT, proto))
		printf("  lost: packets of closed sockets stay \"pending\", not \"unread\"\n");
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
	for (int proto = 0; c->tried && proto < NS_PROTOS; proto++) {
		printf("\n%sReceived %s: each point, its hook, and the others%s\n",
		       text_style(o, TS_HEAD), proto == NS_TCP ? "TCP" : "UDP",
		       text_style(o, TS_RESET));
		for (int p = 0; p <= RXP_COUNT; p++)
			print_point(c, p, proto, o);
		if (c->plan.points[proto])
			print_losses(c, proto);
	}
	printf("\n%s\n", c->verdict);
}

int cmd_check(int argc, char **argv)
{
	struct check c = {};
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
	if (c.tried)
		hooks_choose(&c.kernel, o.hooks, &c.plan);
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
