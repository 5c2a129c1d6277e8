#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "elbo_hdf5.h"
#include "library.h"

h5_library h5;

// libhdf5 of Debian, without MPI, and as others name it: 1.10, 1.12, 1.14 and 2.
static const char *const names[] = {
  "libhdf5_serial.so.103", "libhdf5_serial.so.200", "libhdf5_serial.so.310",
  "libhdf5_serial.so.320", "libhdf5.so.103",        "libhdf5.so.200",
  "libhdf5.so.310",        "libhdf5.so.320",
};

static int find(void *library) {
#define ELBO_HDF5_FIND(result, name, parameters) \
  *(void **)&h5.name = dlsym(library, #name);    \
  if (!h5.name) return 1;
  ELBO_HDF5_FUNCTIONS(ELBO_HDF5_FIND)
#undef ELBO_HDF5_FIND
#define ELBO_HDF5_FIND(name)                      \
  h5.name = (const hid_t *)dlsym(library, #name); \
  if (!h5.name) return 1;
  ELBO_HDF5_VARIABLES(ELBO_HDF5_FIND)
#undef ELBO_HDF5_FIND
  return 0;
}

int elbo_hdf5_load(void) {
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    void *library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (!library) continue;
    if (find(library) == 0) return 0;
    dlclose(library);
  }
  return 1;
}

static size_t board(void) { return ELBO_HDF5_WORDS * sizeof(int64_t) + ELBO_HDF5_ROOM; }

// The bytes of addresses in use.
static size_t addresses(void) {
  char text[64] = {0};
  const int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  const ssize_t got = read(file, text, sizeof text - 1);
  close(file);
  return got > 0 ? strtoull(text, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE) : 0;
}

// Closes the descriptors from `from` to `to`.
static void shut(unsigned from, unsigned to) {
  if (from <= to) syscall(436 /* close_range */, from, to, 0);
}

// Bounds the addresses of a process, at most by what it may have in any case.
static int bound(pid_t process, size_t bytes) {
  struct rlimit bound;
  if (prlimit(process, RLIMIT_AS, NULL, &bound) != 0) return errno;
  bound.rlim_cur = bytes < bound.rlim_max ? bytes : bound.rlim_max;
  return prlimit(process, RLIMIT_AS, &bound, NULL) == 0 ? 0 : errno;
}

static _Noreturn void read_file(
  int file, int questions, int answers, size_t addresses, int64_t *words, unsigned char *room) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  static const int ignored[] = {SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGTERM};
  for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++) signal(ignored[i], SIG_IGN);
  // Crashes end the child, and run no handler of the parent.
  static const int fatal[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP};
  for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) signal(fatal[i], SIG_DFL);
  // Low numbers that nothing else has: 0, 1, 2 belong to the parent's conversation.
  file = fcntl(file, F_DUPFD, 64);
  questions = fcntl(questions, F_DUPFD, file + 1);
  answers = fcntl(answers, F_DUPFD, questions + 1);
  if (file < 0 || questions < 0 || answers < 0) _exit(1);
  shut(0, (unsigned)file - 1);
  shut((unsigned)file + 1, (unsigned)questions - 1);
  shut((unsigned)questions + 1, (unsigned)answers - 1);
  shut((unsigned)answers + 1, ~0U);
  if (bound(0, addresses) != 0) _exit(1);
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  elbo_hdf5_serve(path, questions, answers, words, room);
}

int elbo_hdf5_start(int file, size_t memory, elbo_hdf5_reader *reader) {
  // Here, since the child may not be allowed to read /proc.
  const size_t used = addresses();
  if (used == 0) return ENOSYS;
  void *shared = mmap(NULL, board(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return errno;
  int asked[2], answered[2];
  if (pipe2(asked, O_CLOEXEC) != 0) {
    const int error = errno;
    munmap(shared, board());
    return error;
  }
  if (pipe2(answered, O_CLOEXEC) != 0) {
    const int error = errno;
    close(asked[0]);
    close(asked[1]);
    munmap(shared, board());
    return error;
  }
  reader->words = shared;
  reader->room = (unsigned char *)(reader->words + ELBO_HDF5_WORDS);
  reader->questions = asked[1];
  reader->answers = answered[0];
  reader->process = fork();
  const int error = errno;
  if (reader->process == 0)
    read_file(file, asked[0], answered[1], used + memory, reader->words, reader->room);
  close(answered[1]);
  reader->asked = asked[0];
  if (reader->process > 0) return 0;
  close(reader->asked);
  close(reader->questions);
  close(reader->answers);
  munmap(shared, board());
  return error;
}

int elbo_hdf5_stop(elbo_hdf5_reader *reader) {
  int status = 0;
  close(reader->asked);
  close(reader->questions);
  kill(reader->process, SIGKILL);
  while (waitpid(reader->process, &status, 0) < 0 && errno == EINTR) {
  }
  close(reader->answers);
  munmap(reader->words, board());
  return status;
}

int elbo_hdf5_lend(const elbo_hdf5_reader *reader, size_t memory) {
  struct rlimit now;
  if (prlimit(reader->process, RLIMIT_AS, NULL, &now) != 0) return errno;
  return bound(reader->process, now.rlim_cur + memory);
}

int64_t elbo_hdf5_time(const elbo_hdf5_reader *reader) {
  clockid_t clock;
  struct timespec time;
  if (clock_getcpuclockid(reader->process, &clock) != 0 || clock_gettime(clock, &time) != 0)
    return 0;
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}
