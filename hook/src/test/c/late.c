/*
 * late DIR: appends to DIR/late what comes into memory only while the file is being written, says
 * "done", and waits to be killed. The kernel has changed the file's times by then, and not its length.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PAGE = 4096, TAIL = 69, LATE_MICROSECONDS = 500000 };

/* Gives a page only some time after it was asked for. */
static void *give_late(void *argument) {
  int faults = *(int *)argument;
  struct uffd_msg message;
  if (read(faults, &message, sizeof message) != sizeof message) err(1, "userfaultfd");
  usleep(LATE_MICROSECONDS);
  uint64_t start = message.arg.pagefault.address & ~(uint64_t)(PAGE - 1);
  struct uffdio_zeropage zero = {.range = {.start = start, .len = PAGE}};
  if (ioctl(faults, UFFDIO_ZEROPAGE, &zero)) err(1, "UFFDIO_ZEROPAGE");
  return NULL;
}

int main(int argc, char **argv) {
  static char page[PAGE];
  if (argc != 2 || chdir(argv[1])) err(1, "usage: late DIR");
  int file = open("late", O_CREAT | O_WRONLY | O_APPEND, 0644);
  if (file < 0 || write(file, page, PAGE) != PAGE) err(1, "late");
  usleep(LATE_MICROSECONDS); /* most likely it has been kept by then */
  int faults = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
  struct uffdio_api api = {.api = UFFD_API};
  if (faults < 0 || ioctl(faults, UFFDIO_API, &api)) err(1, "userfaultfd");
  char *tail = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (tail == MAP_FAILED) err(1, "mmap");
  struct uffdio_register range = {.range = {.start = (uintptr_t)tail, .len = PAGE},
                                  .mode = UFFDIO_REGISTER_MODE_MISSING};
  if (ioctl(faults, UFFDIO_REGISTER, &range)) err(1, "UFFDIO_REGISTER");
  pthread_t thread;
  if (pthread_create(&thread, NULL, give_late, &faults)) err(1, "pthread_create");
  if (write(file, tail, TAIL) != TAIL) err(1, "late");
  puts("done");
  fflush(stdout);
  for (;;) pause();
}
