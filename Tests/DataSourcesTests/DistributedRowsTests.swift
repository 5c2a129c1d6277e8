import Declarations
import Files
import JSON
import Tensors
import TestSupport
import Testing

@testable import DataSources

/// Rows of which each process has a share are gathered as those that one has; threads stand for
/// processes.
@Suite struct RowsOfSeveralProcesses {
  /// How 30 rows of 6 are stored.
  enum Form: CaseIterable { case bytes, floats, sparse, levelsInAFile, numbersInAFile }

  private static let levels = (0..<180).map { $0 % 7 < 4 ? 0 : UInt8($0 * 89 % 256) }

  private static func set(_ form: Form, in folder: Folder, isDrawn: Bool) throws -> DataSet {
    func storage() throws -> Storage {
      switch form {
      case .bytes: return .bytes(levels)
      case .floats: return .floats(levels.map { Float($0) / 8 })
      case .sparse:
        let places = levels.indices.filter { levels[$0] > 0 }
        return .sparse(
          SparseRows(
            width: 6, starts: (0...30).map { row in places.count { $0 < 6 * row } },
            positions: places.map { UInt32($0 % 6) }, values: places.map { Float(levels[$0]) }))
      case .levelsInAFile:
        let file = try OpenFile(folder.write("levels", levels))
        return try Storage(StoredArray(file, offset: 0, .uint8, [30, 6]), least: 0)
      case .numbersInAFile:
        let bytes = levels.flatMap { level in
          withUnsafeBytes(of: Float(level) / 8) { Array($0) }
        }
        let file = try OpenFile(folder.write("numbers", bytes))
        return try Storage(StoredArray(file, offset: 0, .float32, [30, 6]), least: 0)
      }
    }
    let draws = isDrawn ? #"{"type": "binarize", "random": true, "seed": 4}"# : ""
    return try DataSet.load(
      Rows(storage(), [6]),
      [Choice<TransformKind>](
        json: JSON(parsing: #"[{"type": "shuffle"}\#(isDrawn ? "," : "")\#(draws)]"#)))
  }

  private struct Seen: Equatable, Sendable {
    var batches: [[Float]] = []
    var mean: [Float]
    var profile: [Float]
    var facts: String

    init(_ set: DataSet) throws {
      mean = try set.mean()
      profile = try DataProfile(of: set).columns.flatMap {
        [$0.minimum, $0.maximum, Float($0.mean)]
      }
      facts = "\(set.sha256) \(set.minimum) \(set.maximum) \(set.count) \(set.isBinary)"
    }
  }

  private static let batches: [[UInt32]] = [
    [29, 0, 3, 3, 17], [29, 0, 3, 3, 17], [], Array(0..<30), [12], [12, 4],
  ]

  private static func see(_ set: DataSet) throws -> Seen {
    var seen = try Seen(set)
    for (update, batch) in batches.enumerated() {
      try batch.withUnsafeBufferPointer { (names) throws(Fault) in try set.bring(names) {} }
      seen.batches.append(gathered(set, batch.map { Int($0) }, update: UInt32(update)))
      if let fault = set.takeFault() { throw fault }
    }
    return seen
  }

  @Test(arguments: Form.allCases, [false, true])
  func areGatheredAsThoseOfOne(form: Form, isDrawn: Bool) throws {
    let folder = Folder()
    let set = try Self.set(form, in: folder, isDrawn: isDrawn)
    let alone = try Self.see(set)
    for count in [1, 2, 3, 8, 40] {
      let seen = try ThreadRanks.run(count) { ranks in
        let own = try set.distributed(among: ranks, ranks.numberOfRows())
        #expect(own.held?.count == count && own.held?.reduce(0, +) == 30)
        #expect(own.storage.count == 0 && own.distributed?.own.count == own.held?[ranks.rank])
        return try Self.see(own)
      }
      #expect(seen.allSatisfy { $0 == alone }, "\(count) processes")
    }
  }

  /// The first process runs a method alone, and the others do what it orders.
  @Test func oneAloneGetsTheRowsOfTheOthers() throws {
    let folder = Folder()
    let set = try Self.set(.floats, in: folder, isDrawn: false)
    let alone = try Self.see(set)
    let seen = try ThreadRanks.run(3) { ranks -> Seen? in
      let dropped = try set.distributed(among: ranks, ranks.numberOfRows())
      #expect(dropped.held == [10, 10, 10])
      let own = try set.distributed(among: ranks, ranks.numberOfRows())
      ranks.isTogether = false
      guard ranks.leads else {
        while case let order = try ranks.pass([]), !order.isEmpty {
          #expect(Ranks.isOfRows(order))
          try ranks.obey(order)
        }
        return nil
      }
      let seen = try Self.see(own)
      _ = try ranks.pass([])
      return seen
    }
    #expect(seen[0] == alone)
  }

  @Test func aRowThatWasNotBroughtIsAFault() throws {
    let set = try Self.set(.bytes, in: Folder(), isDrawn: false)
    let faults = try ThreadRanks.run(2) { ranks in
      let own = try set.distributed(among: ranks, ranks.numberOfRows())
      #expect(gathered(own, [0, 29]).contains { $0.isNaN })
      return own.takeFault()?.message ?? "none"
    }
    #expect(faults[0].contains("row 29") && faults[1].contains("row 0"))
  }

  /// What one process throws while rows are brought, all do.
  @Test func aCancelOfOneIsOneOfAll() throws {
    let set = try Self.set(.bytes, in: Folder(), isDrawn: false)
    let alone = try Self.see(set)
    let ends = try ThreadRanks.run(3) { ranks in
      let own = try set.distributed(among: ranks, ranks.numberOfRows())
      let fault = fault {
        try Self.batches[0].withUnsafeBufferPointer { (names) throws(Fault) in
          try own.bring(names) { () throws(Fault) in if ranks.rank == 1 { throw .cancelled } }
        }
      }
      return (fault?.kind, try Self.see(own))
    }
    for end in ends { #expect(end.0 == .cancelled && end.1 == alone) }
  }
}
