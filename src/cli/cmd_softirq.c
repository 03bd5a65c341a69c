// SPDX-License-Identifier: GPL-2.0-only
/* netstrata softirq: how long NET_RX and NET_TX wait and run, and who delays them. */
#include "commands.h"
#include "msg.h"
#include "softirq_session.h"

int cmd_softirq(int argc, char **argv)
{
	static const struct softirq_command command = {
		.start = softirq_text_start,
		.text = softirq_text,
		.json = softirq_json,
	};
	struct options o;
	int err = options_softirq(argc, argv, &o);

	if (err)
		return err < 0 ? EXIT_OK : err;
	return softirq_session(&command, &o, argc, argv);
}
