// SPDX-License-Identifier: GPL-2.0-only
#include "shift.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "histogram.h"

#define RESAMPLES 400
#define HALVES 100	/* random divisions of the first run */
#define ERROR_RATE 0.05 /* of all intervals together */
#define BLOCKS_MAX 256
#define WIDTH_MAX 100 /* of a logarithm: no interval is wider than a number can say */

const double shift_quantiles[SHIFT_QUANTILES] = {0.5, 0.9, 0.99};

/* xorshift64*; the same numbers in every run. */
static __u64 next_random(__u64 *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

static unsigned random_below(__u64 *state, unsigned n)
{
	return (next_random(state) >> 32) * n >> 32;
}

static double bucket_low(unsigned i)
{
	return i ? (double)hist_upper(i - 1) : 0;
}

/* A quantile in ns, as if values were spread evenly inside their bucket. share: of its bucket. */
static double interpolate(const struct hist *h, double q, double *share, unsigned *bucket)
{
	double n = (double)hist_n(h), rank = q * n, below = 0, low, high;
	unsigned i = 0;

	while (i < HIST_OVERFLOW && below + (double)h->count[i] < rank)
		below += (double)h->count[i++];
	low = bucket_low(i);
	high = i < HIST_OVERFLOW ? (double)hist_upper(i) : low * 2;
	*share = n > 0 ? (double)h->count[i] / n : 0;
	*bucket = i;
	if (!h->count[i])
		return high;
	/* not 0: its logarithm is wanted */
	return fmax(low + (high - low) * (rank - below) / (double)h->count[i], 0.5);
}

static double log_quantile(const struct hist *h, double q)
{
	double share;
	unsigned bucket;

	return log(interpolate(h, q, &share, &bucket));
}

/*
 * Nothing tells where in its bucket a value is. Of a smooth distribution over many buckets the
 * interpolation is close; where one bucket holds most values, it can be off by all of its width.
 */
static double resolution(const struct hist *h, double q)
{
	double share, low, high;
	unsigned i;

	interpolate(h, q, &share, &i);
	low = fmax(bucket_low(i), 0.5);
	high = i < HIST_OVERFLOW ? (double)hist_upper(i) : low * 2;
	return log(high / low) * fmin(1, 2 * share);
}

/* One run: its blocks that have samples. */
struct run {
	const struct hist *blocks[BLOCKS_MAX];
	unsigned n, first, last; /* buckets in use: from first to last */
	unsigned stretch;	 /* so many neighbours are drawn together, for they are alike */
	double parts;		 /* stretches in all */
	struct hist all;
};

static void collect(struct run *r, const struct hist *const *h, size_t n)
{
	memset(r, 0, sizeof(*r));
	for (size_t i = 0; i < n && r->n < BLOCKS_MAX; i++) {
		if (!hist_n(h[i]))
			continue;
		r->blocks[r->n++] = h[i];
		hist_merge(&r->all, h[i]);
	}
	r->stretch = (unsigned)lround(cbrt(r->n));
	r->parts = r->n / fmax(r->stretch, 1);
	r->first = HIST_OVERFLOW;
	for (unsigned i = 0; i < HIST_BUCKETS; i++) {
		if (!r->all.count[i])
			continue;
		r->first = i < r->first ? i : r->first;
		r->last = i;
	}
}

/* The blocks, each as often as weight says. */
static void mix(const struct run *r, const unsigned *weight, struct hist *out)
{
	memset(out, 0, sizeof(*out));
	for (unsigned b = 0; b < r->n; b++)
		for (unsigned i = r->first; weight[b] && i <= r->last; i++)
			out->count[i] += weight[b] * r->blocks[b]->count[i];
}

/* The squared standard error of each quantile's logarithm. */
static void bootstrap(const struct run *r, double variance[SHIFT_QUANTILES])
{
	double sum[SHIFT_QUANTILES] = {0}, squares[SHIFT_QUANTILES] = {0};
	unsigned weight[BLOCKS_MAX];
	__u64 state = 0x9e3779b97f4a7c15ULL;
	struct hist h;

	for (unsigned k = 0; k < RESAMPLES; k++) {
		memset(weight, 0, sizeof(weight));
		for (unsigned i = 0; i < r->n; i += r->stretch) {
			unsigned at = random_below(&state, r->n);

			for (unsigned j = 0; j < r->stretch; j++)
				weight[(at + j) % r->n]++;
		}
		mix(r, weight, &h);
		for (unsigned q = 0; q < SHIFT_QUANTILES; q++) {
			double d = log_quantile(&h, shift_quantiles[q]) -
				   log_quantile(&r->all, shift_quantiles[q]);

			sum[q] += d;
			squares[q] += d * d;
		}
	}
	for (unsigned q = 0; q < SHIFT_QUANTILES; q++) {
		variance[q] = (squares[q] - sum[q] * sum[q] / RESAMPLES) / (RESAMPLES - 1);
		variance[q] =
			fmax(variance[q], 0) * r->n / (r->n - 1); /* resamples vary too little */
	}
}

/* How far one part of a run is from the rest of it. */
static void distance(const struct run *r, const unsigned *part, double out[SHIFT_QUANTILES])
{
	unsigned rest[BLOCKS_MAX];
	struct hist a, b;

	for (unsigned i = 0; i < r->n; i++)
		rest[i] = !part[i];
	mix(r, part, &a);
	mix(r, rest, &b);
	for (unsigned q = 0; q < SHIFT_QUANTILES; q++)
		out[q] = fabs(log_quantile(&a, shift_quantiles[q]) -
			      log_quantile(&b, shift_quantiles[q]));
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void noise_floor(const struct run *r, double noise[SHIFT_QUANTILES])
{
	double far[SHIFT_QUANTILES][HALVES], one[SHIFT_QUANTILES];
	__u64 state = 0xd1b54a32d192ed03ULL;
	unsigned part[BLOCKS_MAX] = {0};

	for (unsigned i = 0; i < r->n / 2; i++)
		part[i] = 1;
	distance(r, part, noise);
	for (unsigned k = 0; k < HALVES; k++) {
		for (unsigned i = r->n - 1; i; i--) { /* shuffle */
			unsigned other = random_below(&state, i + 1), t = part[i];

			part[i] = part[other];
			part[other] = t;
		}
		distance(r, part, one);
		for (unsigned q = 0; q < SHIFT_QUANTILES; q++)
			far[q][k] = one[q];
	}
	for (unsigned q = 0; q < SHIFT_QUANTILES; q++) {
		qsort(far[q], HALVES, sizeof(far[q][0]), by_size);
		noise[q] = fmax(noise[q], far[q][HALVES * 95 / 100]);
	}
}

/* The degrees of freedom by Welch and Satterthwaite. */
static double freedom(double va, double na, double vb, double nb)
{
	double v = va + vb, parts = va * va / (na - 1) + vb * vb / (nb - 1);

	return parts > 0 ? v * v / parts : na + nb - 2;
}

void shift_compare(const struct hist *const *a, size_t n_a, const struct hist *const *b, size_t n_b,
		   struct shift out[SHIFT_QUANTILES])
{
	double va[SHIFT_QUANTILES], vb[SHIFT_QUANTILES], noise[SHIFT_QUANTILES], share;
	struct run ra, rb;
	unsigned bucket;
	bool few;

	collect(&ra, a, n_a);
	collect(&rb, b, n_b);
	few = ra.n < SHIFT_BLOCKS_MIN || rb.n < SHIFT_BLOCKS_MIN;
	if (!few) {
		bootstrap(&ra, va);
		bootstrap(&rb, vb);
		noise_floor(&ra, noise);
	}
	for (unsigned i = 0; i < SHIFT_QUANTILES; i++) {
		double q = shift_quantiles[i];
		__u64 least = hist_quantile_min_n(q);
		struct shift *s = &out[i];

		*s = (struct shift){.verdict = few ? SHIFT_FEW_BLOCKS : SHIFT_NONE};
		if (hist_n(&ra.all) < least || hist_n(&rb.all) < least)
			s->verdict = SHIFT_FEW_SAMPLES;
		if (s->verdict != SHIFT_NONE)
			continue;
		s->before = interpolate(&ra.all, q, &share, &bucket);
		s->after = interpolate(&rb.all, q, &share, &bucket);
		s->change = s->after / s->before - 1;
		s->noise = expm1(noise[i]);
		s->error = sqrt(va[i] + vb[i]);
		s->freedom = freedom(va[i], ra.parts, vb[i], rb.parts);
		s->resolution = resolution(&ra.all, q) + resolution(&rb.all, q);
	}
}

/* The point that a standard normal value is above with probability p < 0.5. */
static double normal_point(double p)
{
	double low = 0, high = 40, mid;

	for (int i = 0; i < 100; i++) {
		mid = (low + high) / 2;
		if (erfc(mid / sqrt(2)) / 2 > p)
			low = mid;
		else
			high = mid;
	}
	return (low + high) / 2;
}

/* The same of Student's t: its expansion in 1/freedom, 1 % too small at 7, 3 % at 5. */
static double student_point(double p, double n)
{
	double z = normal_point(p), z3 = z * z * z, z5 = z3 * z * z, z7 = z5 * z * z;

	return z + (z3 + z) / (4 * n) + (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n) +
	       (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * n * n * n);
}

void shift_judge(struct shift *s, unsigned comparisons)
{
	double middle = log1p(s->change), width;

	if (s->verdict < SHIFT_NONE)
		return;
	width = s->error * student_point(ERROR_RATE / 2 / (comparisons ? comparisons : 1),
					 s->freedom) +
		s->resolution;
	width = fmin(width, WIDTH_MAX);
	s->low = expm1(middle - width);
	s->high = expm1(middle + width);
	if (fabs(middle) <= log1p(s->noise))
		return;
	if (s->low > 0)
		s->verdict = SHIFT_SLOWER;
	else if (s->high < 0)
		s->verdict = SHIFT_FASTER;
}
