// SPDX-License-Identifier: GPL-2.0-only
#include "chrome.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <search.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format.h"
#include "cause.h"
#include "names.h"
#include "packet.h"

#define BUF_SIZE (64 << 10)
#define PACKET_MAX (8 << 10) /* more than one packet's objects can take */
#define HEADER_MAX (4 << 10)
#define MAX_LANES 128	      /* threads of one connection */
#define MAX_THREADS (1 << 16) /* of the file; further packets share SPILL_TID and may overlap */
#define SPILL_TID 0

static const char tail[] = "\n]}\n";

struct lane {
	__u64 end; /* of its last packet */
	__u32 tid;
};

struct track_key {
	struct flow flow;
	__u32 dir;
};

struct track { /* one direction of a connection */
	struct track_key key;
	unsigned n_lanes;
	struct lane *lanes;
};

struct chrome {
	int fd;
	char *path;
	bool created; /* was not there before */
	bool started;
	bool seekable;
	bool first; /* no object in the list yet */
	int err;
	off_t good; /* bytes of the file that are whole objects; the tail follows them */
	void *tracks;
	unsigned n_threads;
	struct run_info ri;
	size_t used;
	char buf[BUF_SIZE];
};

static int write_all(struct chrome *c, const char *p, size_t len, off_t at)
{
	while (len) {
		ssize_t n = c->seekable ? pwrite(c->fd, p, len, at) : write(c->fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		p += n;
		len -= (size_t)n;
		at += n;
	}
	return 0;
}

/*
 * Write the buffer and behind it the tail that closes the JSON; the next flush overwrites the
 * tail. So the file is valid after each flush, even if the program is killed, and when the disk
 * is full the tail goes back to where there was room for it before. A pipe gets the tail once.
 */
static int flush(struct chrome *c, bool last)
{
	size_t len = c->used;

	if (c->err)
		return c->err;
	if (c->seekable || last) {
		memcpy(c->buf + len, tail, sizeof(tail) - 1);
		len += sizeof(tail) - 1;
	}
	c->err = write_all(c, c->buf, len, c->good);
	if (!c->err) {
		c->good += (off_t)c->used;
		c->used = 0;
	} else if (c->seekable && c->good) {
		/* nothing more can be done if this fails too: the first error is reported */
		if (!ftruncate(c->fd, c->good))
			(void)write_all(c, tail, sizeof(tail) - 1, c->good);
	}
	return c->err;
}

__attribute__((format(printf, 2, 3))) static void put(struct chrome *c, const char *fmt, ...)
{
	size_t room = BUF_SIZE - sizeof(tail) - c->used;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(c->buf + c->used, room, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= room)
		c->err = -EOVERFLOW; /* PACKET_MAX is too small: a bug */
	else
		c->used += (size_t)n;
}

/* Begin an object of the list. */
static void begin(struct chrome *c, const char *name, const char *ph, __u32 pid, __u32 tid)
{
	put(c, "%s{\"name\":\"%s\",\"ph\":\"%s\",\"pid\":%u,\"tid\":%u", c->first ? "\n" : ",\n",
	    name, ph, pid, tid);
	c->first = false;
}

/* The format wants microseconds; as text, for a double does not hold all digits of uptime ns. */
static void put_us(struct chrome *c, const char *key, __u64 ns)
{
	put(c, ",\"%s\":%llu.%03llu", key, ns / 1000, ns % 1000);
}

static void name_thread(struct chrome *c, __u32 netns, __u32 tid, const char *name)
{
	begin(c, "process_name", "M", netns, tid);
	put(c, ",\"args\":{\"name\":\"netns %u\"}}", netns);
	begin(c, "thread_name", "M", netns, tid);
	put(c, ",\"args\":{\"name\":\"%s\"}}", name);
}

static int by_key(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct track_key)); /* the key is a track's first member */
}

static struct track *find_track(struct chrome *c, const struct track_key *key)
{
	struct track **slot, *t;

	slot = tfind(key, &c->tracks, by_key);
	if (slot)
		return *slot;
	t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	t->key = *key;
	if (!tsearch(t, &c->tracks, by_key)) {
		free(t);
		return NULL;
	}
	return t;
}

/* The thread to draw [start, end] on: one of its connection and direction that is free then. */
static __u32 pick_thread(struct chrome *c, const struct track_key *key, __u64 start, __u64 end)
{
	struct track *t = c->n_threads < MAX_THREADS ? find_track(c, key) : NULL;
	const struct flow *flow = &key->flow;
	struct lane *lanes;
	char name[200];

	if (!t)
		goto spill;
	for (unsigned i = 0; i < t->n_lanes; i++) {
		if (t->lanes[i].end > start)
			continue;
		t->lanes[i].end = end;
		return t->lanes[i].tid;
	}
	if (t->n_lanes == MAX_LANES)
		goto spill;
	lanes = realloc(t->lanes, (t->n_lanes + 1) * sizeof(*lanes));
	if (!lanes)
		goto spill;
	t->lanes = lanes;
	lanes[t->n_lanes] = (struct lane){.end = end, .tid = SPILL_TID + ++c->n_threads};
	snprintf(name, sizeof(name), "%s %s", proto_name(flow->proto),
		 fmt_flow(flow, dirs[key->dir].arrow).s);
	name_thread(c, flow->netns, lanes[t->n_lanes].tid, name);
	return lanes[t->n_lanes++].tid;
spill:
	name_thread(c, flow->netns, SPILL_TID, "more packets at once than can be drawn apart");
	return SPILL_TID;
}

/* ,"key":"text", where the text is somebody else's. */
static void put_text(struct chrome *c, const char *key, const char *text, size_t len)
{
	char clean[128], quoted[8 * sizeof(clean)];
	json_t *s = json_string(fmt_clean(clean, sizeof(clean), text, len, true));
	size_t n = json_dumpb(s, quoted, sizeof(quoted), JSON_ENCODE_ANY);

	if (n == 0 || n > sizeof(quoted))
		n = (size_t)snprintf(quoted, sizeof(quoted), "\"?\"");
	json_decref(s);
	put(c, ",\"%s\":%.*s", key, (int)n, quoted);
}

/* What came after the total runs beside later packets: as numbers, for slices would overlap. */
static void put_tx_args(struct chrome *c, const struct ns_event *e, const struct packet *p)
{
	for (unsigned i = TXS_TOTAL + 1; p->valid && i < dirs[NS_TX].n_stages; i++)
		if (p->stages & 1U << i)
			put(c, ",\"%s_ns\":%llu", dirs[NS_TX].stages[i], p->ns[i]);
	put(c, ",\"sends\":%u", e->sends);
	if (e->flags & PKT_QUEUED)
		put_text(c, "qdisc", e->tx.qdisc, KIND_LEN);
}

/* The device's own stamp lies before the packet's slice, and is no part of its total: as numbers.
 */
static void put_hw_args(struct chrome *c, struct hw_stamp s)
{
	if (hw_known(s))
		put(c, ",\"hw_to_stack_ns\":%d,\"hw_error_ns\":%u", s.ago, s.error);
}

static void put_args(struct chrome *c, const struct ns_event *e, const struct packet *p)
{
	struct packet sent;
	struct cause cause;
	const char *flag;
	__u64 local_ns;
	char buf[64];

	put(c, ",\"args\":{\"len\":%u,\"seq\":%u,\"cpu\":%u,\"ifindex\":%u,\"pid\":%u", e->len,
	    e->seq, e->cpu, e->ifindex, e->pid);
	put_text(c, "comm", e->comm, COMM_LEN);
	if (cause_find(e, p, &c->ri, &cause))
		put(c, ",\"cause\":\"%s\"", cause.rule->name);
	if (p->dir == NS_TX)
		put_tx_args(c, e, p);
	else
		put_hw_args(c, e->hw);
	if (packet_read_sent(e, &sent, &local_ns))
		put(c, ",\"local_ns\":%llu", local_ns);
	if (e->flags & PKT_DROPPED && e->stage < dirs[p->dir].total) {
		put(c, ",\"dropped_in\":\"%s\"",
		    dirs[p->dir].stages[stage_measured(&c->ri, p->dir, e->flow.proto, e->stage)]);
		put_text(c, "reason", drop_reason_name(&c->ri, e->drop_reason, buf, sizeof(buf)),
			 sizeof(buf));
	}
	put(c, ",\"flags\":\"");
	for (unsigned i = 0; (flag = packet_flag(e, i)); i++)
		put(c, "%s%s", i ? "," : "", flag);
	put(c, "\"}}");
}

int chrome_packet(struct chrome *c, const struct ns_event *e)
{
	struct track_key key = {.flow = e->flow};
	struct packet p;
	char name[64];
	__u32 tid;
	__u64 at;

	if (c->err)
		return c->err;
	if (c->used > BUF_SIZE - PACKET_MAX && flush(c, false))
		return c->err;
	packet_read(e, &c->ri, &p);
	at = p.start;
	key.dir = p.dir;
	tid = pick_thread(c, &key, at, p.valid ? at + p.ns[dirs[p.dir].total] : at);
	snprintf(name, sizeof(name), "%s %u B", proto_name(e->flow.proto), e->len);
	if (!p.valid) { /* an instant: there is no length that could be drawn */
		begin(c, "stamps out of order", "i", e->flow.netns, tid);
		put_us(c, "ts", at);
		put_args(c, e, &p);
		return c->err;
	}
	begin(c, name, "X", e->flow.netns, tid);
	put(c, ",\"cat\":\"packet\"");
	put_us(c, "ts", at);
	put_us(c, "dur", p.ns[dirs[p.dir].total]);
	put_args(c, e, &p);
	for (unsigned i = 0; i < dirs[p.dir].total; i++) {
		if (!(p.stages & 1U << i))
			continue;
		begin(c, stage_label(p.dir, p.points, i, name, sizeof(name)), "X", e->flow.netns,
		      tid);
		put(c, ",\"cat\":\"stage\"");
		put_us(c, "ts", at);
		put_us(c, "dur", p.ns[i]);
		put(c, "}");
		at += p.ns[i];
	}
	return c->err;
}

static void put_header(struct chrome *c, const struct run_info *ri)
{
	char kernel[sizeof(ri->kernel)], host[sizeof(ri->host)], version[sizeof(ri->version)];
	char other[HEADER_MAX];
	json_t *o;
	size_t len;

	fmt_clean(kernel, sizeof(kernel), ri->kernel, sizeof(ri->kernel), true);
	fmt_clean(host, sizeof(host), ri->host, sizeof(ri->host), true);
	fmt_clean(version, sizeof(version), ri->version, sizeof(ri->version), true);
	o = json_pack("{s:s,s:s,s:s,s:I,s:I}", "netstrata", version, "host", host, "kernel", kernel,
		      "mono_ns", (json_int_t)ri->mono_ns, "real_ns", (json_int_t)ri->real_ns);
	len = json_dumpb(o, other, sizeof(other), JSON_COMPACT);
	json_decref(o);
	if (len == 0 || len > sizeof(other))
		len = (size_t)snprintf(other, sizeof(other), "{}");
	put(c, "{\"displayTimeUnit\":\"ns\",\"otherData\":%.*s,\"traceEvents\":[", (int)len, other);
}

struct chrome *chrome_open(const char *path)
{
	struct chrome *c = calloc(1, sizeof(*c));
	struct stat st;
	int err;

	if (!c)
		return NULL;
	c->path = strdup(path);
	c->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	c->created = c->fd >= 0;
	if (c->fd < 0 && errno == EEXIST)
		c->fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (c->fd < 0 || !c->path) {
		err = c->path ? errno : ENOMEM;
		chrome_close(c);
		errno = err;
		return NULL;
	}
	c->seekable = !fstat(c->fd, &st) && S_ISREG(st.st_mode);
	return c;
}

int chrome_start(struct chrome *c, const struct run_info *ri)
{
	if (c->seekable && ftruncate(c->fd, 0))
		return -errno;
	c->started = c->first = true;
	c->ri = *ri;
	put_header(c, ri);
	return flush(c, false);
}

static void free_track(void *track)
{
	free(((struct track *)track)->lanes);
	free(track);
}

int chrome_close(struct chrome *c)
{
	int err;

	if (!c)
		return 0;
	err = c->started ? flush(c, true) : 0;
	if (!c->started && c->created && c->path)
		unlink(c->path);
	if (c->fd >= 0 && close(c->fd) && !err)
		err = -errno;
	tdestroy(c->tracks, free_track);
	free(c->path);
	free(c);
	return err;
}
