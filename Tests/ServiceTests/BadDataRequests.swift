/// Data that cannot be loaded or found.
extension BadInputs {
  static let data: [BadInput] = [
    BadInput(
      "a type alone", call("data.load", "\"source\":\"strokes\""), -32602, "params", "source",
      "write {\"type\": \"strokes\"}"),
    BadInput(
      "an unknown type", load("\"type\":\"stroke\""), -32602, "params", "source.type", "\"strokes\""
    ),
    BadInput(
      "a type that is nothing like any", load("\"type\":\"wine\""), -32602, "params", "source.type",
      "known: array, "),
    BadInput(
      "a source without type", load("\"count\":3"), -32602, "params", "source.type",
      "without a type"),
    BadInput(
      "a wrong type", load("\"type\":\"strokes\",\"count\":\"many\""), -32602, "params",
      "source.count", "expected an integer"),
    BadInput(
      "half a digit", load("\"type\":\"strokes\",\"count\":2.5"), -32602, "params", "source.count",
      "got 2.5"),
    BadInput(
      "out of range", load("\"type\":\"strokes\",\"count\":0"), -32602, "params", "source.count",
      "from 1"),
    BadInput(
      "a name with a space", call("data.load", "\"name\":\"a b\",\"source\":{\(digits)}"), -32602,
      "params", "name", "1 to 64"),
    BadInput(
      "a name in use", after: [load(digits)], load(digits), 1002, "nameInUse", "name", "replace"),
    BadInput(
      "a file that is elsewhere", load("\"type\":\"npy\",\"path\":\"no/such.npy\""), 1302, "io",
      "source.path", "relative paths start from the folder"),
    BadInput("a missing file", images("nowhere"), 1302, "io", "source.images", "No such file"),
    BadInput("a folder", images(""), 1302, "io", "source.images", "folder"),
    BadInput("an empty file", images("empty"), 1303, "badFile", "source.images", "truncated"),
    BadInput("a text", images("text"), 1303, "badFile", "source.images", "byte 0"),
    BadInput("truncated IDX", images("short"), 1303, "badFile", "source.images", "truncated"),
    BadInput(
      "IDX that goes on", images("long"), 1303, "badFile", "source.images", "data continues after"),
    BadInput("extents past the file", images("vast"), 1303, "badFile", "source.images", "product"),
    BadInput("labels for images", images("labels"), 1303, "badFile", "source.images", "extents"),
    BadInput("truncated gzip", images("short.gz"), 1303, "badFile", "source.images", "short.gz"),
    BadInput("corrupt gzip", images("corrupt.gz"), 1303, "badFile", "source.images", "corrupt"),
    BadInput(
      "fewer labels than images", images("images", ",\"labels\":\"\(files("labels-19"))\""), 1303,
      "badFile", "source.labels", "19 labels for 20 images"),
    BadInput(
      "a digit with too few images",
      load(digits, "\"transforms\":[{\"type\":\"perClass\",\"count\":2}]"), -32602, "params",
      "transforms[0].count", "only 1"),
    BadInput(
      "classes without labels",
      call(
        "data.load",
        "\"source\":{\"type\":\"idx\",\"images\":\"\(files("images"))\"},"
          + "\"transforms\":[{\"type\":\"perClass\",\"count\":1}]"), -32602, "params",
      "transforms[0]", "needs labels"),
    BadInput(
      "a misspelt option",
      load(digits, "\"transforms\":[\(half),{\"type\":\"binarize\",\"treshold\":1}]"),
      -32602, "params", "transforms[1].treshold", "\"threshold\""),
    BadInput(
      "an empty validation", load(digits, "\"split\":{\"validation\":0}"), -32602, "params",
      "split.validation", "above 0"),
    BadInput(
      "a fraction of no row", load(digits, "\"split\":{\"validation\":0.01}"), -32602, "params",
      "split.validation", "no row of 10"),
    BadInput(
      "nothing left to train on", load(digits, "\"split\":{\"validation\":10}"), -32602, "params",
      "split.validation", "leave no row"),
    BadInput(
      "unknown data", after: [binary], call("data.info", "\"data\":\"bb\""), 1001, "unknownName",
      "data", "\"b\""),
    BadInput(
      "a row that is not there", after: [binary],
      call("data.get", "\"data\":\"b\",\"indices\":[3,20]"),
      -32602, "params", "indices[1]", "from 0 to 19"),
    BadInput(
      "a split that is not there", after: [binary],
      call("data.get", "\"data\":\"b\",\"split\":\"test\""), 1001, "unknownName", "split",
      "\"split\""),
  ]
}
