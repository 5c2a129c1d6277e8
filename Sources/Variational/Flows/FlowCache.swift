import Declarations
import Tensors

/// What the layers of a flow keep for each draw, layer by layer; behind the last layer there is
/// room to work in.
struct FlowCache {
  private let states, hiddens, outputs: Block
  private let draws: Int

  /// What a draw's row is cut into.
  struct Parts {
    fileprivate let states, hiddens, outputs: Carving.Part
    let count: Int

    init(layers: Int, latent: Int, units: Int) {
      var carving = Carving()
      states = carving.block(layers + 1, latent)
      hiddens = carving.block(layers + 1, units)
      outputs = carving.block(layers + 1, 2 * latent)
      count = carving.count
    }
  }

  init(_ pass: LatentPass, _ parts: Parts) {
    draws = pass.cache.rows
    states = parts.states.block(in: pass.cache)
    hiddens = parts.hiddens.block(in: pass.cache)
    outputs = parts.outputs.block(in: pass.cache)
  }

  private func rows(_ layer: Int) -> Range<Int> { layer * draws..<(layer + 1) * draws }

  /// (draws, latent)
  func state(_ layer: Int) -> Block { states.rows(rows(layer)) }
  /// (draws, units)
  func hidden(_ layer: Int) -> Block { hiddens.rows(rows(layer)) }
  /// (draws, 2 outputs)
  func output(_ layer: Int, _ outputs: Int) -> Block {
    self.outputs.rows(rows(layer)).columns(0..<2 * outputs)
  }
}
