/* A plug-in whose source tries to leave the sandbox: SandboxTests. Its row says what it could do, 1
 * for each. With -DMISSING=NUMBER the kernel has no such system call from its loading on, as an
 * older one; with -DTHREAD it starts a thread. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../../examples/plugins/elbo_plugin.h"

static float can_open(const char *path, int flags) {
  const int file = path ? open(path, flags, 0600) : -1;
  if (file >= 0) close(file);
  return file >= 0;
}

static float can_start(const char *program) {
  const pid_t child = fork();
  if (child == 0) {
    execl(program, program, "--version", (char *)0);
    _exit(99);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WEXITSTATUS(status) != 99;
}

static int32_t load(const elbo_value *given, const elbo_sink *sink, elbo_error *error) {
  (void)error;
  const elbo_shape shape = elbo_vector(7);
  const int network = socket(AF_INET, SOCK_STREAM, 0);
  const float row[7] = {
    can_open(given[0].text, O_RDONLY),                    /* inside */
    can_open(given[1].text, O_RDONLY),                    /* outside */
    can_open(given[1].text, O_WRONLY),                    /* outside */
    can_open(given[2].text, O_WRONLY | O_CREAT | O_EXCL), /* a new file outside */
    network >= 0,
    syscall(SYS_unshare, 0) == 0,
    can_start("/bin/sh"),
  };
  return sink->shape(sink, &shape) || sink->floats(sink, row, 1);
}

#define PATH_OPTION(text)       \
  {.size = sizeof(elbo_option), \
   .kind = ELBO_TEXT,           \
   .name = text,                \
   .summary = "A path.",        \
   .presence = ELBO_REQUIRED}

static const elbo_option options[3] = {
  PATH_OPTION("inside"), PATH_OPTION("outside"), PATH_OPTION("new")};
static const char *const examples[1] = {
  "{\"inside\": \"/a\", \"outside\": \"/b\", \"new\": \"/c\"}"};
static const elbo_source source = {
  .size = sizeof(elbo_source),
  .type = "escape",
  .summary = "Tries to leave the sandbox.",
  .options = options,
  .option_count = 3,
  .examples = examples,
  .example_count = 1,
  .load = load};
static const elbo_plugin_description description = {
  .abi_version = ELBO_PLUGIN_ABI,
  .size = sizeof(elbo_plugin_description),
  .name = "escape",
  .version = "1.0",
  .sources = &source,
  .source_count = 1};

#ifdef MISSING
static void miss(void) {
  struct sock_filter filter[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MISSING, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = {4, filter};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}
#endif

#ifdef THREAD
static void *wait_forever(void *nothing) {
  for (;;) pause();
  return nothing;
}
#endif

const elbo_plugin_description *elbo_plugin(void) {
#ifdef MISSING
  miss();
#endif
#ifdef THREAD
  pthread_t thread;
  pthread_create(&thread, NULL, wait_forever, NULL);
#endif
  return &description;
}
