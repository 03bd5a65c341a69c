// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "msg.h"

int msg_verbosity;

/*
 * One write per message, so that lines of several threads or processes do not mix. What came from
 * outside (arguments, names) may hold control characters: they must not reach the terminal.
 */
static void msg_print(const char *prefix, const char *fmt, va_list ap, const char *reason)
{
	char text[2048];
	size_t len;

	vsnprintf(text, sizeof(text), fmt, ap);
	len = strlen(text);
	while (len && text[len - 1] == '\n')
		text[--len] = '\0';
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' && *c != '\n' && *c != '\t')
			*c = '?';
	fprintf(stderr, "netstrata: %s%s%s%s\n", prefix, text, reason ? ": " : "",
		reason ? reason : "");
}

#define MSG_FUNCTION(name, prefix, level)                                                          \
	void name(const char *fmt, ...)                                                            \
	{                                                                                          \
		va_list ap;                                                                        \
                                                                                                   \
		if (msg_verbosity < (level))                                                       \
			return;                                                                    \
		va_start(ap, fmt);                                                                 \
		msg_print(prefix, fmt, ap, NULL);                                                  \
		va_end(ap);                                                                        \
	}

MSG_FUNCTION(msg_err, "", 0)
MSG_FUNCTION(msg_warn, "warning: ", 0)
MSG_FUNCTION(msg_note, "", 0)
MSG_FUNCTION(msg_info, "", 1)
MSG_FUNCTION(msg_debug, "", 2)

int msg_errno(int error, const char *fmt, ...)
{
	va_list ap;

	error = abs(error);
	va_start(ap, fmt);
	msg_print("", fmt, ap, strerror(error));
	va_end(ap);
	return -error;
}

/* Nobody reads the other end of stdout any more; tells also when errno of the write is lost. */
static bool reader_gone(void)
{
	struct pollfd p = {.fd = STDOUT_FILENO};

	return poll(&p, 1, 0) == 1 && (p.revents & (POLLERR | POLLHUP));
}

enum exit_status stdout_finish(void)
{
	int error;

	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_OK;
	error = errno;
	if (error == EPIPE || reader_gone())
		return EXIT_OK;
	if (error)
		msg_errno(error, "cannot write to standard output");
	else
		msg_err("cannot write all of the output to standard output");
	return EXIT_FAILED;
}

enum exit_status exit_status_of(int err)
{
	switch (err) {
	case -EPERM:
	case -EACCES:
		return EXIT_PRIVILEGE;
	case -EOPNOTSUPP:
		return EXIT_KERNEL;
	default:
		return EXIT_FAILED;
	}
}
