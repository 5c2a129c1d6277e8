# The program alone, in a Debian without anything else:
#   docker build -t elbo .
#   docker run -i --rm --user "$(id -u):$(id -g)" -v "$PWD:/data" -w /data elbo
# With --user what it writes into the folder is yours; without it, it is the user elbo, who may not write there.
FROM swift:6.2-bookworm AS build
WORKDIR /elbo
COPY . .
RUN scripts/install --prefix /install

FROM debian:bookworm-slim
RUN apt-get update \
  && apt-get install -y --no-install-recommends libsqlite3-0 \
  && rm -rf /var/lib/apt/lists/*
COPY --from=build /install /usr/local
RUN useradd --create-home elbo
USER elbo
ENTRYPOINT ["elbo"]
CMD ["serve"]
