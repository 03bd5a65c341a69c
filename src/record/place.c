// SPDX-License-Identifier: GPL-2.0-only
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "msg.h"

int place_check(const struct writer_options *o)
{
	struct stat st;

	if (strlen(o->path) >= PATH_BYTES - 10)
		return msg_errno(ENAMETOOLONG, "%s", o->path);
	if (lstat(o->path, &st))
		return errno == ENOENT ? 0 : msg_errno(errno, "cannot create %s", o->path);
	if (!o->force) {
		msg_err("%s exists; --force replaces it", o->path);
		return -EEXIST;
	}
	if (!S_ISREG(st.st_mode)) {
		msg_err("%s is no regular file: not replaced", o->path);
		return -EINVAL;
	}
	return 0;
}

int place_make(const struct writer_options *o)
{
	static const char *const besides[] = {"-journal", "-wal", "-shm"};
	char path[PATH_BYTES];
	int fd, err = place_check(o);

	if (err)
		return err;
	if (o->force && unlink(o->path) && errno != ENOENT)
		return msg_errno(errno, "cannot replace %s", o->path);
	/* of another file of this name: SQLite would take them for parts of ours */
	for (size_t i = 0; i < sizeof(besides) / sizeof(besides[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", o->path, besides[i]);
		if (unlink(path) && errno != ENOENT)
			return msg_errno(errno, "cannot remove %s", path);
	}
	fd = open(o->path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
	if (fd < 0)
		return msg_errno(errno, "cannot create %s", o->path);
	close(fd);
	return 0;
}
