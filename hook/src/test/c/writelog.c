// Runs a command, and records in which order it and its children change some files, and when they are
// told that a change is durable: what a power loss could leave can be made from that.
//
//   writelog LOG FILE[:FILE…] COMMAND ARG…
//
// A system call filter has the kernel stop a process before each call that counts; what it does with
// the files' descriptors is then read out of its memory. The log has records in the machine's order:
//
//   u32 'W' │ flag 1 if the descriptor is synchronous │ u64 offset │ u64 length │ bytes   before a write
//   u32 'S' │ flag 1 after a synchronous write, 0 after a sync │ u64 0 │ u64 0
//   u32 'T' │ flag 0 │ u64 new length │ u64 0     before a truncation
//   u32 'P' │ flag 0 │ u64 pid │ u64 length │ bytes   what a process prints on its standard output
//
// A flag is a u8, followed by u8 number of the file, of those given │ u16 bits: which of them there are.
// A directory may be among them: its syncs count.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRACED(name) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, name, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE)
#define IOVECS_MAX 1024
#define FILES_MAX 16
#define TASKS_MAX 65536

static int log_fd;
static char *followed[FILES_MAX];
static int files;
// The number of the file, from 1, that a task's call under way syncs, by the task's id.
static unsigned char syncing[1 << 22];

static void fail(const char *what) {
  perror(what);
  exit(125);
}

static void put(const void *bytes, size_t length) {
  for (const char *at = bytes; length > 0;) {
    ssize_t n = write(log_fd, at, length);
    if (n < 0) fail("log");
    at += n;
    length -= (size_t)n;
  }
}

static void put_header(char type, int file, int flag, uint64_t first, uint64_t second) {
  struct {
    uint32_t type;
    uint8_t flag, file;
    uint16_t there;
    uint64_t first, second;
  } header = {(uint32_t)type, (uint8_t)flag, (uint8_t)file, 0, first, second};
  for (int i = 0; i < files; i++)
    if (access(followed[i], F_OK) == 0) header.there |= (uint16_t)(1 << i);
  put(&header, sizeof header);
}

// The number of the file that a task's descriptor is; -1 if it is none of them.
static int file_of(pid_t task, int fd) {
  char link[64];
  struct stat ours, its;
  snprintf(link, sizeof link, "/proc/%d/fd/%d", task, fd);
  if (stat(link, &its) != 0) return -1;
  for (int i = 0; i < files; i++)
    if (stat(followed[i], &ours) == 0 && ours.st_ino == its.st_ino && ours.st_dev == its.st_dev)
      return i;
  return -1;
}

static int is_synchronous(pid_t task, int fd) {
  char path[64], line[128];
  unsigned flags = 0;
  snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", task, fd);
  FILE *info = fopen(path, "re");
  while (info != NULL && fgets(line, sizeof line, info) != NULL) sscanf(line, "flags: %o", &flags);
  if (info != NULL) fclose(info);
  return (flags & O_DSYNC) != 0;
}

static uint64_t position(pid_t task, int fd) {
  char path[64], line[128];
  unsigned long long at = 0;
  snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", task, fd);
  FILE *info = fopen(path, "re");
  while (info != NULL && fgets(line, sizeof line, info) != NULL) sscanf(line, "pos: %llu", &at);
  if (info != NULL) fclose(info);
  return at;
}

// Records what a task is about to write: buffers in its memory.
static void record(pid_t task, char type, int file, int flag, uint64_t first, struct iovec *from, int n) {
  size_t length = 0;
  for (int i = 0; i < n; i++) length += from[i].iov_len;
  char *bytes = malloc(length + 1);
  struct iovec into = {bytes, length};
  if (bytes == NULL || process_vm_readv(task, &into, 1, from, (unsigned long)n, 0) != (ssize_t)length)
    fail("memory of the process");
  put_header(type, file, flag, first, length);
  put(bytes, length);
  free(bytes);
}

// A call is about to be made; the number of the file, from 1, if the call's end is to be told, too.
static int entered(pid_t task, const struct user_regs_struct *regs) {
  long call = (long)regs->orig_rax;
  int fd = (int)regs->rdi, n = 1;
  struct iovec buffers[IOVECS_MAX] = {{(void *)regs->rsi, regs->rdx}};
  int file = file_of(task, fd);
  if (call == SYS_write && fd == STDOUT_FILENO && file < 0) {
    record(task, 'P', 0, 0, (uint64_t)task, buffers, 1);
    return 0;
  }
  if (call == SYS_msync) fail("msync: the file is written through a mapping");
  if (file < 0) return 0;
  if (call == SYS_fsync || call == SYS_fdatasync) return file + 1;
  if (call == SYS_ftruncate) {
    put_header('T', file, 0, regs->rsi, 0);
    return 0;
  }
  if (call == SYS_writev || call == SYS_pwritev) {
    struct iovec into = {buffers, sizeof buffers}, list = {(void *)regs->rsi, regs->rdx * sizeof *buffers};
    n = (int)regs->rdx;
    if (n > IOVECS_MAX || process_vm_readv(task, &into, 1, &list, 1, 0) != (ssize_t)list.iov_len)
      fail("buffers of the process");
  }
  uint64_t at = call == SYS_pwritev ? regs->r10 : call == SYS_pwrite64 ? regs->r10 : position(task, fd);
  int synchronous = is_synchronous(task, fd);
  record(task, 'W', file, synchronous, at, buffers, n);
  return synchronous ? file + 1 : 0;
}

static void become(char **command) {
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      TRACED(SYS_write),
      TRACED(SYS_writev),
      TRACED(SYS_pwrite64),
      TRACED(SYS_pwritev),
      TRACED(SYS_fsync),
      TRACED(SYS_fdatasync),
      TRACED(SYS_msync),
      TRACED(SYS_ftruncate),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
  if (ptrace(PTRACE_TRACEME, 0, 0, 0) != 0) fail("ptrace");
  raise(SIGSTOP);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
    fail("seccomp");
  execvp(command[0], command);
  fail(command[0]);
}

int main(int argc, char **argv) {
  if (argc < 4) return 125;
  for (char *name = strtok(argv[2], ":"); name != NULL && files < FILES_MAX; name = strtok(NULL, ":"))
    followed[files++] = name;
  log_fd = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (log_fd < 0) fail(argv[1]);
  pid_t first = fork();
  if (first == 0) become(argv + 3);
  int status, code = 125;
  if (waitpid(first, &status, 0) != first) fail("waitpid");
  long options = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                 PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD;
  if (ptrace(PTRACE_SETOPTIONS, first, 0, options) != 0) fail("ptrace");
  ptrace(PTRACE_CONT, first, 0, 0);
  for (pid_t task; (task = waitpid(-1, &status, __WALL)) > 0;) {
    if (!WIFSTOPPED(status)) {
      if (task == first) code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      continue;
    }
    int signal = WSTOPSIG(status), event = status >> 16, pass = 0;
    int request = PTRACE_CONT;
    struct user_regs_struct regs;
    if (event == PTRACE_EVENT_SECCOMP) {
      int file = ptrace(PTRACE_GETREGS, task, 0, &regs) == 0 ? entered(task, &regs) : 0;
      if (file > 0) {
        syncing[task % (1 << 22)] = (unsigned char)file;
        request = PTRACE_SYSCALL;
      }
    } else if (signal == (SIGTRAP | 0x80)) {
      // The end of a sync. Only one that has succeeded makes anything durable.
      int file = syncing[task % (1 << 22)];
      if (file > 0 && ptrace(PTRACE_GETREGS, task, 0, &regs) == 0) {
        if ((long)regs.rax >= 0)
          put_header('S', file - 1, (long)regs.orig_rax == SYS_pwrite64, 0, 0);
        syncing[task % (1 << 22)] = 0;
      }
    } else if (event == 0 && signal != SIGSTOP && signal != SIGTRAP) {
      pass = signal;
    }
    ptrace(request, task, 0, pass);
  }
  return code;
}
