import JSON
import Tensors

extension Tensor {
  /// Throws `support` for NaN and infinities, with row and column, as a likelihood does.
  func requireFinite(at member: String) throws(Fault) {
    guard let place = values.firstIndex(where: { !$0.isFinite }) else { return }
    let value = JSON.float(values[place]).line
    throw Fault(
      .support, "row \(place / width), column \(place % width): \(value) is not a finite number",
      path: member, expected: "a finite number", got: value, hint: "check the data")
  }
}
