/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keys, in one table: what they do, the line at the bottom and the help view come from it, and
 * a test compares netstrata-top(1) with it.
 */
#ifndef NS_KEYS_H
#define NS_KEYS_H

/* Keys that are no character; term.c translates the terminal's. */
enum {
	TK_NONE = 0,
	TK_ENTER = '\n',
	TK_ESCAPE = 27,
	TK_BACKSPACE = 127,
	TK_UP = 0x110000,
	TK_DOWN,
	TK_LEFT,
	TK_RIGHT,
	TK_PAGE_UP,
	TK_PAGE_DOWN,
	TK_HOME,
	TK_END,
	TK_F1,
	TK_F10,
	TK_RESIZE,
	TK_CLICK,
	TK_WHEEL_UP,
	TK_WHEEL_DOWN,
};

enum view {
	VIEW_OVERVIEW,
	VIEW_STAGE,
	VIEW_CONNS,
	VIEW_ANOMALIES,
	VIEW_CAUSES,
	VIEW_CPUS,
	VIEW_CONN,
	VIEW_HELP,
	VIEW_MESSAGES,
	VIEW_COUNT
};

#define IN(view) (1U << (view))
#define IN_ALL (~0U)
#define IN_PACKETS                                                                                 \
	(IN(VIEW_OVERVIEW) | IN(VIEW_STAGE) | IN(VIEW_CONNS) | IN(VIEW_CONN) |                     \
	 IN(VIEW_ANOMALIES) | IN(VIEW_CAUSES))
#define IN_DATA (IN_PACKETS | IN(VIEW_CPUS))
#define IN_LISTS (IN(VIEW_OVERVIEW) | IN(VIEW_CONNS))

/*
 * X(action, first key, second key, their names, word for the last line or "", views, what it does).
 * In the order of the help; the words for the last line are left out from the end where it is
 * narrow.
 */
#define KEYS(X)                                                                                    \
	X(QUIT, 'q', TK_F10, "q, F10", "quit", IN_ALL, "leave, and restore the screen")            \
	X(HELP, '?', TK_F1, "?, F1", "help", IN_ALL, "this list")                                  \
	X(OPEN, TK_ENTER, '\r', "Enter", "open", IN_LISTS | IN(VIEW_ANOMALIES) | IN(VIEW_CAUSES),  \
	  "open what the cursor is on")                                                            \
	X(BACK, TK_ESCAPE, TK_BACKSPACE, "Esc, Backspace", "back", IN_ALL,                         \
	  "back to the view before")                                                               \
	X(PAUSE, ' ', TK_NONE, "Space", "pause", IN_DATA, "hold what is shown; measuring goes on") \
	X(WINDOW, 't', TK_NONE, "t", "total", IN_DATA,                                             \
	  "latest interval, or total since the reset")                                             \
	X(FILTER, '/', TK_NONE, "/", "filter", IN_LISTS,                                           \
	  "connections with a word, or --port 443 ...")                                            \
	X(CLEAR, '\\', TK_NONE, "\\", "", IN_LISTS, "all connections again")                       \
	X(SORT, 's', TK_NONE, "s", "sort", IN_LISTS, "rank connections by p99, max, sum or n")     \
	X(SORT_PREV, '<', TK_NONE, "<", "", IN_LISTS, "... of the stage before")                   \
	X(SORT_NEXT, '>', TK_NONE, ">", "", IN_LISTS, "... of the next stage")                     \
	X(DIR, 'd', TK_NONE, "d", "rx/tx", IN_PACKETS, "the other direction")                      \
	X(PROTO, 'p', TK_NONE, "p", "proto", IN_PACKETS, "protocol: TCP and UDP, UDP, TCP")        \
	X(SPARK, 'v', TK_NONE, "v", "", IN(VIEW_OVERVIEW), "sparklines: max, p99, p50 or packets") \
	X(HEAT, 'c', TK_NONE, "c", "", IN(VIEW_STAGE),                                             \
	  "shades: share of the interval, or packets")                                             \
	X(RESET, 'z', TK_NONE, "z", "reset", IN_DATA, "let the total begin now")                   \
	X(SLOWER, '+', '=', "+", "", IN_ALL, "longer interval")                                    \
	X(FASTER, '-', TK_NONE, "-", "", IN_ALL, "shorter interval")                               \
	X(UNIT, 'u', TK_NONE, "u", "unit", IN_ALL, "unit of times: auto, ns, us, ms")              \
	X(SAVE, 'w', TK_NONE, "w", "save", IN_DATA, "write what is shown to netstrata-TIME.json")  \
	X(OVERVIEW, '1', TK_NONE, "1", "", IN_ALL, "overview")                                     \
	X(STAGE, '2', TK_NONE, "2", "", IN_ALL, "one stage: distribution and heat map")            \
	X(CONNS, '3', TK_NONE, "3", "", IN_ALL, "connections")                                     \
	X(ANOMALIES, '4', TK_NONE, "4", "", IN_ALL, "what is unusually slow, and why")             \
	X(CAUSES, '5', TK_NONE, "5", "", IN_ALL, "what slow packets were slow for, ranked")        \
	X(CPUS, '6', TK_NONE, "6", "", IN_ALL, "softirqs of each CPU")                             \
	X(MESSAGES, '!', TK_NONE, "!", "", IN_ALL, "messages")                                     \
	X(NEXT, '\t', TK_NONE, "Tab", "", IN_ALL, "next of the views 1 to 6")                      \
	X(UP, TK_UP, 'k', "Up, k", "", IN_ALL, "up; stage view: the previous stage")               \
	X(DOWN, TK_DOWN, 'j', "Down, j", "", IN_ALL, "down; stage view: the next stage")           \
	X(LEFT, TK_LEFT, 'h', "Left, h", "", IN_ALL, "to the received stages")                     \
	X(RIGHT, TK_RIGHT, 'l', "Right, l", "", IN_ALL, "to the sent stages")                      \
	X(PAGE_UP, TK_PAGE_UP, 'b', "PageUp, b", "", IN_ALL, "a page up")                          \
	X(PAGE_DOWN, TK_PAGE_DOWN, 'f', "PageDown, f", "", IN_ALL, "a page down")                  \
	X(FIRST, TK_HOME, 'g', "Home, g", "", IN_ALL, "the first row")                             \
	X(LAST, TK_END, 'G', "End, G", "", IN_ALL, "the last row")                                 \
	X(MOUSE, 'm', TK_NONE, "m", "", IN_ALL, "mouse: netstrata's, or the terminal's")           \
	X(QUIT_KEEP, 'Q', TK_NONE, "Q", "", IN_ALL, "leave, and print the last screen")

enum action {
	ACT_NONE,
#define X(id, ...) ACT_##id,
	KEYS(X)
#undef X
		ACT_COUNT
};

struct key_info {
	int keys[2];
	const char *names;
	const char *label;
	unsigned views; /* bit mask of IN() */
	const char *help;
};

/* By enum action; [ACT_NONE] is empty. */
extern const struct key_info key_infos[ACT_COUNT];

/* What a key does in a view; ACT_NONE for nothing. */
enum action key_action(int key, enum view view);

#endif
