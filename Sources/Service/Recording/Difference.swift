/// The first difference between two messages.
struct Difference: Equatable {
  /// Such as "result.elbo".
  var path: String
  var expected: String
  var got: String
  /// The difference of two numbers, relative to the larger, or to the largest of their list.
  var relative: Double?
}
