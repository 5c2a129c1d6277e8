#include <fcntl.h>
#include <getopt.h>
#include <malloc.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/vfs.h>

/* Of the GNU library; declared here because its headers show it only to those who ask for all extensions. */
extern ssize_t pwritev2(
  int descriptor, const struct iovec *parts, int count, off_t offset, int flags);

/* O_PATH: names a file without opening it. */
static const int elbo_open_path = __O_PATH;
