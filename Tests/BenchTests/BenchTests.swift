import CKernels
import JSON
import Layers
import Testing
import Variational

@testable import Bench

@Suite struct ElboBench {
  /// The number at the end of `elbo bench`. If it changes, behaviour has changed: record it in the
  /// change log.
  @Test func theNumber() throws {
    let one = try Bench.bound(threads: 1)
    #expect(one == (try Bench.bound(threads: 2)))
    #expect(fixed(one, 2) == "-33.62")
  }

  /// The guard stops at the first measurement that reaches the bound, and half the speed fails.
  @Test func theGuardTakesTheBestMeasurement() throws {
    var speeds = [0.2, 0.41, 0.5].makeIterator()
    #expect(try SpeedGuard.best(reaching: 0.36) { speeds.next() ?? 0 } == 0.41)
    var measured = 0
    let half = try SpeedGuard.best(reaching: 0.36, tries: 7) { () throws(Fault) in
      measured += 1
      return 0.33
    }
    #expect(half == 0.33 && measured == 7)
  }

  @Test func everyWorkloadHasABound() {
    let names = Set(Workload.all.map(\.name))
    for (level, bounds) in SpeedGuard.bounds {
      #expect(Set(bounds.training.keys) == names, "\(level)")
      #expect(Set(bounds.evaluation.keys) == names, "\(level)")
    }
  }

  /// By hand: 2 (196 x 128 + 128 x 16) and so on.
  @Test func operationsOfAnUpdate() {
    #expect(Workload.homework.operations == 42_598_400)
    #expect(Workload.autoencodingVariationalBayes.operations == 410_000_000)
    #expect(Workload.importanceWeighted.operations == 1_260_544_000)
    #expect(Workload.convolutional.operations == 2_140_006_400)
  }

  @Test func thePeakIsCounted() {
    var numbers: [Float] = [0.5, 1, 0]
    let operations = elbo_multiply_adds(1000, &numbers)
    // Ten, twelve or 24 sums of four, eight or sixteen, each of which has converged to term / (1 -
    // factor).
    #expect([80_000: 20, 192_000: 24, 768_000: 48][operations] == numbers[2])
  }

  @Test func everyKernelIsMeasured() throws {
    let table = try KernelTable()
    defer { table.close() }
    for row in table.table {
      #expect(row.bytes > 0 || row.operations > 0)
      row.run()
    }
    let names = table.table.map(\.name)
    #expect(Set(names).count == names.count)
    for activation in try LayerKind.activations().map(\.typeName) {
      #expect(names.contains(activation) && names.contains(activation + " backward"))
    }
    for type in OptimizerKind.registry.rows.map(\.type) { #expect(names.contains(type)) }
  }
}
