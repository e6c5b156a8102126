/* A static program for test images: see fileops.c. */
#ifndef FILEOPS_H
#define FILEOPS_H

#include <stdbool.h>
#include <stddef.h>

/* Performs every file operation in dir, in two rounds, and says on stdout which were possible. */
void exercise(const char *dir);

/* Lists the tree under dir, one line for each entry, in a form that can be compared. */
void manifest(const char *dir);

/* Performs so many random operations in the current folder, by several threads at once. */
void do_at_random(unsigned seed, long operations);

/* Makes so many files in a hundred directories, says so, and then renames the directories. */
void storm(long files);

/* Says that an operation was done or, with errno, that it was not possible here. */
void tell(const char *operation, bool done);

/* Leaves; for what must not fail. */
_Noreturn void die(const char *what);

/* Fills with bytes that do not compress, always the same for a seed. */
void fill(unsigned char *bytes, size_t length, unsigned seed);

/* One write through io_uring, and one through Linux AIO, by raw system calls. */
bool write_by_uring(int fd, const void *bytes, size_t length, long offset);
bool write_by_aio(int fd, const void *bytes, size_t length, long offset);

#endif
