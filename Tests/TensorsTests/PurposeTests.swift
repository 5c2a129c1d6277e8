import Testing

@testable import Tensors

@Suite("Streams of random numbers")
struct PurposeTests {
  @Test("No two purposes share a stream, and every stream fits into a key")
  func disjoint() {
    let streams = Purpose.allCases.flatMap { Array($0.streams) }
    #expect(Set(streams).count == streams.count)
    #expect(streams.allSatisfy { $0 < Purpose.allStreams })
  }

  @Test("Every layer of every stack has numbers of its own")
  func layers() {
    let purposes: [Purpose] = [.encoderLayers, .encodedInputLayers, .decoderLayers]
    let keys = purposes.flatMap { purpose in
      (0..<Purpose.mostLayers).map { layer in
        let (stream, part) = purpose.stream(of: layer)
        return stream << 4 | part
      }
    }
    #expect(Set(keys).count == keys.count)
  }

  @Test(
    "A layer past the last stream draws other numbers than those before it",
    arguments: [(Purpose.encoderLayers, 256), (.decoderLayers, 512)])
  func parts(_ purpose: Purpose, _ layer: Int) {
    let draws = [0, 1, layer, layer + 1, 2 * layer].map { draw(purpose, layer: $0) }
    #expect(Set(draws).count == draws.count)
    #expect(!draws.contains(draw(.posterior, layer: 0)))
  }

  private func draw(_ purpose: Purpose, layer: Int) -> [Float] {
    var values = [Float](repeating: 0, count: 8)
    values.withUnsafeMutableBufferPointer { values in
      guard let base = values.baseAddress else { return }
      Random(seed: 1, purpose, layer: layer).uniform(
        into: Block(base, rows: 1, columns: 8), rows: [0])
    }
    return values
  }
}
