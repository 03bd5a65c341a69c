// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "irq_read.h"
#include "loop.h"
#include "msg.h"
#include "run_info.h"
#include "softirq_collect.h"
#include "softirq_session.h"

struct session {
	const struct softirq_command *command;
	const struct options *o;
	struct softirq_programs programs;
	struct softirq_collector collector;
	struct softirq_run run;
	struct loop loop;
};

static void fill_run(struct session *s, const struct kernel *k, int argc, char **argv)
{
	struct softirq_run *run = &s->run;

	run_info_fill(&run->ri, k, argc, argv);
	run->text = (struct text_opts){.color = s->o->color, .histogram = s->o->histogram};
	run_info_terminal(&run->text);
	run->limits = softirq_limits();
	run->all = s->o->softirq.all;
	run->config = (struct softirq_config){
		.softirqs = !s->command->lines,
		.blame = !s->command->lines && s->o->softirq.blame,
		.lines = s->command->lines ? run->irqs.n + 1 : 0,
		.blame_min_ns = s->o->softirq.blame_min_ns,
		.burst_gap_ns = s->o->softirq.burst_gap_ns,
	};
}

static int print_start(const struct session *s)
{
	int err = s->o->json ? softirq_json_start(stdout, &s->run)
			     : s->command->start(stdout, &s->run);

	if (!err && fflush(stdout)) /* the header is the sign that measuring has begun */
		err = -errno;
	return err;
}

static int open_session(struct session *s, int argc, char **argv)
{
	__u16 lines[IRQ_MAX] = {};
	struct kernel k;
	int err;

	err = loop_open(&s->loop);
	if (err)
		return msg_errno(err, "cannot set up signals");
	err = kernel_probe(&k);
	if (err)
		return msg_errno(err, "cannot ask the kernel what it is");
	err = irqs_read(&s->run.irqs);
	if (err) {
		msg_errno(err, "cannot list the interrupts");
		goto out;
	}
	for (size_t i = 0; i < s->run.irqs.n; i++)
		lines[s->run.irqs.list[i].irq] = i + 1;
	fill_run(s, &k, argc, argv);
	err = softirq_load(&s->programs, &k, &s->run.config, lines);
	if (!err)
		err = softirq_collect_open(&s->collector, &s->programs, &k, &s->run.config);
	if (!err)
		caps_drop(0);
out:
	kernel_close(&k);
	return err;
}

static int print(struct session *s, struct softirq_snapshot *snap)
{
	s->run.limits = softirq_limits();
	if (s->command->lines)
		irqs_refresh(&s->run.irqs);
	return s->o->json ? s->command->json(stdout, snap, &s->run)
			  : s->command->text(stdout, snap, &s->run);
}

/* Print what is new since *prev, which what is now then replaces. */
static int print_interval(struct session *s, struct softirq_snapshot **prev)
{
	struct softirq_snapshot *cur = softirq_collect(&s->collector, false), *delta;
	int err = -ENOMEM;

	delta = cur ? softirq_copy(cur) : NULL;
	if (delta) {
		if (*prev)
			softirq_subtract(delta, *prev);
		err = print(s, delta);
		softirq_free(*prev);
		*prev = cur;
		cur = NULL;
	}
	softirq_free(delta);
	softirq_free(cur);
	return err;
}

static int print_total(struct session *s)
{
	struct softirq_snapshot *total;
	int err;

	total = softirq_collect(&s->collector, true);
	if (!total)
		return -ENOMEM;
	total->final = true;
	err = print(s, total);
	if (!err)
		err = s->o->json ? softirq_json_end(stdout, total->misses, s->loop.stop_reason)
				 : softirq_text_end(stdout, total->misses, &s->run);
	softirq_free(total);
	return err;
}

static int measure(struct session *s)
{
	struct softirq_snapshot *prev = NULL;
	__u64 ticks = 0;
	int err;

	err = print_start(s);
	if (!err)
		err = loop_start(&s->loop, s->o->interval_ns, s->o->duration_ns);
	loop_watch_stdout(&s->loop);
	while (!err && !s->loop.stop_reason) {
		if (loop_wait(&s->loop) != LOOP_TICK)
			continue;
		err = print_interval(s, &prev);
		if (s->o->count && ++ticks == s->o->count)
			s->loop.stop_reason = "count";
	}
	if (!err)
		err = print_total(s);
	softirq_free(prev);
	return err;
}

int softirq_session(const struct softirq_command *command, const struct options *o, int argc,
		    char **argv)
{
	struct session s = {.command = command, .o = o};
	int status, err;

	err = open_session(&s, argc, argv);
	if (err) {
		status = exit_status_of(err);
	} else {
		err = measure(&s);
		status = stdout_finish();
		if (err && !status && err != -EPIPE) {
			msg_errno(err, "cannot make the summary");
			status = EXIT_FAILED;
		}
	}
	softirq_unload(&s.programs);
	softirq_collect_close(&s.collector);
	irqs_free(&s.run.irqs);
	loop_close(&s.loop);
	return status;
}
