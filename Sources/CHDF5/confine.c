#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "library.h"

// What libhdf5 and the C library call while they read an open file.
static const int calls[] = {
  SYS_brk,       SYS_clock_gettime, SYS_close,          SYS_exit,         SYS_exit_group,
  SYS_fcntl,     SYS_flock,         SYS_fstat,          SYS_futex,        SYS_getpid,
  SYS_getrandom, SYS_gettimeofday,  SYS_lseek,          SYS_madvise,      SYS_mmap,
  SYS_mprotect,  SYS_mremap,        SYS_munmap,         SYS_newfstatat,   SYS_pread64,
  SYS_read,      SYS_rt_sigaction,  SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_sched_yield,
  SYS_sysinfo,   SYS_write,
};

#if defined(__x86_64__)
#define ELBO_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ELBO_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

void elbo_hdf5_confine(void) {
  // No file can be opened: neither one that a link names, nor a part of a dataset elsewhere.
  const struct rlimit none = {0, 0};
  setrlimit(RLIMIT_NOFILE, &none);
  setrlimit(RLIMIT_FSIZE, &none);
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
#ifdef ELBO_ARCHITECTURE
  struct sock_filter filter[2 * sizeof calls / sizeof *calls + 8];
  unsigned short count = 0;
#define ELBO_ADD(code, true_jump, false_jump, value) \
  filter[count++] = (struct sock_filter){(unsigned short)(code), true_jump, false_jump, value}
  ELBO_ADD(BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, arch));
  ELBO_ADD(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, ELBO_ARCHITECTURE);
  ELBO_ADD(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS);
  ELBO_ADD(BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr));
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
    ELBO_ADD(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, (unsigned)calls[i]);
    ELBO_ADD(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
  }
  ELBO_ADD(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | EPERM);
#undef ELBO_ADD
  const struct sock_fprog program = {count, filter};
  syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
#endif
}
