#include <getopt.h>
#include <malloc.h>
#include <sys/types.h>
#include <sys/uio.h>

/* A function of the GNU library, whose headers declare it only with _GNU_SOURCE. */
extern ssize_t pwritev2(
  int descriptor, const struct iovec *parts, int count, off_t offset, int flags);
