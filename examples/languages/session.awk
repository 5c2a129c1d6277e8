#!/usr/bin/gawk -f
# A session with elbo in awk: gawk, for its two-way pipes.
#
#   gawk -f session.awk [UPDATES]

function fail(what, why) {
  print "session.awk: " what ": " why >"/dev/stderr"
  exit status = 1
}

# Sends a request, written with single quotes instead of double ones, and returns the reply.
function call(method, params,    reply) {
  gsub(/'/, "\"", params)
  printf "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"%s\",\"params\":%s}\n", ++id, method, params |& engine
  # gawk buffers its output.
  fflush(engine)
  while ((engine |& getline reply) > 0) {
    # Members always come in the same order: a message whose second member is the method is progress.
    if (reply ~ /^{"jsonrpc":"2.0","method":/) continue
    if (reply ~ "^{\"jsonrpc\":\"2.0\",\"id\":" id ",\"result\":") return reply
    fail(method, reply)
  }
  fail(method, "the engine has ended")
}

# The first number of this name.
function number(reply, name) {
  match(reply, "\"" name "\":[^,}]*")
  return substr(reply, RSTART + length(name) + 3, RLENGTH - length(name) - 3)
}

BEGIN {
  program = "ELBO" in ENVIRON ? ENVIRON["ELBO"] : "elbo"
  # A shell starts the engine, so the name is quoted for it; `exec` leaves no shell in between.
  gsub(/'/, "'\\''", program)
  if (system("command -v '" program "' >/dev/null")) fail("no elbo at " program " (name it in ELBO)", "not found")
  engine = "exec '" program "' serve"
  updates = ARGC > 1 ? ARGV[1] : 200

  call("data.load", "{'name': 'digits', 'source': {'type': 'strokes', 'count': 1000}," \
       "'transforms': [{'type': 'subsample', 'factor': 2}, {'type': 'binarize'}]}")
  stack = "[{'type': 'dense', 'units': 32}, {'type': 'tanh'}, {'type': 'dense'}]"
  call("model.build", "{'name': 'vae', 'data': 'digits', 'latent': 4, 'seed': 1," \
       "'encoder': " stack ", 'decoder': " stack ", 'likelihood': {'type': 'bernoulli'}}")
  call("trainer.create", "{'name': 'run', 'model': 'vae', 'data': 'digits', 'optimizer': {'type': 'adam'}}")
  call("trainer.step", "{'trainer': 'run', 'updates': " updates "}")
  printf "ELBO %.4f\n", number(call("evaluate.elbo", "{'model': 'vae', 'data': 'digits'}"), "elbo")

  # The engine exits at the end of its input.
  exit close(engine) != 0
}
