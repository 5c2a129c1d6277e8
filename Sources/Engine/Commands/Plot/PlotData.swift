import Declarations
import JSON
import Pictures

enum PlotData: Command {
  static let method = "plot.data"
  static let effect = Effect.writes
  static let faults: [Fault.Kind] = [.resultTooLarge, .shape, .support]
  static let summary = "Draws a grid of rows of a data set; the first 64 by default."

  struct Params: Described {
    var rows = RowSelection()
    var file = GridFile()
    static let fields: [Field<Params>] =
      Field.all(of: \.rows) + Field.all(of: \.file)
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> PictureReply
  {
    var found = try params.rows.resolve(in: session)
    found.rows = params.rows.limited(found.rows, to: 64)
    let grid = try Grid(found.values(call.checkStop))
    let rows = stride(from: 0, to: found.rows.count, by: grid.columns).map {
      "row \(found.rows[$0])"
    }
    return try params.file.reply(grid, call, title: params.rows.phrase, rows: rows)
  }
}
