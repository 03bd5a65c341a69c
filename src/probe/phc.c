// SPDX-License-Identifier: GPL-2.0-only
#include "phc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ptp_clock.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TRIES 5
#define OFFSET_TRIES 3
#define CLOCK_OF_FD(fd) ((~(clockid_t)(fd) << 3) | 3) /* ABI of dynamic POSIX clocks */

static __u64 nanoseconds(__s64 s, __u64 ns)
{
	return (__u64)s * 1000000000ULL + ns;
}

static __u64 now_of(clockid_t clock)
{
	struct timespec t;

	return clock_gettime(clock, &t) ? 0 : nanoseconds(t.tv_sec, t.tv_nsec);
}

static __u64 of_ptp(const struct ptp_clock_time *t)
{
	return nanoseconds(t->sec, t->nsec);
}

/* r: a reading of a clock between two others. */
static void between(struct hw_reading *r, __u64 before, __u64 device, __u64 after)
{
	r->device = device;
	r->half = (after - before + 1) / 2;
	r->mono = before + (after - before) / 2;
}

/* CLOCK_REALTIME as CLOCK_MONOTONIC: both are slewed alike, so what is between them changes only
 * when the time is set. */
static struct hw_reading realtime_now(void)
{
	struct hw_reading all[OFFSET_TRIES];

	for (int i = 0; i < OFFSET_TRIES; i++) {
		__u64 before = now_of(CLOCK_MONOTONIC), real = now_of(CLOCK_REALTIME);

		between(&all[i], before, real, now_of(CLOCK_MONOTONIC));
	}
	return all[hwclock_surest(all, OFFSET_TRIES)];
}

/* The kernel's ways give CLOCK_REALTIME; if that was set meanwhile, the reading is void. */
static int to_monotonic(struct hw_reading *r, const struct hw_reading *before)
{
	struct hw_reading after = realtime_now();
	__s64 offset = before->mono - before->device, later = after.mono - after.device;
	__u64 apart = offset < later ? later - offset : offset - later;

	if (apart > before->half + after.half)
		return -EAGAIN;
	r->mono += offset;
	r->half += before->half;
	return 0;
}

static int read_precise(const struct phc *p, struct hw_reading *r)
{
	struct hw_reading real = realtime_now();
	struct ptp_sys_offset_precise o = {};

	if (ioctl(p->fd, PTP_SYS_OFFSET_PRECISE, &o))
		return -errno;
	*r = (struct hw_reading){
		.device = of_ptp(&o.device), .mono = of_ptp(&o.sys_realtime), .half = 1};
	return to_monotonic(r, &real);
}

static int read_extended(const struct phc *p, struct hw_reading *r)
{
	struct ptp_sys_offset_extended o = {.n_samples = TRIES};
	struct hw_reading real = realtime_now(), all[TRIES];

	if (ioctl(p->fd, PTP_SYS_OFFSET_EXTENDED, &o))
		return -errno;
	for (int i = 0; i < TRIES; i++)
		between(&all[i], of_ptp(&o.ts[i][0]), of_ptp(&o.ts[i][1]), of_ptp(&o.ts[i][2]));
	*r = all[hwclock_surest(all, TRIES)];
	return to_monotonic(r, &real);
}

static int read_between(const struct phc *p, struct hw_reading *r)
{
	struct hw_reading all[TRIES];

	for (int i = 0; i < TRIES; i++) {
		__u64 before = now_of(CLOCK_MONOTONIC), device = now_of(p->clock);

		if (!device)
			return errno ? -errno : -EIO;
		between(&all[i], before, device, now_of(CLOCK_MONOTONIC));
	}
	*r = all[hwclock_surest(all, TRIES)];
	return 0;
}

int phc_read(struct phc *p, struct hw_reading *r)
{
	static int (*const ways[PHC_METHODS])(const struct phc *, struct hw_reading *) = {
		[PHC_PRECISE] = read_precise,
		[PHC_EXTENDED] = read_extended,
		[PHC_BETWEEN] = read_between,
	};
	int err = ways[p->method](p, r);

	while (err && err != -EAGAIN && p->method < PHC_BETWEEN)
		err = ways[++p->method](p, r);
	return err;
}

int phc_open(struct phc *p, int index)
{
	*p = (struct phc){.fd = -1};
	snprintf(p->name, sizeof(p->name), "/dev/ptp%d", index);
	p->fd = open(p->name, O_RDONLY | O_CLOEXEC);
	if (p->fd < 0)
		return -errno;
	p->clock = CLOCK_OF_FD(p->fd);
	return 0;
}

int phc_open_system(struct phc *p, const char *name)
{
	static const struct {
		const char *name;
		clockid_t clock;
	} clocks[] = {{"realtime", CLOCK_REALTIME},
		      {"tai", CLOCK_TAI},
		      {"boottime", CLOCK_BOOTTIME},
		      {"raw", CLOCK_MONOTONIC_RAW}};

	*p = (struct phc){.fd = -1, .method = PHC_BETWEEN};
	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		if (strcmp(name, clocks[i].name) != 0)
			continue;
		p->clock = clocks[i].clock;
		snprintf(p->name, sizeof(p->name), "clock %s", name);
		return 0;
	}
	return -EINVAL;
}

void phc_close(struct phc *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
}

const char *phc_method_name(enum phc_method method)
{
	static const char *const names[PHC_METHODS] = {"precise", "extended", "between"};

	return method < PHC_METHODS ? names[method] : "?";
}
