import Testing

@testable import Tensors

/// The parts of a row: their places, and that none lies beyond the end of its block.
@Suite struct Carvings {
  @Test func partsFollowEachOther() throws {
    var carving = Carving()
    let parts = [carving.packed(2, 3), carving.block(1, 17), carving.packed(1, 5)]
    let doubles = carving.doubles(4)
    #expect(carving.count == 16 + 32 + 16 + 8)
    var layout = Arena.Layout()
    let place = layout.block(rows: 3, columns: carving.count)
    let arena = try Arena(layout)
    let whole = arena.block(place)
    let blocks = parts.map { $0.block(in: whole) }
    // Each part has its rows of all rows, after those of the parts before it.
    #expect(blocks.map { $0.base - whole.base } == [0, 3 * 16, 3 * 48])
    #expect(blocks.map(\.rows) == [6, 3, 3] && blocks.map(\.columns) == [3, 17, 5])
    #expect(blocks.map(\.stride) == [3, 32, 5])
    let row = whole.first(1)
    let numbers = UnsafeMutableRawPointer(doubles.doubles(in: row))
    #expect(numbers == UnsafeMutableRawPointer(row.base + 64))
  }

  /// Nothing is written past the end: the program ends, in an optimised build too.
  @Test func aPartBehindTheEndTraps() async {
    await #expect(processExitsWith: .failure) {
      var carving = Carving()
      _ = carving.packed(1, 16)
      let part = carving.packed(1, 5)
      var layout = Arena.Layout()
      let place = layout.block(rows: 1, columns: 20)
      _ = part.block(in: try Arena(layout).block(place))
    }
    // With one number more there is room.
    await #expect(processExitsWith: .success) {
      var carving = Carving()
      _ = carving.packed(1, 16)
      let part = carving.packed(1, 5)
      var layout = Arena.Layout()
      let place = layout.block(rows: 1, columns: 21)
      _ = part.block(in: try Arena(layout).block(place))
    }
  }

  @Test func numbersOfTwoWordsInSeveralRowsTrap() async {
    await #expect(processExitsWith: .failure) {
      var carving = Carving()
      let part = carving.doubles(4)
      var layout = Arena.Layout()
      let place = layout.block(rows: 2, columns: carving.count)
      _ = part.doubles(in: try Arena(layout).block(place))
    }
  }
}
