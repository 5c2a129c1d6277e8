/// Trainings and mean-field distributions that cannot be.
extension BadInputs {
  static let trainers: [BadInput] = [
    BadInput(
      "grey levels in a training", after: model + [grey],
      call("trainer.create", "\"model\":\"m\",\"data\":\"grey\""), 1102, "support", "data",
      "relaxed"),
    BadInput(
      "an objective of zero samples", after: model,
      call(
        "trainer.create",
        "\"model\":\"m\",\"data\":\"b\",\"objective\":{\"type\":\"elbo\",\"samples\":0}"),
      -32602, "params", "objective.samples", "from 1"),
    BadInput(
      "a validation without a split", after: model,
      call("trainer.create", "\"model\":\"m\",\"data\":\"b\",\"validation\":{\"every\":10}"),
      -32602,
      "params", "validation.data", "\"split\""),
    BadInput(
      "a batch of none", after: model,
      call("trainer.create", "\"model\":\"m\",\"data\":\"b\",\"batch\":0"),
      -32602, "params", "batch", "from 1"),
    BadInput(
      "an unknown trainer", after: trainer, call("trainer.step", "\"trainer\":\"tt\""), 1001,
      "unknownName", "trainer", "\"t\""),
    BadInput(
      "no updates", after: trainer, call("trainer.step", "\"trainer\":\"t\",\"updates\":0"), -32602,
      "params", "updates", "from 1"),
    BadInput(
      "two measures", after: trainer,
      call("trainer.step", "\"trainer\":\"t\",\"updates\":1,\"epochs\":1"),
      -32602, "params", "epochs", "updates and epochs"),
    BadInput(
      "a step of a trainer that runs",
      after: trainer + [call("trainer.start", "\"trainer\":\"t\",\"updates\":1000000")],
      call("trainer.step", "\"trainer\":\"t\""), 1003, "wrongState", "trainer", "trainer.stop"),
    BadInput(
      "curves of nothing", after: trainer, call("plot.curves", "\"trainer\":\"t\""), 1003,
      "wrongState", "trainer", "trainer.step"),
    BadInput(
      "a validation chart of nothing", after: trainer + [call("trainer.step", "\"trainer\":\"t\"")],
      call("plot.validation", "\"trainer\":\"t\""), 1003, "wrongState", "trainer", "validation"),
    BadInput(
      "a picture of no known ending", after: model,
      call("plot.samples", "\"model\":\"m\",\"path\":\"x.gif\""), -32602, "params", "path", ".png"),
    BadInput(
      "a trainer on other data",
      after: trainer + [
        others, call("trainer.save", "\"trainer\":\"t\",\"path\":\"\(files("t.safetensors"))\""),
      ],
      call("trainer.load", "\"path\":\"\(files("t.safetensors"))\",\"data\":\"others\""), 1003,
      "wrongState", "data", "force"),
    BadInput(
      "a trainer from a model's file",
      after: model + [call("model.save", "\"model\":\"m\",\"path\":\"\(files("m.safetensors"))\"")],
      call("trainer.load", "\"path\":\"\(files("m.safetensors"))\",\"data\":\"b\""), 1303,
      "badFile",
      "path", "elbo model"),
  ]

  static let distributions: [BadInput] = [
    BadInput(
      "a table of the wrong length", energy(3, "0,1"), -32602, "params", "energy.values",
      "8 energies"),
    BadInput(
      "an energy that is not a number", energy(1, "\"NaN\",1"), -32602, "params",
      "energy.values[0]", "NaN"),
    BadInput(
      "all states forbidden", energy(1, "\"Infinity\",\"Infinity\""), -32602, "params",
      "energy.values",
      "forbidden"),
    BadInput(
      "a negative beta", energy(1, "0,1", ",\"beta\":-1"), -32602, "params", "beta", "from 0"),
    BadInput(
      "too many states to enumerate", after: [huge],
      call("meanField.exact", "\"distribution\":\"d\""),
      1103, "tooLarge", "distribution", "meanField.fit"),
    BadInput(
      "an unknown family", after: [huge],
      call("meanField.fit", "\"distribution\":\"d\",\"family\":\"own\""), -32602, "params",
      "family",
      "\"independent\", \"shared\""),
  ]
}
