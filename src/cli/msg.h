/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages for the person at the keyboard: one line on stderr each, "netstrata: ...".
 * stdout is for data only.
 */
#ifndef NS_MSG_H
#define NS_MSG_H

#include <stdbool.h>

/* Exit status of the program, and of every subcommand. */
enum exit_status {
	EXIT_OK = 0,
	EXIT_FAILED = 1,    /* failure while running */
	EXIT_USAGE = 2,	    /* the command line is wrong */
	EXIT_PRIVILEGE = 3, /* a capability is missing */
	EXIT_KERNEL = 4,    /* the kernel lacks what is needed */
	EXIT_THRESHOLD = 5, /* a threshold was exceeded */
};

/* How much to say: the number of -v. */
extern int msg_verbosity;

#define MSG_PRINTF __attribute__((format(printf, 1, 2)))

void msg_err(const char *fmt, ...) MSG_PRINTF;	 /* why something failed, and what to do */
void msg_warn(const char *fmt, ...) MSG_PRINTF;	 /* goes on, but not as asked */
void msg_note(const char *fmt, ...) MSG_PRINTF;	 /* always worth knowing */
void msg_info(const char *fmt, ...) MSG_PRINTF;	 /* -v: what is done */
void msg_debug(const char *fmt, ...) MSG_PRINTF; /* -vv: details */

/*
 * msg_err() with the text of errno value `error` (of either sign) appended. Returns the negative
 * errno, so that a failing function can end in `return msg_errno(errno, "cannot open '%s'", p)`.
 */
int msg_errno(int error, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Flush stdout and say what is left of it. A reader that went away (EPIPE) has what it wanted:
 * no message, EXIT_OK. Any other failure is reported: EXIT_FAILED.
 */
enum exit_status stdout_finish(void);

/* The exit status for a negative errno that ended a command. */
enum exit_status exit_status_of(int err);

#endif
