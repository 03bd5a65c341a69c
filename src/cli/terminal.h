/* SPDX-License-Identifier: GPL-2.0-only */
/* How text is shown where stdout goes to. */
#ifndef NS_TERMINAL_H
#define NS_TERMINAL_H

#include "options.h"
#include "text.h"

/* What the options and the terminal say. */
struct text_opts terminal_text(const struct options *o);

#endif
