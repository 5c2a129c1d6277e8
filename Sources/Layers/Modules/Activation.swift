import Declarations
import JSON
import Tensors

/// An activation: the same function of every number.
public protocol Activation: SimpleLayerModule {
  /// Whether the gradient is computed from x; otherwise from y, and the activation works in place.
  static var derivesFromInput: Bool { get }
  /// Writes y = f(x) for `count` numbers; y may be x.
  func forward(_ count: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>)
  /// Overwrites dx, which may be dy, with dy f'(x); `from` is x or y, as `derivesFromInput` says.
  func backward(
    _ count: Int, _ from: UnsafePointer<Float>, _ dy: UnsafePointer<Float>,
    _ dx: UnsafeMutablePointer<Float>)
}

extension Activation {
  public static var keepsShape: Bool { true }
  public static var derivesFromInput: Bool { false }
  public static var fields: [Field<Self>] { [] }

  public func layer(input: Shape, needed: Int?) throws(Fault) -> any Layer {
    ActivationLayer(output: input, function: self)
  }
}

extension LayerKind {
  /// Returns one of every registered activation. Throws what decoding its example throws.
  public static func activations() throws(Fault) -> [any Activation] {
    try registry.samples().compactMap { $0 as? any Activation }
  }
}

struct ActivationLayer<Function: Activation>: Layer {
  let output: Shape
  let function: Function

  var readsInput: Bool { Function.derivesFromInput }
  var readsOutput: Bool { !Function.derivesFromInput }

  func forward(_ x: Block, into y: Block, _ pass: Pass) {
    each(x, y) { function.forward($0, x.row($1), y.row($1)) }
  }

  func backward(_ dy: Block, x: Block, y: Block, into dx: Block?, _ pass: Pass) {
    guard let dx else { return }
    let from = Function.derivesFromInput ? x : y
    each(dy, dx) { function.backward($0, from.row($1), dy.row($1), dx.row($1)) }
  }

  /// Makes one flat call if the blocks have the same padding, as an arena's do, else one per row.
  private func each(_ a: Block, _ b: Block, _ work: (Int, Int) -> Void) {
    if a.stride == b.stride, a.stride % 16 == 0 {
      work(a.rows * a.stride, 0)
    } else {
      for row in 0..<a.rows { work(a.columns, row) }
    }
  }
}
