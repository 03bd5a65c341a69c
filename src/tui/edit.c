// SPDX-License-Identifier: GPL-2.0-only
/* The line in which a filter is typed. */
#include "view.h"

#include <string.h>

void ui_edit_begin(struct ui *ui)
{
	ui->editing = true;
	memcpy(ui->edit, ui->filter, sizeof(ui->edit));
}

enum ui_request ui_edit_key(struct ui *ui, int key)
{
	size_t len = strlen(ui->edit);

	switch (key) {
	case TK_ESCAPE:
		ui->editing = false;
		break;
	case TK_ENTER:
	case '\r':
		ui->editing = false;
		return UI_FILTER;
	case TK_BACKSPACE:
	case '\b':
		if (len)
			ui->edit[len - 1] = '\0';
		break;
	case 'U' - '@': /* Ctrl-U */
		ui->edit[0] = '\0';
		break;
	default:
		if (key >= ' ' && key < 127 && len + 1 < sizeof(ui->edit)) {
			ui->edit[len] = (char)key;
			ui->edit[len + 1] = '\0';
		}
	}
	return UI_NOTHING;
}
