// SPDX-License-Identifier: GPL-2.0-only
/* libFuzzer: everything of a request that is read by us: headers, arguments; and --listen. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "listen.h"
#include "request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_listen(const char *text)
{
	struct listen_addr a, again;

	if (listen_parse(text, &a))
		return;
	/* what is shown of it means the same */
	if (listen_parse(listen_text(&a).s, &again) || memcmp(&a.sa, &again.sa, a.len))
		abort();
}

static void check_argument(const char *name, const char *value)
{
	struct query q = QUERY_DEFAULTS;
	const struct query defaults = q;
	int err = request_argument(&q, name, value);

	if (err && (q.n != defaults.n || q.since_ns || q.whole_run || q.dir || q.by != defaults.by))
		abort();
	if (!q.n || q.n > QUERY_N_MAX || q.dir >= NS_DIRS || q.by > SORT_N)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"n", "since", "dir", "by", "span"};
	static const char token[] = "0123456789abcdef";
	char *text = malloc(size + 1);
	bool right;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';

	request_wants_openmetrics(text);
	request_host_is_local(text);
	right = request_has_token(text, token);
	if (right && (strlen(text) < 7 + sizeof(token) - 1 ||
		      strcmp(text + strlen(text) - (sizeof(token) - 1), token)))
		abort();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		check_argument(names[i], text);
	check_argument(text, "1");
	check_listen(text);
	free(text);
	return 0;
}
