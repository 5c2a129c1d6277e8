import Files
import JSON
import Tensors

/// The hash of a trainer's state: two trainers with equal hashes make the same updates from here
/// on, given the same settings and rows.
///
/// It is the SHA-256 of the arrays that training goes on from, in the order of their names (each
/// name in UTF-8, a zero byte, and the values as little-endian float32), the digest of the updates
/// (`HistoryDigest`) in hexadecimal, the validations (numbers of updates as little-endian int64,
/// then both terms as float64), and the updates for which a batch was passed over, as int64. A file
/// holds all of them, so the hash can be computed from the file alone.
enum StateHash {
  /// Calls `checkpoint` between pieces, and throws what it throws.
  static func of(
    _ entries: [SafeTensors.Entry], updates: String, _ history: History,
    checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> String {
    let validation = history.validation
    var digest = SHA256()
    for entry in entries.sorted(by: { $0.name < $1.name }) {
      digest.update(Array(entry.name.utf8) + [0])
      try digest.update(entry.tensor.values, checkpoint: checkpoint)
    }
    digest.update(Array(updates.utf8))
    digest.update(validation.update.map { Int64($0) })
    digest.update(validation.reconstruction)
    digest.update(validation.divergence)
    digest.update(history.skipped.map { Int64($0) })
    return digest.finish()
  }

  /// Returns the hash of a file's state. Throws `badFile` if it is not the one that was saved;
  /// files of earlier versions have none.
  static func check(
    _ file: SafeTensors, _ entries: [SafeTensors.Entry], _ history: History, path: String
  ) throws(Fault) -> String {
    let hash = try of(entries, updates: history.digest, history)
    guard let saved = file.note("hash"), saved != hash else { return hash }
    throw Fault(
      .badFile, "\(path): its numbers are not those that were saved", path: "path",
      expected: "numbers of hash \(saved)", got: hash,
      hint: "the file was changed or damaged: continue from another one")
  }
}

extension Model {
  /// The SHA-256 of all numbers, by which processes compare theirs.
  package var digest: String {
    var digest = SHA256()
    for store in [parameters, state] { digest.update(Array(store.all)) }
    return digest.finish()
  }
}

/// The SHA-256 of a history's updates, which grows with the history: of reconstruction, divergence
/// and objective of each update in turn, as little-endian float32.
struct HistoryDigest: Sendable {
  private var digest = SHA256()
  /// The number of updates so far.
  private(set) var count = 0

  /// Adds the three numbers of each further update.
  mutating func update(_ triples: [Float]) {
    digest.update(triples)
    count += triples.count / 3
  }

  /// The digest in hexadecimal.
  var hex: String {
    var copy = digest
    return copy.finish()
  }
}

extension History {
  /// Returns reconstruction, divergence and objective of each of these updates in turn; updates are
  /// counted from 0.
  func triples(_ updates: Range<Int>) -> [Float] {
    [Float](unsafeUninitializedCapacity: 3 * updates.count) { buffer, count in
      for (place, update) in updates.enumerated() {
        buffer[3 * place] = reconstruction[update]
        buffer[3 * place + 1] = divergence[update]
        buffer[3 * place + 2] = objective[update]
      }
      count = 3 * updates.count
    }
  }

  /// Appends updates from `triples`.
  mutating func append(triples: [Float]) {
    for first in stride(from: 0, to: triples.count, by: 3) {
      reconstruction.append(triples[first])
      divergence.append(triples[first + 1])
      objective.append(triples[first + 2])
    }
  }

  /// The SHA-256 of all updates, in hexadecimal.
  var digest: String {
    var digest = HistoryDigest()
    // In pieces, so that no copy of a long history is made.
    for first in stride(from: 0, to: count, by: 1 << 16) {
      digest.update(triples(first..<min(first + (1 << 16), count)))
    }
    return digest.hex
  }
}
