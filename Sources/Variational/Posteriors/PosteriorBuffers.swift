import JSON
import Layers
import Tensors

/// The memory of a model's posterior for the rows of one shard.
final class PosteriorBuffers {
  private let model: Model
  private let arena: Arena
  private let rowCache: Block
  private let cache: Block
  private let scratch: Block

  /// Allocates room for `rows` examples with `samples` draws each. Throws `memory`.
  init(_ model: Model, rows: Int, samples: Int) throws(Fault) {
    self.model = model
    let posterior = model.posterior
    var layout = Arena.Layout()
    let places = [
      layout.block(rows: rows, columns: posterior.cachePerRow),
      layout.block(rows: rows * samples, columns: posterior.cachePerDraw),
      layout.block(rows: 1, columns: posterior.scratch),
    ]
    arena = try Arena(layout, for: "what the posterior keeps of \(rows) rows")
    rowCache = arena.block(places[0])
    cache = arena.block(places[1])
    scratch = arena.block(places[2])
  }

  /// Returns the posterior's arguments. `gradients` are those of the whole model; nil if they are
  /// not wanted.
  func pass(
    rows: Int, samples: Int, gradients: UnsafePointer<Block>? = nil, isFresh: Bool = true
  ) -> LatentPass {
    precondition(
      rows <= rowCache.rows && rows * samples <= cache.rows, "more draws than there is room for")
    return LatentPass(
      parameters: model.parameters.blocks + model.posteriorParameters.lowerBound,
      gradients: gradients.map { $0 + model.posteriorParameters.lowerBound },
      isFresh: isFresh, rowCache: rowCache.first(rows), cache: cache.first(rows * samples),
      scratch: scratch, encoded: rowCache.first(0), encodedGradient: rowCache.first(0))
  }
}
