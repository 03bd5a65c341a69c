// SPDX-License-Identifier: GPL-2.0-only
/* Cgroups of version 2: from a path to the ID and the depth that the kernel compares with. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lookup.h"
#include "msg.h"

#define CGROUP_NS_INITIAL 0xeffffffbU /* PROC_CGROUP_INIT_INO */

struct cgroup_mount {
	char root[PATH_MAX];  /* what of the hierarchy is mounted: "/", or part of it */
	char point[PATH_MAX]; /* where */
};

/* mountinfo writes space, tab, newline and backslash as three octal digits. */
static void unescape(char *s)
{
	char *to = s;

	while (*s) {
		if (s[0] == '\\' && s[1] && s[2] && s[3]) {
			*to++ = (s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0');
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

static bool is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	if (strcmp(dir, "/") == 0)
		return true;
	return strncmp(path, dir, len) == 0 && (path[len] == '/' || !path[len]);
}

/*
 * The mount that path lies on, or with path NULL the first one: plain systems have it at
 * /sys/fs/cgroup, hybrid ones below that at unified.
 */
static int find_mount(const char *path, struct cgroup_mount *out)
{
	char *line = NULL, *type;
	size_t size = 0, best = 0;
	struct cgroup_mount m;
	FILE *f;

	f = fopen("/proc/self/mountinfo", "re");
	if (!f)
		return -errno;
	while (getline(&line, &size, f) > 0) {
		type = strstr(line, " - ");
		if (!type || strncmp(type, " - cgroup2 ", 11) ||
		    sscanf(line, "%*d %*d %*s %4095s %4095s", m.root, m.point) != 2)
			continue;
		unescape(m.root);
		unescape(m.point);
		if (path ? is_below(path, m.point) && strlen(m.point) > best : !best) {
			*out = m;
			best = strlen(m.point);
		}
	}
	free(line);
	fclose(f);
	return best ? 0 : -ENOENT;
}

static __u32 depth(const char *path)
{
	__u32 n = 0;

	for (; *path; path++)
		n += path[0] == '/' && path[1] && path[1] != '/';
	return n;
}

/* The ID is the inode number where inode numbers have 64 bits; the file handle always has it. */
static int cgroup_id(const char *path, __u64 *id)
{
	char buf[sizeof(struct file_handle) + sizeof(*id)]
		__attribute__((aligned(__alignof__(struct file_handle))));
	struct file_handle *handle = (struct file_handle *)buf;
	struct stat st;
	int mount_id;

	handle->handle_bytes = sizeof(*id);
	if (name_to_handle_at(AT_FDCWD, path, handle, &mount_id, 0) == 0 &&
	    handle->handle_bytes == sizeof(*id)) {
		memcpy(id, handle->f_handle, sizeof(*id));
		return 0;
	}
	if (stat(path, &st))
		return -errno;
	*id = st.st_ino;
	return 0;
}

/* The canonical path of a cgroup2 directory. Returns 0 or -errno (-ENOTDIR: not of cgroup2). */
static int resolve(const char *path, char *real)
{
	struct statfs fs;
	struct stat st;

	if (!realpath(path, real) || stat(real, &st) || statfs(real, &fs))
		return -errno;
	return S_ISDIR(st.st_mode) && fs.f_type == CGROUP2_SUPER_MAGIC ? 0 : -ENOTDIR;
}

/*
 * As it stands if it is absolute, otherwise from the root of the cgroups, the form of
 * /proc/PID/cgroup ("/system.slice/ssh.service") too.
 */
static int resolve_any(const char *path, char *real)
{
	char below[2 * PATH_MAX];
	struct cgroup_mount m;
	int err = -ENOENT, err_below;

	if (path[0] == '/')
		err = resolve(path, real);
	if (!err || find_mount(NULL, &m))
		return err;
	snprintf(below, sizeof(below), "%s/%s", m.point, path);
	err_below = resolve(below, real);
	return err_below && path[0] == '/' ? err : err_below;
}

/*
 * Depths count from the root of all cgroups; inside a namespace that root cannot be seen, and a
 * filter with the wrong depth would match nothing without a word.
 */
static int refuse_namespace(const char *path)
{
	struct stat st;

	if (stat("/proc/self/ns/cgroup", &st) || st.st_ino == CGROUP_NS_INITIAL)
		return 0;
	msg_err("--cgroup '%s': cannot be used from inside a cgroup namespace (a container); "
		"run netstrata on the host, or with the host's cgroup namespace",
		path);
	return -EINVAL;
}

int lookup_cgroup(const char *path, struct cgroup_match *out)
{
	struct cgroup_mount m;
	char real[PATH_MAX];
	__u64 id = 0;
	int err;

	if (find_mount(NULL, &m)) {
		msg_err("--cgroup '%s': no cgroup2 file system is mounted", path);
		return -ENOENT;
	}
	err = refuse_namespace(path);
	if (err)
		return err;
	err = resolve_any(path, real);
	if (err == -ENOENT)
		msg_err("--cgroup '%s': no such cgroup (looked below '%s' too)", path, m.point);
	else if (err == -ENOTDIR)
		msg_err("--cgroup '%s': not a directory of cgroup version 2 (mounted at '%s')",
			path, m.point);
	if (err == -ENOENT || err == -ENOTDIR)
		return err;
	if (!err)
		err = find_mount(real, &m);
	if (!err)
		err = cgroup_id(real, &id);
	if (err)
		return msg_errno(err, "--cgroup '%s'", path);
	out->id = id;
	out->level = depth(m.root) + depth(real + strlen(m.point));
	out->pad = 0;
	return 0;
}
