import Tensors

/// What the layers of a flow keep for each draw, layer by layer; behind the last layer there is room to work in.
struct FlowCache {
  let layers: Int
  let latent: Int
  let units: Int
  let draws: Int
  let base: UnsafeMutablePointer<Float>

  init(_ pass: LatentPass, layers: Int, latent: Int, units: Int) {
    (self.layers, self.latent, self.units) = (layers, latent, units)
    (draws, base) = (pass.cache.rows, pass.cache.base)
  }

  static func perDraw(layers: Int, latent: Int, units: Int) -> Int {
    (layers + 1)
      * (Block.stride(for: latent) + Block.stride(for: units) + Block.stride(for: 2 * latent))
  }

  private func block(_ index: Int, _ columns: Int, behind floats: Int) -> Block {
    let stride = Block.stride(for: columns)
    let start = base + draws * ((layers + 1) * floats + index * stride)
    return Block(start, rows: draws, columns: columns, stride: stride)
  }

  /// (draws, latent)
  func state(_ layer: Int) -> Block { block(layer, latent, behind: 0) }
  /// (draws, units)
  func hidden(_ layer: Int) -> Block { block(layer, units, behind: Block.stride(for: latent)) }
  /// (draws, 2 outputs)
  func output(_ layer: Int, _ outputs: Int) -> Block {
    let floats = Block.stride(for: latent) + Block.stride(for: units)
    return block(layer, 2 * latent, behind: floats).columns(0..<2 * outputs)
  }
}
