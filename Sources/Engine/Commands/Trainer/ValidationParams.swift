import Declarations
import JSON

/// The validation of a trainer while it runs.
struct ValidationParams: Described {
  var rows = RowSelection()
  var every = 100
  var samples = 1

  static let fields: [Field<ValidationParams>] =
    RowSelection.fields.filter { $0.name != "input" }.map { $0.lifted(to: \.rows) } + [
      Field("every", \.every, "Updates between two validations.", .count(from: 1)),
      Field("samples", \.samples, "Samples of z for each row.", .from(1, to: 100_000)),
    ]
}
