/* SPDX-License-Identifier: GPL-2.0-only */
/* The subcommands. Each is given its own name in argv[0] and returns an enum exit_status. */
#ifndef NS_COMMANDS_H
#define NS_COMMANDS_H

int cmd_check(int argc, char **argv);
int cmd_irq(int argc, char **argv);
int cmd_ping(int argc, char **argv);
int cmd_serve(int argc, char **argv) __attribute__((weak)); /* libmicrohttpd */
int cmd_softirq(int argc, char **argv);
int cmd_stat(int argc, char **argv);
int cmd_top(int argc, char **argv) __attribute__((weak)); /* needs ncursesw */
int cmd_trace(int argc, char **argv);
int cmd_watch(int argc, char **argv);

/* Not there in a build without SQLite. */
int cmd_record(int argc, char **argv) __attribute__((weak));
int cmd_report(int argc, char **argv) __attribute__((weak));
int cmd_diff(int argc, char **argv) __attribute__((weak));

#endif
