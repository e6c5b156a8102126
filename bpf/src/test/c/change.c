/* SPDX-License-Identifier: Apache-2.0 */
/* Changes a file in one way, the first argument, in the directory that is the second:
 * "file" is there beforehand and holds two pages. */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

static int check(int result, const char *what)
{
	if (result < 0)
		err(1, "%s", what);
	return result;
}

static void store(int flags)
{
	int fd = check(open("file", O_WRONLY | flags), "open");

	check(write(fd, "x", 1), "write");
}

static void store_mapped(void)
{
	int fd = check(open("file", O_RDWR), "open");
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (page == MAP_FAILED)
		err(1, "mmap");
	*page = 'x';
}

static void link_unnamed(void)
{
	char path[64];
	int fd = check(open(".", O_TMPFILE | O_WRONLY, 0600), "open");

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	check(linkat(AT_FDCWD, path, AT_FDCWD, "new", AT_SYMLINK_FOLLOW), "linkat");
}

int main(int argc, char **argv)
{
	if (argc != 3)
		errx(2, "usage: change WAY DIRECTORY");
	check(chdir(argv[2]), argv[2]);
#define WAY(name, action) \
	if (!strcmp(argv[1], name)) { action; return 0; }
	WAY("write", store(0))
	WAY("append", store(O_APPEND))
	WAY("mmap", store_mapped())
	WAY("truncate", check(truncate("file", 1), "truncate"))
	WAY("chmod", check(chmod("file", 0600), "chmod"))
	WAY("chown", check(chown("file", 1, 1), "chown"))
	WAY("utimes", check(utimensat(AT_FDCWD, "file", NULL, 0), "utimensat"))
	WAY("setxattr", check(setxattr("file", "trusted.x", "x", 1, 0), "setxattr"))
	WAY("create", check(open("new", O_CREAT | O_WRONLY, 0600), "open"))
	WAY("rename", check(rename("file", "new"), "rename"))
	WAY("link", check(link("file", "new"), "link"))
	WAY("symlink", check(symlink("file", "new"), "symlink"))
	WAY("unlink", check(unlink("file"), "unlink"))
	WAY("mkdir", check(mkdir("new", 0700), "mkdir"))
	WAY("rmdir", check(rmdir("directory"), "rmdir"))
	WAY("mknod", check(mknod("new", S_IFIFO | 0600, 0), "mknod"))
	WAY("tmpfile", link_unnamed())
	WAY("memory", check(ftruncate(check(memfd_create("x", 0), "memfd_create"), 1), "ftruncate"))
	WAY("many",
	    for (int i = 0; i < 5000; i++) {
		    char name[16];

		    snprintf(name, sizeof(name), "new%d", i);
		    check(close(check(creat(name, 0600), "creat")), "close");
	    })
	errx(2, "%s: no such way", argv[1]);
}
