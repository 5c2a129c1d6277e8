/// A point in a panel, in the units of the axes.
struct Point: Equatable {
  var x: Double
  var y: Double
}
