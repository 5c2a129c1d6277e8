#include <fcntl.h>
#include <getopt.h>
#include <gnu/libc-version.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/vfs.h>

/* Functions of the GNU library, whose headers declare them only with _GNU_SOURCE. */
extern int sched_getaffinity(pid_t process, size_t size, void *set);
extern ssize_t pwritev2(
  int descriptor, const struct iovec *parts, int count, off_t offset, int flags);
extern long syscall(long number, ...);

/* O_PATH: names a file without opening it. */
static const int elbo_open_path = __O_PATH;

/* openat2(2) of Linux 5.6, which the library does not wrap. No path leaves the folder with `beneath`,
 * and none passes through the links of /proc with `no_magic_links`. */
static const int elbo_resolve_no_magic_links = 0x02;
static const int elbo_resolve_beneath = 0x08;

static inline int elbo_openat2(int folder, const char *path, uint64_t flags, uint64_t resolve) {
  const struct {
    uint64_t flags, mode, resolve;
  } how = {flags, 0, resolve};
#ifdef SYS_openat2
  const long number = SYS_openat2;
#else
  const long number = 437;
#endif
  return (int)syscall(number, folder, path, &how, sizeof how);
}

#include "sandbox.h"
