/* Ways to write a file for which the C library has no function; layouts from linux/io_uring.h. */
#define _GNU_SOURCE
#include "fileops.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { OP_WRITE = 23, ENTER_GETEVENTS = 1, AIO_PWRITE = 1 };
enum { OFFSET_SUBMIT = 0, OFFSET_COMPLETE = 0x8000000, OFFSET_ENTRIES = 0x10000000 };

struct submit_offsets {
  uint32_t head, tail, mask, entries, flags, dropped, array, reserved;
  uint64_t user;
};

struct complete_offsets {
  uint32_t head, tail, mask, entries, overflow, cqes, flags, reserved;
  uint64_t user;
};

struct uring_params {
  uint32_t submits, completes, flags, thread_cpu, thread_idle, features, wq_fd, reserved[3];
  struct submit_offsets submit;
  struct complete_offsets complete;
};

struct submission {
  uint8_t opcode, flags;
  uint16_t priority;
  int32_t fd;
  uint64_t offset, address;
  uint32_t length, write_flags;
  uint64_t user, reserved[3];
};

struct completion {
  uint64_t user;
  int32_t result;
  uint32_t flags;
};

static void *map(int ring, size_t length, long offset) {
  return mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, ring, offset);
}

bool write_by_uring(int fd, const void *bytes, size_t length, long offset) {
  struct uring_params p = {0};
  int ring = (int)syscall(SYS_io_uring_setup, 1, &p);
  if (ring < 0) return false;
  char *submit = map(ring, p.submit.array + 4, OFFSET_SUBMIT);
  char *complete = map(ring, p.complete.cqes + 2 * sizeof(struct completion), OFFSET_COMPLETE);
  struct submission *entry = map(ring, sizeof *entry, OFFSET_ENTRIES);
  if (submit == MAP_FAILED || complete == MAP_FAILED || entry == MAP_FAILED) return false;
  *entry = (struct submission){.opcode = OP_WRITE,
                               .fd = fd,
                               .offset = (uint64_t)offset,
                               .address = (uintptr_t)bytes,
                               .length = (uint32_t)length};
  *(uint32_t *)(submit + p.submit.array) = 0;
  __atomic_store_n((uint32_t *)(submit + p.submit.tail), 1, __ATOMIC_RELEASE);
  bool entered = syscall(SYS_io_uring_enter, ring, 1, 1, ENTER_GETEVENTS, NULL, 0) == 1;
  int result = ((struct completion *)(complete + p.complete.cqes))->result;
  close(ring);
  if (entered && result < 0) errno = -result;
  return entered && result == (int)length;
}

struct aio_request { /* struct iocb, little-endian */
  uint64_t data;
  uint32_t key, flags;
  uint16_t opcode;
  int16_t priority;
  uint32_t fd;
  uint64_t buffer, length;
  int64_t offset;
  uint64_t reserved;
  uint32_t more_flags, event_fd;
};

bool write_by_aio(int fd, const void *bytes, size_t length, long offset) {
  uint64_t context = 0;
  if (syscall(SYS_io_setup, 1, &context)) return false;
  struct aio_request request = {.opcode = AIO_PWRITE,
                                .fd = (uint32_t)fd,
                                .buffer = (uintptr_t)bytes,
                                .length = length,
                                .offset = offset};
  struct aio_request *requests[] = {&request};
  struct {
    uint64_t data, request;
    int64_t result, second;
  } event = {0};
  bool done = syscall(SYS_io_submit, context, 1, requests) == 1 &&
              syscall(SYS_io_getevents, context, 1, 1, &event, NULL) == 1;
  syscall(SYS_io_destroy, context);
  return done && event.result == (int64_t)length;
}
