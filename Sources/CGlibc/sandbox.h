/* The system calls of the sandbox, which the library does not wrap: Landlock (444 to 446), seccomp. */
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

/* Returns the version of Landlock; -1 with errno if there is none. */
static inline int elbo_landlock_version(void) { return (int)syscall(444, NULL, 0, 1); }

/* Makes a set of rules for these rights to files: forbidden wherever no rule allows them. */
static inline int elbo_landlock_create(uint64_t rights, uint64_t scoped) {
  const struct {
    uint64_t files, network, scoped;
  } rules = {rights, 0, scoped};
  return (int)syscall(444, &rules, sizeof rules, 0);
}

/* Allows rights to a file, or to everything beneath a folder. */
static inline int elbo_landlock_allow(int rules, uint64_t rights, int place) {
  const struct __attribute__((packed)) {
    uint64_t rights;
    int32_t place;
  } rule = {rights, place};
  return (int)syscall(445, rules, 1, &rule, 0);
}

/* Puts this thread, and those that it starts, under the rules. */
static inline int elbo_landlock_restrict(int rules) { return (int)syscall(446, rules, 0); }

/* Gives up the rights of programs with a set-user-id bit: prctl(2), PR_SET_NO_NEW_PRIVS. */
static inline int elbo_renounce_privileges(void) {
  return (int)syscall(SYS_prctl, 38, 1L, 0L, 0L, 0L);
}

/* Refuses the calls that elbo never makes, with EPERM, in all threads: the network, other processes,
 * programs, mounts, the kernel. */
static inline int elbo_refuse_calls(void) {
  static const int refused[] = {
    SYS_socket,
    SYS_connect,
    SYS_bind,
    SYS_listen,
    SYS_accept,
    SYS_accept4,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_unshare,
    SYS_setns,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_add_key,
    SYS_request_key,
    SYS_keyctl,
    SYS_acct,
    SYS_quotactl,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_personality,
    SYS_name_to_handle_at,
    SYS_open_by_handle_at,
    SYS_execve,
    SYS_execveat,
    SYS_socketpair,
    425, /* io_uring_setup, whose requests no filter sees */
    426,
    427,
    428, /* open_tree */
    429,
    430,
    431, /* move_mount, fsopen, fsconfig */
    432,
    433,
    438, /* fsmount, fspick, pidfd_getfd */
  };
#if defined(__x86_64__)
  const uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
  const uint32_t architecture = AUDIT_ARCH_AARCH64;
#else
#error "the sandbox does not know this architecture"
#endif
  struct sock_filter filter[160];
  const uint32_t refusal = SECCOMP_RET_ERRNO | 1; /* EPERM */
  unsigned short count = 0;
#define ELBO_ADD(code, true_jump, false_jump, value) \
  filter[count++] = (struct sock_filter){(unsigned short)(code), true_jump, false_jump, value}
  ELBO_ADD(BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, arch));
  ELBO_ADD(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, architecture);
  ELBO_ADD(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS);
  ELBO_ADD(BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr));
  /* The numbers of the x32 interface. */
  ELBO_ADD(BPF_JMP | BPF_JGE | BPF_K, 0, 1, 0x40000000);
  ELBO_ADD(BPF_RET | BPF_K, 0, 0, refusal);
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    ELBO_ADD(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, (uint32_t)refused[i]);
    ELBO_ADD(BPF_RET | BPF_K, 0, 0, refusal);
  }
  ELBO_ADD(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
#undef ELBO_ADD
  const struct sock_fprog program = {count, filter};
  return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
}
