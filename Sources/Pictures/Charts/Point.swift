/// A place in a panel, in the axes' own numbers.
struct Point: Equatable {
  var x: Double
  var y: Double
}
