/* SPDX-License-Identifier: GPL-2.0-only */
/* Where to listen, and what protects it there. */
#ifndef NS_LISTEN_H
#define NS_LISTEN_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#define LISTEN_DEFAULT "127.0.0.1:19700"

struct listen_addr {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} sa;
	socklen_t len;
};

/* "127.0.0.1:19700", "[::1]:0", "localhost:80", ":443" (all addresses), "19700" (127.0.0.1).
 * Port 0: the kernel chooses one. Returns 0 or -EINVAL. */
int listen_parse(const char *text, struct listen_addr *out);

/* Can only this host connect to it? */
bool listen_is_loopback(const struct listen_addr *a);

/* A listening socket, and in *a the address that it got. -errno on failure. */
int listen_open(struct listen_addr *a);

/* As it stands in a URL: "127.0.0.1:19700", "[::]:443". */
struct listen_text {
	char s[80];
} listen_text(const struct listen_addr *a);

/*
 * Secrets, read before any privilege is given up. A token: one line of 16 to 512 printable
 * characters, in a file that not everybody can read. On failure NULL, and the reason is logged.
 * Freed by the caller.
 */
char *listen_read_token(const char *path);
char *listen_read_pem(const char *path, const char *what);

#endif
