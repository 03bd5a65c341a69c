// SPDX-License-Identifier: GPL-2.0-only
#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "msg.h"

#define FILE_MAX (256 << 10)
#define TOKEN_MIN 16
#define TOKEN_MAX 512
#define BACKLOG 256
#define SEND_BYTES                                                                                 \
	(128 << 10) /* of one connection, in the kernel: over loopback it would take 2.5 MiB */

static int parse_port(const char *text, in_port_t *port)
{
	size_t digits = strspn(text, "0123456789");
	unsigned n = 0;

	if (!digits || digits > 5 || text[digits])
		return -EINVAL;
	for (; *text; text++)
		n = n * 10 + (unsigned)(*text - '0');
	if (n > 65535)
		return -EINVAL;
	*port = htons((in_port_t)n);
	return 0;
}

static int set_v6(struct listen_addr *a, const char *host, in_port_t port)
{
	a->sa.v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = port};
	a->len = sizeof(a->sa.v6);
	return inet_pton(AF_INET6, host, &a->sa.v6.sin6_addr) == 1 ? 0 : -EINVAL;
}

static int set_v4(struct listen_addr *a, const char *host, in_port_t port)
{
	a->sa.v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = port};
	a->len = sizeof(a->sa.v4);
	return inet_pton(AF_INET, host, &a->sa.v4.sin_addr) == 1 ? 0 : -EINVAL;
}

int listen_parse(const char *text, struct listen_addr *out)
{
	const char *colon = strrchr(text, ':');
	struct listen_addr a = {};
	char host[64];
	size_t len = colon ? (size_t)(colon - text) : 0;
	in_port_t port;
	int err;

	if (len >= sizeof(host) || parse_port(colon ? colon + 1 : text, &port))
		return -EINVAL;
	memcpy(host, text, len);
	host[len] = '\0';
	if (!colon || !strcmp(host, "localhost")) {
		err = set_v4(&a, "127.0.0.1", port);
	} else if (!len) {
		err = set_v6(&a, "::", port);
	} else if (host[0] == '[' && host[len - 1] == ']') {
		host[len - 1] = '\0';
		err = set_v6(&a, host + 1, port);
	} else {
		err = set_v4(&a, host, port);
	}
	if (!err)
		*out = a;
	return err;
}

bool listen_is_loopback(const struct listen_addr *a)
{
	if (a->sa.any.sa_family == AF_INET)
		return ntohl(a->sa.v4.sin_addr.s_addr) >> 24 == 127;
	return IN6_IS_ADDR_LOOPBACK(&a->sa.v6.sin6_addr);
}

int listen_open(struct listen_addr *a)
{
	int fd = socket(a->sa.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1, send = SEND_BYTES, err;

	if (fd < 0)
		return -errno;
	a->len = a->sa.any.sa_family == AF_INET ? sizeof(a->sa.v4) : sizeof(a->sa.v6);
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send, sizeof(send)) ||
	    bind(fd, &a->sa.any, a->len) || listen(fd, BACKLOG) ||
	    getsockname(fd, &a->sa.any, &a->len)) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

struct listen_text listen_text(const struct listen_addr *a)
{
	char host[INET6_ADDRSTRLEN];
	struct listen_text t;

	if (a->sa.any.sa_family == AF_INET)
		snprintf(t.s, sizeof(t.s), "%s:%u",
			 inet_ntop(AF_INET, &a->sa.v4.sin_addr, host, sizeof(host)),
			 ntohs(a->sa.v4.sin_port));
	else
		snprintf(t.s, sizeof(t.s), "[%s]:%u",
			 inet_ntop(AF_INET6, &a->sa.v6.sin6_addr, host, sizeof(host)),
			 ntohs(a->sa.v6.sin6_port));
	return t;
}

/* All of a small file; *st is of what was read. */
static char *read_secret(const char *path, const char *what, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	char *text = calloc(1, FILE_MAX + 1);
	size_t len = 0;
	ssize_t n = 1;

	if (fd < 0 || !text || fstat(fd, st))
		err = text ? errno : ENOMEM;
	while (!err && n > 0 && len < FILE_MAX) {
		n = read(fd, text + len, FILE_MAX - len);
		if (n < 0 && errno != EINTR)
			err = errno;
		len += n > 0 ? (size_t)n : 0;
	}
	if (!err && len == FILE_MAX)
		err = EFBIG;
	if (fd >= 0)
		close(fd);
	if (!err)
		return text;
	free(text);
	msg_errno(err, "cannot read %s from '%s'", what, path);
	return NULL;
}

char *listen_read_pem(const char *path, const char *what)
{
	struct stat st;

	return read_secret(path, what, &st);
}

char *listen_read_token(const char *path)
{
	struct stat st;
	char *token = read_secret(path, "the token", &st);
	size_t len;

	if (!token)
		return NULL;
	token[strcspn(token, "\r\n")] = '\0';
	len = strlen(token);
	if (S_ISREG(st.st_mode) && st.st_mode & S_IROTH)
		msg_err("everybody can read '%s': chmod o-r it, and think of another token", path);
	else if (len < TOKEN_MIN || len > TOKEN_MAX)
		msg_err("'%s': a token has %d to %d characters, this one %zu", path, TOKEN_MIN,
			TOKEN_MAX, len);
	else if (strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
			       "-._~+/=") != len)
		msg_err("'%s': a token has letters, digits and -._~+/= only", path);
	else
		return token;
	free(token);
	return NULL;
}
