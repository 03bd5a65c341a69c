// SPDX-License-Identifier: GPL-2.0-only
/* Network namespaces: what a name stands for, and the devices inside one. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lookup.h"
#include "msg.h"
#include "values.h"

/* Returns 0, -EINVAL (something else than a network namespace) or another -errno; silent. */
static int netns_open(const char *path, struct netns_ref *out)
{
	struct statfs fs;
	struct stat st;
	/* O_NONBLOCK: the path may turn out to be a FIFO */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), err = -EINVAL;

	if (fd < 0)
		return -errno;
	if (fstatfs(fd, &fs) || fstat(fd, &st)) {
		err = -errno;
		goto fail;
	}
	if (fs.f_type != NSFS_MAGIC || ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET)
		goto fail;
	out->fd = fd;
	out->inode = st.st_ino;
	return 0;
fail:
	close(fd);
	return err;
}

/* As netns_open(), but only if it is the one with this inode number. */
static int open_if(const char *path, __u32 inode, struct netns_ref *out)
{
	struct netns_ref found;
	int err = netns_open(path, &found);

	if (err)
		return err;
	if (found.inode != inode) {
		close(found.fd);
		return -ENOENT;
	}
	*out = found;
	return 0;
}

/* A namespace is alive by a process in it or a mount of it; sockets alone do not show here. */
static int find_inode(__u32 inode, struct netns_ref *out)
{
	char line[4096], path[4096];
	int err = -ENOENT;
	glob_t g;
	FILE *f;

	f = fopen("/proc/self/mountinfo", "re");
	while (f && err && fgets(line, sizeof(line), f)) {
		unsigned int id;

		if (sscanf(line, "%*d %*d %*s net:[%u] %4095s", &id, path) == 2 && id == inode)
			err = open_if(path, inode, out);
	}
	if (f)
		fclose(f);
	if (!err || glob("/proc/[0-9]*/ns/net", 0, NULL, &g))
		return err;
	for (size_t i = 0; i < g.gl_pathc && err; i++)
		err = open_if(g.gl_pathv[i], inode, out);
	globfree(&g);
	return err ? -ENOENT : 0;
}

static int open_path(const char *text, const char *path, struct netns_ref *out)
{
	int err = netns_open(path, out);

	if (err == -EINVAL)
		msg_err("--netns '%s': '%s' is not a network namespace", text, path);
	else if (err == -ENOENT)
		msg_err("--netns '%s': no such network namespace (no '%s')", text, path);
	else if (err == -EACCES || err == -EPERM)
		msg_err("--netns '%s': cannot open '%s': needs CAP_SYS_PTRACE", text, path);
	else if (err)
		msg_errno(err, "--netns '%s': cannot open '%s'", text, path);
	return err;
}

int lookup_netns(const char *text, struct netns_ref *out)
{
	char path[4096];
	__u64 inode;

	if (strcmp(text, "self") == 0)
		return open_path(text, "/proc/self/ns/net", out);
	if (strchr(text, '/'))
		return open_path(text, text, out);
	if (number_parse(text, 1, ~(__u32)0, &inode) == 0) {
		if (find_inode(inode, out) == 0)
			return 0;
		msg_err("--netns %s: no process and no mount has a network namespace of this ID",
			text);
		return -ENOENT;
	}
	snprintf(path, sizeof(path), "/run/netns/%s", text);
	return open_path(text, path, out);
}

/* The answer of the child: an index, or a negative errno. */
static __s64 index_inside(const char *name, int fd)
{
	unsigned int index;

	if (setns(fd, CLONE_NEWNET))
		return -errno;
	index = if_nametoindex(name);
	return index ? (__s64)index : -ENODEV;
}

/* Only a process of its own can enter a namespace without taking this one along. */
static __s64 index_by_child(const char *name, int fd)
{
	__s64 answer = -EIO;
	int pipe_fds[2];
	pid_t child;

	if (pipe2(pipe_fds, O_CLOEXEC))
		return -errno;
	child = fork();
	if (child == 0) {
		answer = index_inside(name, fd);
		_exit(write(pipe_fds[1], &answer, sizeof(answer)) != sizeof(answer));
	}
	if (child < 0)
		answer = -errno;
	close(pipe_fds[1]);
	if (child > 0) {
		if (read(pipe_fds[0], &answer, sizeof(answer)) != sizeof(answer))
			answer = -EIO;
		waitpid(child, NULL, 0);
	}
	close(pipe_fds[0]);
	return answer;
}

int lookup_dev(const char *name, const struct netns_ref *netns, __u32 *ifindex)
{
	struct stat self;
	__s64 index;

	if (netns->fd < 0 || (stat("/proc/self/ns/net", &self) == 0 && self.st_ino == netns->inode))
		index = if_nametoindex(name);
	else
		index = index_by_child(name, netns->fd);
	if (index == 0 || index == -ENODEV)
		return -ENODEV;
	if (index == -EPERM) {
		msg_err("--dev '%s': cannot enter the network namespace %u: needs CAP_SYS_ADMIN",
			name, netns->inode);
		return -EPERM;
	}
	if (index < 0)
		return msg_errno(index, "--dev '%s': cannot look into network namespace %u", name,
				 netns->inode);
	*ifindex = index;
	return 0;
}
