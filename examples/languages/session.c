/* A session with elbo in C: two pipes, and JSON as plain text.
 *
 *     cc -o session session.c && ./session [UPDATES]
 *
 * Real programs take a JSON library; that this one gets by without shows how little the protocol asks.
 */
// JSON stands in it as it is written, which no formatter of C knows.
// clang-format off
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Its argument, written as JSON, as a string. */
#define JSON(...) #__VA_ARGS__

static FILE *requests, *replies;
static pid_t engine;

static void fail(const char *what, const char *why) {
  fprintf(stderr, "session: %s: %s\n", what, why);
  exit(1);
}

static void start(void) {
  const char *program = getenv("ELBO") ? getenv("ELBO") : "elbo";
  int in[2], out[2];
  if (pipe(in) || pipe(out) || (engine = fork()) < 0) fail("no pipes", strerror(errno));
  if (engine == 0) {
    dup2(in[0], STDIN_FILENO);
    dup2(out[1], STDOUT_FILENO);
    /* An end of a pipe that stays open here would keep the engine from ever seeing the other's end. */
    close(in[0]), close(in[1]), close(out[0]), close(out[1]);
    execlp(program, "elbo", "serve", (char *)NULL);
    fprintf(stderr, "session: no elbo at %s (name it in ELBO): %s\n", program, strerror(errno));
    _exit(127);
  }
  close(in[0]), close(out[1]);
  signal(SIGPIPE, SIG_IGN); /* An engine that has ended is an error to report, and not our end. */
  requests = fdopen(in[1], "w");
  replies = fdopen(out[0], "r");
}

/* Sends a request and waits for its reply, which stays valid until the next call. */
static const char *call(const char *method, const char *params) {
  static char *line, result[64];
  static size_t room;
  static int id;
  fprintf(requests, "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"%s\",\"params\":%s}\n", ++id, method, params);
  fflush(requests);
  snprintf(result, sizeof result, "{\"jsonrpc\":\"2.0\",\"id\":%d,\"result\":", id);
  while (getline(&line, &room, replies) > 0) {
    /* Members come in this order always: whatever else has a method is progress, the rest are errors. */
    if (strncmp(line, result, strlen(result)) == 0) return line + strlen(result);
    if (strncmp(line, "{\"jsonrpc\":\"2.0\",\"method\":", 26) != 0) fail(method, line);
  }
  fail(method, "the engine has ended");
  return NULL;
}

/* The first number of this name. */
static double number(const char *reply, const char *name) {
  char key[64];
  snprintf(key, sizeof key, "\"%s\":", name);
  const char *found = strstr(reply, key);
  if (!found) fail(name, "not in the reply");
  return strtod(found + strlen(key), NULL);
}

int main(int count, char **arguments) {
  char step[256];
  snprintf(step, sizeof step, JSON({"trainer": "run", "updates": %s}), count > 1 ? arguments[1] : "200");
  start();
  call("data.load", JSON({"name": "digits", "source": {"type": "strokes", "count": 1000},
       "transforms": [{"type": "subsample", "factor": 2}, {"type": "binarize"}]}));
  call("model.build", JSON({"name": "vae", "data": "digits", "latent": 4, "seed": 1,
       "encoder": [{"type": "dense", "units": 32}, {"type": "tanh"}, {"type": "dense"}],
       "decoder": [{"type": "dense", "units": 32}, {"type": "tanh"}, {"type": "dense"}],
       "likelihood": {"type": "bernoulli"}}));
  call("trainer.create", JSON({"name": "run", "model": "vae", "data": "digits", "optimizer": {"type": "adam"}}));
  call("trainer.step", step);
  printf("ELBO %.4f\n", number(call("evaluate.elbo", JSON({"model": "vae", "data": "digits"})), "elbo"));
  fclose(requests); /* The end of its input is the end of the engine. */
  int status;
  return waitpid(engine, &status, 0) == engine && status == 0 ? 0 : 1;
}
