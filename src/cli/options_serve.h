/* SPDX-License-Identifier: GPL-2.0-only */
/* The options of `netstrata serve`. */
#ifndef NS_OPTIONS_SERVE_H
#define NS_OPTIONS_SERVE_H

#include "listen.h"
#include "options.h"

struct serve_options {
	struct options all; /* what is measured; connections: series of that many */
	struct listen_addr addr;
	const char *cert_file, *key_file, *token_file; /* NULL: none */
	bool netstacklat;
};

/* As options_stat() and the others (options.h). */
int options_serve(int argc, char **argv, struct serve_options *o);

/* Its part of options_dump(). */
void options_serve_dump(void);

#endif
