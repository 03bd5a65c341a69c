// SPDX-License-Identifier: GPL-2.0-only
/* netstrata irq: the network's interrupts, where and how often they come, and how soon NET_RX
 * follows. */
#include "commands.h"
#include "msg.h"
#include "softirq_session.h"

int cmd_irq(int argc, char **argv)
{
	static const struct softirq_command command = {
		.lines = true,
		.start = irq_text_start,
		.text = irq_text,
		.json = irq_json,
	};
	struct options o;
	int err = options_irq(argc, argv, &o);

	if (err)
		return err < 0 ? EXIT_OK : err;
	return softirq_session(&command, &o, argc, argv);
}
