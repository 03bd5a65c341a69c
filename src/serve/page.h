/* SPDX-License-Identifier: GPL-2.0-only */
/* The page's files, as they stand in src/serve/page/. */
#ifndef NS_PAGE_H
#define NS_PAGE_H

extern const char page_html[], page_html_end[];
extern const char page_js[], page_js_end[];
extern const char details_js[], details_js_end[];
extern const char page_css[], page_css_end[];

#endif
