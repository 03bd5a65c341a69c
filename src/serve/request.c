// SPDX-License-Identifier: GPL-2.0-only
#include "request.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "names.h"

#define BLANKS " \t"

/* Part of a header, without the blanks around it. */
struct span {
	const char *at;
	size_t len;
};

static struct span trimmed(const char *at, size_t len)
{
	while (len && strchr(BLANKS, *at)) {
		at++;
		len--;
	}
	while (len && strchr(BLANKS, at[len - 1]))
		len--;
	return (struct span){at, len};
}

/* The next part of *rest up to a separator; false when there is none. */
static bool next_part(const char **rest, char separator, size_t *left, struct span *part)
{
	const char *end;
	size_t len;

	if (!*rest)
		return false;
	end = memchr(*rest, separator, *left);
	len = end ? (size_t)(end - *rest) : *left;
	*part = trimmed(*rest, len);
	*left -= end ? len + 1 : len;
	*rest = end ? end + 1 : NULL;
	return true;
}

static bool same(struct span s, const char *word)
{
	return s.len == strlen(word) && !strncasecmp(s.at, word, s.len);
}

/* "0.75" as thousandths; what is no quality counts as 0: not wanted. */
static unsigned quality(struct span s)
{
	unsigned q = 0, digit = 1000;

	if (!s.len || (s.at[0] != '0' && s.at[0] != '1') || s.len > 5 ||
	    (s.len > 1 && s.at[1] != '.'))
		return 0;
	q = (unsigned)(s.at[0] - '0') * 1000;
	for (size_t i = 2; i < s.len; i++) {
		if (!isdigit((unsigned char)s.at[i]))
			return 0;
		digit /= 10;
		q += (unsigned)(s.at[i] - '0') * digit;
	}
	return q <= 1000 ? q : 0;
}

/* One media range: how much it wants, and whether with a version that we do not write. */
static unsigned wanted(const char *rest, size_t left, bool *other_version)
{
	unsigned q = 1000;
	struct span part;

	*other_version = false;
	while (next_part(&rest, ';', &left, &part)) {
		const char *equal = memchr(part.at, '=', part.len);
		struct span name, value;

		if (!equal)
			continue;
		name = trimmed(part.at, (size_t)(equal - part.at));
		value = trimmed(equal + 1, part.len - (size_t)(equal + 1 - part.at));
		if (value.len >= 2 && value.at[0] == '"' && value.at[value.len - 1] == '"')
			value = (struct span){value.at + 1, value.len - 2};
		if (same(name, "q"))
			q = quality(value);
		else if (same(name, "version"))
			*other_version = !same(value, "1.0.0");
	}
	return q;
}

bool request_wants_openmetrics(const char *accept)
{
	unsigned openmetrics = 0, text = 0;
	size_t left = accept ? strlen(accept) : 0;
	struct span range;

	while (next_part(&accept, ',', &left, &range)) {
		const char *semicolon = memchr(range.at, ';', range.len);
		size_t type_len = semicolon ? (size_t)(semicolon - range.at) : range.len;
		struct span type = trimmed(range.at, type_len);
		bool other_version;
		unsigned q = wanted(semicolon ? semicolon + 1 : NULL,
				    semicolon ? range.len - type_len - 1 : 0, &other_version);

		if (same(type, "application/openmetrics-text") && !other_version)
			openmetrics = q > openmetrics ? q : openmetrics;
		else if (same(type, "text/plain") || same(type, "text/*") || same(type, "*/*"))
			text = q > text ? q : text;
	}
	return openmetrics && openmetrics >= text;
}

bool request_has_token(const char *authorization, const char *token)
{
	static const char scheme[] = "Bearer ";
	unsigned char differ = 0;
	size_t len = strlen(token);

	if (!authorization || strncasecmp(authorization, scheme, sizeof(scheme) - 1))
		return false;
	authorization += sizeof(scheme) - 1;
	authorization += strspn(authorization, " ");
	if (strlen(authorization) != len)
		return false;
	for (size_t i = 0; i < len; i++)
		differ |= (unsigned char)(authorization[i] ^ token[i]);
	return !differ;
}

static bool is_port(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits && digits <= 5 && !text[digits];
}

bool request_host_is_local(const char *host)
{
	char name[64];
	struct in6_addr addr;
	size_t len;

	if (!host)
		return true;
	len = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
	if (len > strlen(host) || len >= sizeof(name) ||
	    (host[len] && (host[len] != ':' || !is_port(host + len + 1))))
		return false;
	if (host[0] == '[') {
		memcpy(name, host + 1, len - 2);
		name[len - 2] = '\0';
		return inet_pton(AF_INET6, name, &addr) == 1;
	}
	memcpy(name, host, len);
	name[len] = '\0';
	return !strcasecmp(name, "localhost") || inet_pton(AF_INET, name, &addr) == 1;
}

static int find(const char *word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(word, words[i]))
			return (int)i;
	return -EINVAL;
}

/* Up to 19 digits: no overflow. */
static int number(const char *text, __u64 *out)
{
	size_t digits = strspn(text, "0123456789");
	__u64 n = 0;

	if (!digits || digits > 19 || text[digits])
		return -EINVAL;
	for (; *text; text++)
		n = n * 10 + (__u64)(*text - '0');
	*out = n;
	return 0;
}

int request_argument(struct query *q, const char *name, const char *value)
{
	static const char *const spans[] = {"interval", "run"}, *const ways[] = {"rx", "tx"};
	static const char *const keys[] = {
		[SORT_P99] = "p99", [SORT_MAX] = "max", [SORT_SUM] = "sum", [SORT_N] = "n"};
	__u64 n;
	int i;

	if (!value)
		value = "";
	if (!strcmp(name, "span")) {
		i = find(value, spans, 2);
		if (i >= 0)
			q->whole_run = i;
	} else if (!strcmp(name, "dir")) {
		i = find(value, ways, NS_DIRS);
		if (i >= 0)
			q->dir = (enum ns_dir)i;
	} else if (!strcmp(name, "by")) {
		i = find(value, keys, sizeof(keys) / sizeof(keys[0]));
		if (i >= 0)
			q->by = (enum conn_sort_key)i;
	} else if (!strcmp(name, "n")) {
		i = number(value, &n) || !n || n > QUERY_N_MAX ? -EINVAL : 0;
		if (!i)
			q->n = (unsigned)n;
	} else if (!strcmp(name, "since")) {
		i = number(value, &q->since_ns);
	} else {
		return -ENOENT;
	}
	return i < 0 ? i : 0;
}
