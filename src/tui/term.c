// SPDX-License-Identifier: GPL-2.0-only
#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

#include "keys.h"
#include "term.h"

#define MESSAGES_MAX 200
#define MESSAGES_BYTES 32768 /* the latest of them */
#define CURSOR_LINE 238	     /* the grey behind it, in 256 colours */
#define ESCAPE_MS 25	     /* how long a lone Esc may be the beginning of a key */

static struct {
	bool open, utf8;
	unsigned colors;
	SCREEN *screen;
	struct termios saved;
	char leave[256]; /* what restores the screen, for a signal handler */
	size_t leave_len;
	int real_stderr, messages;
	char text[MESSAGES_BYTES + 1];
	const char *lines[MESSAGES_MAX];
} term = {.real_stderr = -1, .messages = -1};

static bool one_of(int signo, const int *list, size_t n)
{
	while (n && list[n - 1] != signo)
		n--;
	return n;
}

#define ONE_OF(signo, list) one_of(signo, list, sizeof(list) / sizeof((list)[0]))

/* Only what is safe in a signal handler; the default action follows. */
static void on_end(int signo)
{
	static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP};
	static const char says[] = "netstrata: crashed; please report how\r\n";

	if (write(STDOUT_FILENO, term.leave, term.leave_len) >= 0)
		tcsetattr(STDIN_FILENO, TCSANOW, &term.saved);
	if (ONE_OF(signo, crashes) && write(term.real_stderr, says, sizeof(says) - 1) < 0)
		_exit(128 + signo);
	signal(signo, SIG_DFL);
	raise(signo);
}

/* s: NULL or -1 where the terminal has no such thing. */
static void add_leave(const char *s)
{
	size_t len = s && s != (const char *)-1 ? strlen(s) : 0;

	if (term.leave_len + len > sizeof(term.leave))
		return;
	if (len)
		memcpy(term.leave + term.leave_len, s, len);
	term.leave_len += len;
}

/* All signals whose default action ends a process, and that nothing else has a handler for. The
 * handler is put there, or taken away. */
static void catch_ends(bool on)
{
	static const int harmless[] = {SIGKILL, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU,
				       SIGCONT, SIGCHLD, SIGURG,  SIGWINCH};
	const struct sigaction sa = {.sa_handler = on_end, .sa_flags = (int)SA_RESETHAND};
	struct sigaction old;

	for (int i = 1; i <= SIGRTMAX; i++) {
		if (ONE_OF(i, harmless) || sigaction(i, NULL, &old))
			continue;
		if (on && old.sa_handler == SIG_DFL)
			sigaction(i, &sa, NULL);
		else if (!on && old.sa_handler == on_end)
			signal(i, SIG_DFL);
	}
}

static void prepare_ends(void)
{
	static const char *const capabilities[] = {"sgr0", "cnorm", "rmkx", "rmcup"};

	if (has_mouse()) /* no capability says how it is switched off; all that have one know these
			  */
		add_leave("\033[?1000l\033[?1006l");
	for (size_t i = 0; i < sizeof(capabilities) / sizeof(capabilities[0]); i++)
		add_leave(tigetstr(capabilities[i]));
	catch_ends(true);
}

#define BRIGHT 8 /* + one of the eight; as it is where there are not sixteen, and no black then */

/* Foreground and background of a style in the 256 colours of a modern terminal, and in sixteen. */
struct colors {
	short many[2], few[2];
};

static struct colors colors_of(unsigned style)
{
	static const struct colors table[ST_STAGE] = {
		[ST_TEXT] = {{-1, -1}, {-1, -1}},
		[ST_FAINT] = {{245, -1}, {BRIGHT, -1}},
		[ST_HEAD] = {{-1, -1}, {-1, -1}},
		[ST_SORT] = {{80, -1}, {COLOR_CYAN, -1}},
		[ST_TITLE] = {{252, 236}, {COLOR_WHITE, COLOR_BLUE}},
		[ST_NAME] = {{232, 80}, {COLOR_BLACK, COLOR_CYAN}},
		[ST_MARK] = {{221, -1}, {COLOR_YELLOW, -1}},
		[ST_KEY] = {{80, -1}, {COLOR_CYAN, -1}},
		[ST_LABEL] = {{248, -1}, {-1, -1}},
		[ST_WARN] = {{203, -1}, {COLOR_RED, -1}},
		[ST_SPARK] = {{110, -1}, {COLOR_CYAN, -1}},
	};
	static const short stages[STAGE_COLORS] = {252, 203, 114, 221, 75,  176, 80,  252,
						   245, 209, 157, 229, 111, 219, 123, 231};
	/* lighter and lighter, so that it holds without seeing colours too */
	static const short heat[HEAT_LEVELS] = {-1, 54, 61, 67, 73, 78, 113, 185, 228};

	if (style < ST_STAGE)
		return table[style];
	if (style < ST_HEAT)
		return (struct colors){{stages[style - ST_STAGE], -1},
				       {style > ST_STAGE ? (short)(style - ST_STAGE) : -1, -1}};
	return (struct colors){{-1, heat[style - ST_HEAT]}, {COLOR_CYAN, -1}};
}

/* The pair of a cell; those under the cursor have a second one, where there are enough. */
static short pair_of(unsigned style, bool selected)
{
	return (short)(1 + style + (selected && term.colors >= 256 ? ST_COUNT : 0));
}

/* One of the sixteen, on this terminal. */
static short few(short color)
{
	if (color < BRIGHT || term.colors >= 16)
		return color;
	return color > BRIGHT ? (short)(color - BRIGHT) : -1;
}

static void set_colors(void)
{
	for (unsigned i = 0; i < ST_COUNT; i++) {
		struct colors c = colors_of(i);
		bool many = term.colors >= 256;

		init_pair(pair_of(i, false), many ? c.many[0] : few(c.few[0]),
			  many ? c.many[1] : few(c.few[1]));
		if (many)
			init_pair(pair_of(i, true), c.many[0], CURSOR_LINE);
	}
}

static attr_t attribute(const struct cell *c)
{
	static const attr_t plain[ST_COUNT] = {
		[ST_HEAD] = A_BOLD, [ST_SORT] = A_BOLD | A_UNDERLINE,
		[ST_NAME] = A_BOLD, [ST_MARK] = A_BOLD,
		[ST_KEY] = A_BOLD,  [ST_WARN] = A_BOLD,
	};
	attr_t a = plain[c->style];

	if (!term.colors && (c->style == ST_TITLE || c->style == ST_MARK))
		a |= A_REVERSE;
	if (term.colors < 16 && c->style == ST_FAINT)
		a |= A_DIM;
	if (c->selected && term.colors < 256)
		a = (a & ~A_DIM) ^ A_REVERSE;
	return a;
}

static int redirect_messages(void)
{
	term.messages = memfd_create("netstrata-messages", MFD_CLOEXEC);
	term.real_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	if (term.messages < 0 || term.real_stderr < 0)
		return -errno;
	fflush(stderr);
	return dup2(term.messages, STDERR_FILENO) < 0 ? -errno : 0;
}

static void set_modes(void)
{
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(ESCAPE_MS);
	curs_set(0);
	term_mouse(true);
}

int term_open(bool color)
{
	int err;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || tcgetattr(STDIN_FILENO, &term.saved))
		return -ENOTTY;
	term.utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	term.screen = newterm(NULL, stdout, stdin); /* initscr() would exit where it fails */
	if (!term.screen)
		return -ENODEV;
	term.open = true;
	set_modes();
	if (color && has_colors() && start_color() == OK && use_default_colors() == OK) {
		term.colors = COLORS >= 256 && COLOR_PAIRS > 2 * ST_COUNT ? 256
			      : COLORS >= 16				  ? 16
									  : 8;
		set_colors();
	}
	prepare_ends();
	err = redirect_messages();
	if (err)
		term_close();
	return err;
}

static void restore_messages(void)
{
	char part[4096];
	ssize_t n;

	if (term.real_stderr >= 0) {
		fflush(stderr);
		dup2(term.real_stderr, STDERR_FILENO);
		close(term.real_stderr);
	}
	if (term.messages >= 0) {
		lseek(term.messages, 0, SEEK_SET);
		while ((n = read(term.messages, part, sizeof(part))) > 0)
			if (write(STDERR_FILENO, part, (size_t)n) < 0)
				break;
		close(term.messages);
	}
	term.real_stderr = term.messages = -1;
}

void term_close(void)
{
	if (!term.open)
		return;
	term.open = false;
	catch_ends(false);
	term_mouse(false);
	endwin();
	delscreen(term.screen);
	restore_messages();
}

bool term_utf8(void)
{
	return term.utf8;
}

unsigned term_colors(void)
{
	return term.colors;
}

void term_size(unsigned *width, unsigned *height)
{
	*width = (unsigned)COLS;
	*height = (unsigned)LINES;
}

/* Cells of a line that look alike go out together. Returns the column after them. */
static unsigned show_run(const struct grid *g, unsigned x, unsigned y)
{
	const struct cell *first = grid_at(g, x, y), *c = first;
	char text[512];
	unsigned at = x, used = 0;

	while (c && c->style == first->style && c->selected == first->selected &&
	       used + 4 < sizeof(text)) {
		used += grid_utf8(c->ch, text + used);
		c = grid_at(g, ++at, y);
	}
	attr_set(attribute(first), term.colors ? pair_of(first->style, first->selected) : 0, NULL);
	mvaddnstr((int)y, (int)x, text, (int)used);
	return at;
}

void term_show(const struct grid *g)
{
	erase();
	for (unsigned y = 0; y < g->height; y++)
		for (unsigned x = 0; x < g->width;)
			x = show_run(g, x, y);
	refresh();
}

static int mouse_key(unsigned *x, unsigned *y)
{
	MEVENT e;

	if (getmouse(&e) != OK)
		return TK_NONE;
	*x = (unsigned)e.x;
	*y = (unsigned)e.y;
	if (e.bstate & BUTTON4_PRESSED)
		return TK_WHEEL_UP;
	if (e.bstate & BUTTON5_PRESSED)
		return TK_WHEEL_DOWN;
	return e.bstate & (BUTTON1_CLICKED | BUTTON1_PRESSED) ? TK_CLICK : TK_NONE;
}

int term_key(unsigned *x, unsigned *y)
{
	static const struct {
		int curses, key;
	} table[] = {
		{KEY_UP, TK_UP},
		{KEY_DOWN, TK_DOWN},
		{KEY_LEFT, TK_LEFT},
		{KEY_RIGHT, TK_RIGHT},
		{KEY_PPAGE, TK_PAGE_UP},
		{KEY_NPAGE, TK_PAGE_DOWN},
		{KEY_HOME, TK_HOME},
		{KEY_END, TK_END},
		{KEY_F(1), TK_F1},
		{KEY_F(10), TK_F10},
		{KEY_RESIZE, TK_RESIZE},
		{KEY_ENTER, TK_ENTER},
		{KEY_BACKSPACE, TK_BACKSPACE},
	};
	int key;

	while ((key = getch()) != ERR) {
		int known = key < KEY_MIN ? key : TK_NONE;

		if (key == KEY_MOUSE)
			known = mouse_key(x, y);
		for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
			if (table[i].curses == key)
				known = table[i].key;
		if (known != TK_NONE)
			return known;
	}
	return TK_NONE;
}

void term_mouse(bool on)
{
	mouseinterval(0); /* a press is a click: no waiting for a second */
	mousemask(on ? BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON4_PRESSED | BUTTON5_PRESSED : 0,
		  NULL);
}

const char *const *term_messages(size_t *n)
{
	off_t size = lseek(term.messages, 0, SEEK_END);
	off_t from = size > MESSAGES_BYTES ? size - MESSAGES_BYTES : 0;
	ssize_t len = size > 0 ? pread(term.messages, term.text, MESSAGES_BYTES, from) : 0;
	char *rest = term.text, *line;

	term.text[len > 0 ? len : 0] = '\0';
	*n = 0;
	while (*n < MESSAGES_MAX && (line = strsep(&rest, "\n")))
		if (*line)
			term.lines[(*n)++] = line;
	return term.lines;
}
