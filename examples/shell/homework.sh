#!/usr/bin/env bash
# The homework's variational autoencoder, from data to pictures, with bash and jq.
#
#   [MNIST=FOLDER | IMAGES=10000] [UPDATES=10000] homework.sh [FOLDER FOR THE PICTURES]
set -euo pipefail
export LC_ALL=C.UTF-8
# An engine that has exited ends its output here instead of raising a signal.
trap '' PIPE

die() {
  printf 'homework.sh: %s\n' "$*" >&2
  exit 1
}

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
elbo=${ELBO:-$here/../../.build/release/elbo}
[[ -x $elbo ]] || elbo=$(command -v elbo) || die "no elbo: build it (swift build -c release), or name it in ELBO"
command -v jq >/dev/null || die "this needs jq (apt-get install jq)"

# The engine runs as a coprocess: requests go in on one pipe, replies come back on the other. Its stderr is the terminal.
coproc ENGINE { exec "$elbo" serve; }
engine=$ENGINE_PID
exec {replies}<&"${ENGINE[0]}" {requests}>&"${ENGINE[1]}"
# shellcheck disable=SC1083,SC2093
exec {ENGINE[1]}>&-

# call METHOD PARAMS: sends a request, waits for the reply and leaves its result in `result`.
call() {
  local reply
  jq -nc --arg method "$1" --argjson params "$2" '{jsonrpc: "2.0", id: 1, $method, $params}' >&"$requests" ||
    die "$1: the engine has ended"
  while IFS= read -r reply <&"$replies"; do
    # A message with a method is progress, not a reply.
    case $(jq -r 'if .method then "progress" elif .error then "error" else "result" end' <<<"$reply") in
      progress) [[ ! -t 2 ]] || jq -j '.params | "\r\(.update)/\(.updates)  ELBO \(.elbo)   "' <<<"$reply" >&2 ;;
      error) die "$1: $(jq -r '[.error.message, .error.data.hint // empty] | join("; ")' <<<"$reply")" ;;
      result)
        result=$(jq -c .result <<<"$reply")
        return
        ;;
    esac
  done
  die "$1: the engine has ended"
}

images=${IMAGES:-10000}
updates=${UPDATES:-10000}
output=${1:-.}
mkdir -p -- "$output"
output=$(cd -- "$output" && pwd -P)

if [[ -n ${MNIST:-} ]]; then
  folder=$(cd -- "$MNIST" && pwd -P)
  source_of() { # train | t10k
    local ending=
    [[ -f $folder/$1-images-idx3-ubyte ]] || ending=.gz
    jq -nc --arg start "$folder/$1" --arg ending "$ending" \
      '{type: "idx", images: "\($start)-images-idx3-ubyte\($ending)", labels: "\($start)-labels-idx1-ubyte\($ending)"}'
  }
  seen=$(source_of train) unseen=$(source_of t10k) first='{"type":"perClass","count":1000},'
else
  seen='{"type":"strokes","count":'"$images"',"seed":1}' unseen='{"type":"strokes","count":'"$images"',"seed":2}' first=
fi
binarized='{"type":"subsample","factor":2},{"type":"binarize","threshold":128}'
call data.load '{"name":"digits","source":'"$seen"',"transforms":['"$first$binarized"']}'
call data.load '{"name":"unseen","source":'"$unseen"',"transforms":['"$binarized"']}'

# (i) the model
call model.build '{"name":"vae","data":"digits","latent":8,
  "encoder":[{"type":"dense","units":128},{"type":"tanh"},{"type":"dense","units":16}],
  "decoder":[{"type":"dense","units":128},{"type":"tanh"},{"type":"dense","units":196},{"type":"sigmoid"}],
  "likelihood":{"type":"bernoulli"},"seed":1}'

# (ii) the training
call trainer.create '{"name":"run","model":"vae","data":"digits","objective":{"type":"elbo","samples":2},
  "optimizer":{"type":"adam","rate":0.001},"batch":100,"validation":{"data":"unseen","count":100,"every":100}}'
call trainer.step '{"trainer":"run","updates":'"$updates"',"progress":true}'
[[ ! -t 2 ]] || printf '\r\e[K' >&2
call evaluate.elbo '{"model":"vae","data":"unseen"}'
jq -r '"ELBO \(.elbo) +- \(.standardError.elbo) nats, mean over \(.count) unseen images"' <<<"$result"
call evaluate.likelihood '{"model":"vae","data":"unseen","samples":100}'
jq -r '"log p(x) \(.logLikelihood) +- \(.standardError) nats"' <<<"$result"

# (iii) to (vi), the pictures; the last needs a validation, which is made every 100 updates
path() { jq -nc --arg path "$output/$1" '$path'; }
call plot.curves '{"trainer":"run","path":'"$(path curves.svg)"'}'
call plot.reconstructions '{"model":"vae","data":"unseen","count":8,"path":'"$(path reconstructions.png)"'}'
call plot.samples '{"model":"vae","count":64,"seed":7,"path":'"$(path samples.png)"'}'
((updates < 100)) || call plot.validation '{"trainer":"run","path":'"$(path validation.svg)"'}'
printf 'pictures in %s\n' "$output"

# The engine exits at the end of its input.
exec {requests}>&-
wait "$engine"
