import Declarations
import JSON
import Layers
import Tensors

/// The layout of dense layers' weights in an array: y = x W takes (inputs, outputs), PyTorch's y =
/// x W^T takes (outputs, inputs).
///
/// It applies to matrices whose role is `weight`, such as `encoder.0.weight`,
/// `encoder.0.gateWeight` and `posterior.0.hidden.weight`. Kernels of convolutions have PyTorch's
/// layout: (outputs, inputs, height, width), and (inputs, outputs, height, width) for transposed
/// ones.
package enum WeightLayout: String, Word {
  case elbo, torch
}

extension Model {
  /// Returns the arrays with weights of the other layout transposed to (inputs, outputs).
  ///
  /// Throws `shape` if a weight fits only in the other layout. `isForeign` says that another
  /// program wrote the file: then a square weight without a layout is refused with `params`, since
  /// its shape does not show the layout.
  package func arranged(
    _ given: [(name: String, tensor: Tensor)], _ layout: WeightLayout?, isForeign: Bool,
    at member: String
  ) throws(Fault) -> [(name: String, tensor: Tensor)] {
    let specs = Dictionary(arrays.map { ($0.name, $0.store.specs[$0.index]) }) { first, _ in first }
    return try given.map { (name, tensor) throws(Fault) in
      let extents = tensor.shape.extents
      guard extents.count == 2, let spec = specs[name], spec.role == .weight else {
        return (name, tensor)
      }
      let shape = spec.shape
      let isAsGiven = layout != .torch
      if extents[0] != extents[1], shape.extents == (isAsGiven ? extents.reversed() : extents) {
        throw Self.otherWay(name, shape, tensor.shape, isAsGiven, at: member)
      }
      if layout == nil, isForeign, shape == tensor.shape, extents[0] == extents[1],
        tensor.transposed != tensor
      {
        throw Self.undecided(name, tensor.shape)
      }
      return (name, isAsGiven ? tensor : tensor.transposed)
    }
  }

  private static func otherWay(
    _ name: String, _ shape: Shape, _ got: Shape, _ isAsGiven: Bool, at member: String
  ) -> Fault {
    let expected = isAsGiven ? shape : Shape(Array(shape.extents.reversed()))
    return Fault(
      .shape, "\"\(name)\" has shape \(expected)\(isAsGiven ? "" : " in PyTorch"), got \(got)",
      path: "\(member).\(name)", expected: "\(expected)", got: "\(got)",
      hint: isAsGiven
        ? "a weight of PyTorch is (outputs, inputs): \"layout\": \"torch\" turns it"
        : "it is (inputs, outputs) already: \"layout\": \"elbo\" takes it as it is")
  }

  private static func undecided(_ name: String, _ shape: Shape) -> Fault {
    Fault(
      .params,
      "\"\(name)\" of shape \(shape) is square and was written by another program: is it (inputs, outputs) or (outputs, inputs)?",
      path: "layout", expected: WeightLayout.schema.phrase, got: "nothing",
      hint:
        "PyTorch's weights are (outputs, inputs): \"layout\": \"torch\"; \"elbo\" takes them as they are"
    )
  }
}

extension Tensor {
  /// The matrix with rows and columns exchanged.
  fileprivate var transposed: Tensor {
    let (rows, columns) = (shape.extents[0], shape.extents[1])
    var turned = Tensor(zeros: [columns, rows])
    for row in 0..<rows {
      for column in 0..<columns {
        turned.values[column * rows + row] = values[row * columns + column]
      }
    }
    return turned
  }
}

extension SafeTensors {
  /// The format of a file that contains named arrays only.
  package static let arraysFormat = "elbo arrays 1"

  /// Whether the file does not say that this program wrote it.
  package var isForeign: Bool { note("format")?.hasPrefix("elbo ") != true }
}
