import JSON
import TestSupport
import Testing

@testable import Variational

/// A file whose record does not fit its history is refused.
@Suite struct CraftedRecords {
  private func load(_ change: (inout TrainerRecord) -> Void) throws -> Fault? {
    let text = #"{"batch": 20, "onRefusal": {"type": "rewind"}, "stopping": {}}"#
    let trainer = try Small.trainer(text, every: 2)
    try trainer.train(to: 5)
    var file = try trainer.file(TrainerRecord())
    // Skipped batches are part of the state, and a crafted file need not have its hash.
    file.metadata.removeAll { $0.name == "hash" }
    var record = try Trainer.record(file, path: "file")
    let other = try Variational.Trainer(
      record.trainer, model: Model(record.model), data: Small.binaryRows, rows: trainer.rows,
      validation: trainer.validation)
    change(&record)
    return fault { try other.restore(file, record, path: "file") }
  }

  @Test func isRefused() throws {
    var at = [Change(at: 3), Change(at: 2)]
    #expect(try load { _ in } == nil)
    #expect(try load { $0.changes = at }?.kind == .badFile)
    at = [Change(at: 6)]
    #expect(try load { $0.changes = at }?.kind == .badFile)
    at = [Change(at: 2)]
    at[0].rate = Changed(from: -1, to: 1)
    #expect(try load { $0.changes = at }?.kind == .badFile)
    at[0].rate = Changed(from: 1, to: 1)
    #expect(try load { $0.changes = at } == nil)
    for skipped in [[0], [7], [3, 2]] {
      #expect(try load { $0.skipped = skipped }?.kind == .badFile, "\(skipped)")
    }
    #expect(try load { $0.skipped = [2, 2, 6] } == nil)
    for snapshot in [6, 0] { #expect(try load { $0.snapshot = snapshot }?.kind == .badFile) }
    #expect(try load { $0.snapshot = nil }?.message.contains("snapshot.model.") == true)
  }
}
