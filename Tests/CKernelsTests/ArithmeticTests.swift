import CKernels
import Testing

private let counts = [0, 1, 3, 15, 16, 17, 31, 33, 196, 1000]

@Suite struct ArithmeticTests {
  @Test(arguments: counts) func elementwise(_ count: Int) {
    var noise = Noise()
    let x = noise.array(count)
    let z = noise.array(count)
    var y = z
    elbo_add(count, x, &y)
    #expect(y == zip(x, z).map { $1 + $0 })
    y = z
    elbo_scale(count, 3.7, &y)
    #expect(y == z.map { $0 * 3.7 })
    elbo_multiply(count, x, z, &y)
    #expect(y == zip(x, z).map { $0 * $1 })
    y = z
    y.withUnsafeMutableBufferPointer { elbo_multiply(count, x, $0.baseAddress, $0.baseAddress) }
    #expect(y == zip(x, z).map { $0 * $1 })
  }

  @Test(arguments: counts) func sumOfSquares(_ count: Int) {
    var noise = Noise(2)
    let x = noise.array(count)
    let exact = x.reduce(0.0) { $0 + Double($1) * Double($1) }
    #expect(abs(elbo_sum_of_squares(1, count, count, x) - exact) <= exact * 1e-13)
  }

  @Test func sumOfSquaresOfHugeValuesIsFinite() {
    let x = [Float](repeating: 1e30, count: 100)
    let exact = 100 * Double(Float(1e30)) * Double(Float(1e30))
    #expect(abs(elbo_sum_of_squares(1, 100, 100, x) - exact) <= exact * 1e-13)
    let largest = [Float](repeating: .greatestFiniteMagnitude, count: 1000)
    #expect(elbo_sum_of_squares(1, 1000, 1000, largest).isFinite)
  }

  /// Values between the rows are ignored.
  @Test func squaresOfRowsApart() {
    for (rows, columns, stride) in [(1, 5, 5), (3, 5, 16), (4, 33, 48), (2, 64, 80)] {
      var x = [Float](repeating: .nan, count: rows * stride)
      var exact = 0.0
      for row in 0..<rows {
        for column in 0..<columns {
          let value = Float(row * 7 + column) / 3 - 4
          x[row * stride + column] = value
          exact += Double(value) * Double(value)
        }
      }
      #expect(abs(elbo_sum_of_squares(rows, columns, stride, x) - exact) <= exact * 1e-13)
    }
  }

  @Test func oneEntryThatIsNotFiniteShows() {
    for count in [1, 16, 21, 48, 50] {
      for place in 0..<count {
        for bad in [Float.infinity, -.infinity, .nan] {
          var x = [Float](repeating: 1, count: count)
          x[place] = bad
          let sum = elbo_sum_of_squares(1, count, count, x)
          #expect(!sum.isFinite, "\(bad) at \(place) of \(count)")
        }
      }
    }
  }

  @Test(arguments: counts, [0, 1, 2, 8]) func sumOfLanes(_ count: Int, _ lanes: Int) {
    var noise = Noise(3)
    let x = (0..<lanes).map { _ in noise.array(count) }
    let exact = (0..<count).map { i in
      lanes == 0 ? 0 : x[1...].reduce(x[0][i]) { $0 + $1[i] }
    }
    var out = [Float](repeating: -7, count: count + 5)
    let blocks = x.map { lane in
      let block = UnsafeMutablePointer<Float>.allocate(capacity: max(count, 1))
      block.initialize(from: lane, count: count)
      return block
    }
    defer { for block in blocks { block.deallocate() } }
    let squares = elbo_sum_lanes(count, lanes, blocks.map { UnsafePointer($0) }, &out)
    #expect(Array(out[..<count]) == exact)
    #expect(out[count...].allSatisfy { $0 == -7 })
    #expect(squares == elbo_sum_of_squares(1, count, count, exact))
    guard let first = blocks.first else { return }
    let inPlace = elbo_sum_lanes(count, lanes, blocks.map { UnsafePointer($0) }, first)
    #expect(Array(UnsafeBufferPointer(start: first, count: count)) == exact)
    #expect(inPlace == squares)
  }
}
