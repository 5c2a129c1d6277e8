/// Models that cannot be built, and queries that do not fit them.
extension BadInputs {
  private static func alone(_ layer: String) -> String {
    call(
      "model.build",
      "\"data\":\"b\",\"latent\":2,\"encoder\":\(layer),\"decoder\":[{\"type\":\"dense\"}],"
        + "\"likelihood\":{\"type\":\"bernoulli\"}")
  }

  static let models: [BadInput] = [
    BadInput(
      "an unknown model", call("model.info", "\"model\":\"m\""), 1001, "unknownName", "model",
      "there are no models | create one with model.build"),
    BadInput(
      "an unknown layer", after: [binary], build(encoder: "{\"type\":\"dens\"}"), -32602, "params",
      "encoder[0].type", "\"dense\""),
    BadInput(
      "a layer that is not in a list", after: [binary], alone("{\"type\":\"dense\"}"), -32602,
      "params", "encoder", "a list of one is [{\"type\":\"dense\"}]"),
    BadInput(
      "a layer's name that is not in a list", after: [binary], alone("\"dense\""), -32602, "params",
      "encoder", "write {\"type\": \"dense\"}"),
    BadInput(
      "a layer of no width", after: [binary], build(encoder: "{\"type\":\"dense\",\"units\":0}"),
      -32602, "params", "encoder[0].units", "from 1 to"),
    BadInput(
      "layers by their names alone", after: [binary], build(encoder: "\"dense\""), -32602, "params",
      "encoder[0]", "write {\"type\": \"dense\"}"),
    BadInput(
      "an encoder of half the width", after: [binary],
      build(encoder: "{\"type\":\"dense\",\"units\":2}"),
      1101, "shape", "encoder[0]", "needs 4 values"),
    BadInput(
      "a decoder of the wrong width", after: [binary],
      build(
        decoder:
          "{\"type\":\"dense\",\"units\":9},{\"type\":\"tanh\"},{\"type\":\"dense\",\"units\":784}"),
      1101, "shape", "decoder[2]", "needs 196 values"),
    BadInput(
      "a parameter twice", after: model,
      call("model.parameters", "\"model\":\"m\",\"names\":[\"decoder.0.bias\",\"decoder.0.bias\"]"),
      -32602,
      "params", "names[1]", "twice"),
    BadInput("a model of that name", after: model, build(), 1002, "nameInUse", "name", "replace"),
    BadInput(
      "latents of another width", after: model,
      call("model.decode", "\"model\":\"m\",\"latent\":[[1,2,3]]"),
      1101, "shape", "latent", "2 latents"),
    BadInput(
      "lists of different lengths", after: model,
      call("model.decode", "\"model\":\"m\",\"latent\":[[1,2],[3]]"), -32602, "params", "latent[1]",
      "throughout"),
    BadInput(
      "zero draws", after: model, call("model.sample", "\"model\":\"m\",\"count\":0"), -32602,
      "params", "count", "from 1"),
    BadInput(
      "rows of the wrong width", after: model,
      call("evaluate.elbo", "\"model\":\"m\",\"input\":[[1,0]]"),
      1101, "shape", "input", "[14, 14]"),
    BadInput(
      "data of another shape", after: model + [load(digits)],
      call("evaluate.elbo", "\"model\":\"m\",\"data\":\"new\""), 1101, "shape", "data", "transforms"
    ),
    BadInput(
      "grey levels under Bernoulli", after: model + [grey],
      call("evaluate.elbo", "\"model\":\"m\",\"data\":\"grey\""), 1102, "support", "data",
      "binarize"),
    BadInput(
      "zero samples", after: model,
      call("evaluate.likelihood", "\"model\":\"m\",\"data\":\"b\",\"samples\":0"), -32602, "params",
      "samples", "from 1"),
    BadInput(
      "a negative seed", after: model,
      call("evaluate.elbo", "\"model\":\"m\",\"data\":\"b\",\"seed\":-1"),
      -32602, "params", "seed", "from 0"),
    BadInput(
      "draws that no memory holds",
      after: [binary, build(decoder: "{\"type\":\"dense\",\"units\":65536},{\"type\":\"dense\"}")],
      call(
        "evaluate.gradient",
        "\"model\":\"m\",\"data\":\"b\",\"objective\":{\"type\":\"importance\",\"samples\":10000,\"outer\":1000}"
      ), 1401, "memory", "objective", "fewer samples"),
    BadInput(
      "a file in no folder", after: model,
      call("model.save", "\"model\":\"m\",\"path\":\"\(files("none/m.safetensors"))\""), 1302, "io",
      "path", "No such file"),
    BadInput(
      "a model from a text", call("model.load", "\"path\":\"\(files("text"))\""), 1303, "badFile",
      "path",
      "text"),
  ]
}
