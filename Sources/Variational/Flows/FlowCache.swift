import Declarations
import Tensors

/// The values that a flow's layers keep for each draw, layer by layer; after the last layer there
/// is scratch space.
struct FlowCache {
  private let states, hiddens, outputs: Block
  private let draws: Int

  /// The parts of a draw's row.
  struct Parts {
    fileprivate let states, hiddens, outputs: Carving.Segment
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
