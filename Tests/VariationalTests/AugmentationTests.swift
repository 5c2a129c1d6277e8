import CAllocations
import Declarations
import JSON
import Tensors
import TestSupport
import Testing

@testable import Variational

/// Random changes of the rows of a batch, and balanced classes.
@Suite struct Augmentations {
  private static func part(_ text: String) throws -> any AugmentationModule {
    try Choice<AugmentationKind>(json: JSON(parsing: text)).product
  }

  /// Returns rows after an augmentation.
  private static func changed(
    _ text: String, _ values: [Float], _ shape: Shape, names: [UInt32]? = nil, update: UInt32 = 1
  ) throws -> [Float] {
    let part = try part(text)
    try part.check(shape)
    var values = values
    let rows = values.count / shape.count
    let names = names ?? (0..<UInt32(rows)).map { $0 }
    values.withUnsafeMutableBufferPointer { values in
      guard let base = values.baseAddress else { return }
      part.apply(
        to: Block(base, rows: rows, columns: shape.count), shape: shape, names: names,
        update: update, random: Random(seed: 5, .augmentations))
    }
    return values
  }

  /// Two channels of 3 x 4, all values different.
  private static let image = (1...24).map { Float($0) }

  private static func pixel(_ channel: Int, _ y: Int, _ x: Int) -> Float {
    image[(channel * 3 + y) * 4 + x]
  }

  /// Returns the image with the value that `body` gives to each pixel.
  private static func mapped(_ body: (Int, Int, Int) -> Float) -> [Float] {
    (0..<24).map { body($0 / 12, $0 / 4 % 3, $0 % 4) }
  }

  @Test func imagesAreMirrored() throws {
    let lines = try Self.changed(#"{"type": "flip", "horizontal": 1}"#, Self.image, [2, 3, 4])
    #expect(lines == Self.mapped { Self.pixel($0, $1, 3 - $2) })
    let columns = try Self.changed(
      #"{"type": "flip", "horizontal": 0, "vertical": 1}"#, Self.image, [2, 3, 4])
    #expect(columns == Self.mapped { Self.pixel($0, 2 - $1, $2) })
    let rows = [Float](repeating: 0, count: 2000).enumerated().map { Float($0.offset % 2) }
    let some = try Self.changed(#"{"type": "flip", "horizontal": 0.3}"#, rows, [1, 2])
    let turned = (0..<1000).filter { some[2 * $0] == 1 }.count
    #expect(abs(turned - 300) < 60)
  }

  /// Each draw is one of the moves, all of them occur, and each value comes from its place.
  @Test(arguments: ["zero", "edge"])
  func imagesAreMoved(fill: String) throws {
    var seen: Set<[Float]> = []
    for update in 1...400 {
      seen.insert(
        try Self.changed(
          "{\"type\": \"shift\", \"pixels\": 2, \"fill\": \"\(fill)\"}", Self.image, [2, 3, 4],
          update: UInt32(update)))
    }
    var expected: Set<[Float]> = []
    for down in -2...2 {
      for right in -2...2 {
        expected.insert(
          Self.mapped { channel, y, x in
            let (from, column) = (y - down, x - right)
            let isInside = (0..<3).contains(from) && (0..<4).contains(column)
            if fill == "zero", !isInside { return 0 }
            return Self.pixel(channel, min(max(from, 0), 2), min(max(column, 0), 3))
          })
      }
    }
    #expect(expected.count == 25 && seen == expected)
  }

  @Test func valuesAreMasked() throws {
    let ones = [Float](repeating: 1, count: 10 * 1000)
    let masked = try Self.changed(#"{"type": "mask", "probability": 0.2}"#, ones, [1000])
    let zeros = masked.filter { $0 == 0 }.count
    #expect(masked.allSatisfy { $0 == 0 || $0 == 1 } && abs(zeros - 2000) < 200)
    var corners: Set<Int> = []
    for update in 1...200 {
      let row = try Self.changed(
        #"{"type": "mask", "probability": 0.5, "patch": 2}"#, Self.image, [2, 3, 4],
        update: UInt32(update))
      let places = row.indices.filter { row[$0] == 0 }
      guard let corner = places.first else { continue }
      #expect(places == [0, 1, 4, 5, 12, 13, 16, 17].map { corner + $0 })
      corners.insert(corner)
    }
    #expect(corners == [0, 1, 2, 4, 5, 6])
  }

  @Test func noiseHasItsDeviation() throws {
    let values = [Float](repeating: 3, count: 20 * 1001)
    let noisy = try Self.changed(#"{"type": "noise", "deviation": 0.5}"#, values, [1001])
    let differences = noisy.map { Double($0) - 3 }
    let mean = differences.reduce(0, +) / 20_020
    let variance = differences.reduce(0) { $0 + $1 * $1 } / 20_020
    #expect(abs(mean) < 0.02 && abs(variance - 0.25) < 0.02)
    // No two stretches of a row have the same numbers.
    #expect(Set(noisy[..<1001]).count > 990)
    let flipped = try Self.changed(
      #"{"type": "noise", "probability": 0.1}"#, [0, 1] + [Float](repeating: 1, count: 9998),
      [10_000])
    let zeros = flipped.filter { $0 == 0 }.count
    #expect(flipped.allSatisfy { $0 == 0 || $0 == 1 } && abs(zeros - 1000) < 150)
  }

  /// Of every type, in every example.
  @Test func drawsDependOnRowAndUpdateAlone() throws {
    let rows = (0..<40 * 24).map { Float($0 % 2) }
    for row in AugmentationKind.registry.rows {
      for example in row.examples {
        let all = try Self.changed(example.line, rows, [2, 3, 4])
        let names: [UInt32] = [31, 7]
        let some = names.flatMap { rows[Int($0) * 24..<Int($0) * 24 + 24] }
        let apart = try Self.changed(example.line, some, [2, 3, 4], names: names)
        #expect(
          apart == names.flatMap { all[Int($0) * 24..<Int($0) * 24 + 24] }, "\(example.line)")
        #expect(try Self.changed(example.line, rows, [2, 3, 4], update: 2) != all)
      }
    }
  }

  private static let options =
    #""augment": [{"type": "shift", "pixels": 1}, {"type": "noise", "probability": 0.05}, {"type": "mask", "probability": 0.1, "patch": 2}, {"type": "flip"}], "balance": true"#

  private func trainer(_ options: String, _ name: String = "conditionalImages") throws -> Trainer {
    let model = try Small.model(name)
    let data = Rows(binary: 250, model.spec.shape)
    return try Trainer(
      trainerSpec("{\"batch\": 60, \(options)}"), model: model, data: data, rows: data.all,
      validation: Trainer.Validation(data: data, rows: data.all, every: 5, samples: 1))
  }

  @Test func theNumberOfThreadsDoesNotMatter() throws {
    let runs = try [1, 2, 3].map { threads in
      let trainer = try trainer(Self.options)
      try withTeam(threads) { team in for _ in 0..<12 { try trainer.step(team) } }
      return trainer
    }
    #expect(runs[0].numbers == runs[1].numbers && runs[0].numbers == runs[2].numbers)
    let plain = try trainer(#""seed": 0"#)
    try withTeam(1) { team in for _ in 0..<12 { try plain.step(team) } }
    #expect(plain.numbers != runs[0].numbers)
  }

  /// With a rate of zero, the validations are those without augmentations, and the batches are not.
  @Test func validationsSeeTheRowsAsTheyAre() throws {
    let still = #""optimizer": {"type": "sgd", "rate": 0}, "#
    let augment = #""augment": [{"type": "noise", "probability": 0.3}]"#
    let (one, two) = (
      try trainer(still + augment, "plain"), try trainer(still + #""seed": 0"#, "plain")
    )
    try withTeam(1) { team in
      for _ in 0..<5 {
        try one.step(team)
        try two.step(team)
      }
    }
    #expect(one.history.validation == two.history.validation)
    #expect(one.history.objective != two.history.objective)
  }

  @Test func classesAreEquallyFrequentInEveryBatch() throws {
    // 70 rows of class 0, 20 of class 4, 7 of class 9; not all of them in training.
    let labels = (0..<97).map { $0 * 31 % 97 < 70 ? 0 : $0 * 31 % 97 < 90 ? 4 : 9 }
    let rows = (2..<97).map { UInt32($0) }
    for last in LastBatch.allCases {
      var batches = Batches(
        rows: rows, size: 20, seed: 1, last: last, classes: Batches.classes(of: rows, labels))
      var totals: [Int: Int] = [:]
      var seen: Set<UInt32> = []
      for update in 1...300 {
        let range = batches.range(of: update)
        let batch = batches.order[range]
        let counts = [0, 4, 9].map { label in batch.filter { labels[Int($0)] == label }.count }
        #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1)
        for row in batch { totals[labels[Int(row)], default: 0] += 1 }
        seen.formUnion(batch)
      }
      #expect(seen == Set(rows))
      let numbers = totals.values.sorted()
      #expect(numbers.count == 3 && Double(numbers[2] - numbers[0]) < 0.01 * Double(numbers[2]))
      // A batch depends on the seed and the update alone.
      var other = Batches(
        rows: rows, size: 20, seed: 1, last: last, classes: Batches.classes(of: rows, labels))
      let (range, again) = (other.range(of: 77), batches.range(of: 77))
      #expect(Array(other.order[range]) == Array(batches.order[again]))
    }
  }

  @Test(.enabled(if: allocations_are_counted() != 0, "a sanitizer has malloc to itself"))
  func anUpdateAllocatesNothing() throws {
    let trainer = try trainer(Self.options)
    try withTeam(1) { team in
      for _ in 0..<6 { try trainer.step(team) }
      try trainer.reserve(50)
      let update = trainer.update
      // The validations of every fifth update allocate.
      for place in 0..<10 {
        let before = allocations_of_this_thread()
        try trainer.step(team)
        guard (update + place + 1) % 5 != 0 else { continue }
        #expect(allocations_of_this_thread() == before)
      }
    }
  }
}
