// SPDX-License-Identifier: GPL-2.0-only
#include "page.h"

/* The assembler reads the files; make runs it at the top of the tree. */
#define EMBED(name, file)                                                                          \
	__asm__(".section .rodata\n"                                                               \
		".global " #name ", " #name "_end\n" #name ":\n"                                   \
		".incbin \"src/serve/page/" file "\"\n" #name "_end:\n"                            \
		".byte 0\n"                                                                        \
		".previous\n")

EMBED(page_html, "page.html");
EMBED(page_js, "page.js");
EMBED(details_js, "details.js");
EMBED(page_css, "page.css");
