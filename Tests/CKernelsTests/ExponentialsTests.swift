import CKernels
import Glibc
import Testing

private let exponentials = Array(functions.prefix(2))

@Suite struct ExponentialsTests {
  @Test func dispatchSaysWhatItChose() {
    let known = ["x86-64-v4", "x86-64-v3", "x86-64", "aarch64", "portable"]
    #expect(known.contains(String(cString: elbo_simd())))
  }

  @Test(arguments: exponentials) func elementDoesNotDependOnItsPlace(_ function: FunctionCase) {
    var noise = Noise()
    let x = noise.array(67, scale: 12) + [0, -100, 0x1p-130, 200]
    let alone = x.map { function([$0])[0].bitPattern }
    for start in 0..<20 {
      for end in start...x.count where end - start < 40 || end == x.count {
        #expect(bits(function(Array(x[start..<end]))) == Array(alone[start..<end]))
      }
    }
  }

  @Test(arguments: exponentials) func outputMayBeTheInput(_ function: FunctionCase) {
    var noise = Noise(2)
    for count in [0, 1, 4, 15, 16, 17, 196] {
      var x = noise.array(count, scale: 5)
      let apart = function(x)
      x.withUnsafeMutableBufferPointer { function.kernel(count, $0.baseAddress, $0.baseAddress) }
      #expect(bits(x) == bits(apart))
    }
  }

  @Test(arguments: exponentials) func nothingBehindTheEndIsTouched(_ function: FunctionCase) {
    let x = [Float](repeating: 0.5, count: 64)
    for count in 0...33 {
      var y = [Float](repeating: -7, count: 64)
      function.kernel(count, x, &y)
      #expect(y[count...].allSatisfy { $0 == -7 })
    }
  }

  /// Reading past the end would touch a page that cannot be read, and kill the test.
  @Test func nothingBehindTheEndIsRead() throws {
    let page = sysconf(Int32(_SC_PAGESIZE))
    let memory = try #require(
      mmap(nil, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
    defer { munmap(memory, 2 * page) }
    try #require(memory != MAP_FAILED && mprotect(memory + page, page, PROT_NONE) == 0)
    for count in 0...33 {
      let x = (memory + page - 4 * count).assumingMemoryBound(to: Float.self)
      for function in exponentials { function.kernel(count, x, x) }
      #expect(elbo_sum_of_squares(1, count, count, x).isFinite)
    }
  }
}
