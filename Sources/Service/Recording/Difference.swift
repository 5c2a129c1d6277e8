/// Where two messages differ first.
struct Difference: Equatable {
  /// "result.elbo".
  var path: String
  var expected: String
  var got: String
  /// How far two numbers are apart, relative to the larger, or to the largest of their list.
  var relative: Double?
}
