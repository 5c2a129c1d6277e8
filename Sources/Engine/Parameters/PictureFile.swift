import Declarations
import JSON
import Pictures

/// The file of a plot.
struct PictureFile: Described {
  var path: String?
  var replace = false

  static let fields: [Field<PictureFile>] = [
    Field(
      "path", \.path, "The file: .png, .svg or .pdf; if left out, the reply holds a PNG.",
      faults: .file),
    .replace(\.replace),
  ]
}

/// The file of a grid of images, and what is drawn into it.
struct GridFile: Described {
  var file = PictureFile()
  var words = true

  static let fields: [Field<GridFile>] =
    [
      Field("words", \.words, "Whether a title and names of the rows are drawn beside the images.")
    ] + Field.all(of: \.file)

  /// Returns the reply with the picture of a grid; `rows` names its rows of cells.
  func reply(
    _ grid: Grid, _ call: Call, title: String, rows: [String] = [], notFinite: Int? = nil
  ) throws(Fault) -> PictureReply {
    var grid = grid
    if words { (grid.title, grid.rowNames) = (title, rows) }
    return try PictureReply(file, call, notFinite: notFinite) { [grid] (format) throws(Fault) in
      try grid.picture(format)
    }
  }
}

/// The file of a chart, and what draws it.
struct ChartFile: Described {
  var file = PictureFile()
  var renderer = Chart.Renderer.builtIn

  static let fields: [Field<ChartFile>] =
    [
      Field(
        "renderer", \.renderer,
        "What draws the chart: this program, or gnuplot, if it is installed.")
    ] + Field.all(of: \.file)

  /// Returns the reply with the picture of a chart.
  func reply(
    _ chart: Chart, in session: Session, _ call: Call, notFinite: Int? = nil
  ) throws(Fault) -> PictureReply {
    if renderer == .gnuplot, session.configuration.sandbox != nil {
      throw Fault(
        .missingProgram, "the sandbox starts no program", path: "renderer",
        expected: "\"\(Chart.Renderer.builtIn.rawValue)\"", got: "\"\(renderer.rawValue)\"",
        hint: "leave \"renderer\" out")
    }
    return try PictureReply(file, call, notFinite: notFinite) { (format) throws(Fault) in
      try chart.picture(format, by: renderer, checkpoint: call.checkStop)
    }
  }
}

extension RowSelection {
  /// The rows in the title of a picture.
  var phrase: String {
    guard let data else { return "the rows given" }
    return split.map { "\(data), \($0)" } ?? data
  }
}

extension Double {
  /// The number to a hundredth, in the words of a picture.
  var hundredths: String {
    let text = "\((magnitude * 100).rounded() / 100)"
    let short = text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    return self < 0 && short != "0" ? "−" + short : short
  }
}
