import JSON
import Tensors

/// An activation without options: the same function of every number, with its gradient computed from the output, so that it
/// works in place.
protocol Activation: SimpleLayerModule {
  static func forward(_ count: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>)
  static func backward(
    _ count: Int, _ y: UnsafePointer<Float>, _ dy: UnsafePointer<Float>,
    _ dx: UnsafeMutablePointer<Float>)
}

extension Activation {
  public static var keepsShape: Bool { true }
  public static var fields: [Field<Self>] { [] }

  public func layer(input: Shape, needed: Int?) throws(Fault) -> any Layer {
    ActivationLayer<Self>(output: input)
  }
}

struct ActivationLayer<Function: Activation>: Layer {
  let output: Shape
  var readsInput: Bool { false }

  func forward(_ x: Block, into y: Block, _ pass: Pass) {
    each(x, y) { Function.forward($0, x.row($1), y.row($1)) }
  }

  func backward(_ dy: Block, x: Block, y: Block, into dx: Block?, _ pass: Pass) {
    guard let dx else { return }
    each(dy, dx) { Function.backward($0, y.row($1), dy.row($1), dx.row($1)) }
  }

  /// One flat call where the blocks have the same padding (an arena's have), else row by row.
  private func each(_ a: Block, _ b: Block, _ work: (Int, Int) -> Void) {
    if a.stride == b.stride {
      work(a.rows * a.stride, 0)
    } else {
      for row in 0..<a.rows { work(a.columns, row) }
    }
  }
}
