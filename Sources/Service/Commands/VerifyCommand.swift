import Engine
import JSON

extension Subcommand {
  static let verify = Subcommand(
    name: "verify",
    summary: "Compare two saved runs, and say at which update they part.",
    operands: "A B",
    options: [],
    remarks: """
      A and B are files of trainer.save, or folders of checkpoints, of which the newest counts. The
      status is 0 if parameters, optimizer state and history are the same to the bit, else 1.
      """
  ) { (options) throws(Options.Misuse) in
    guard options.operands.count == 2 else {
      throw Options.Misuse(message: "expected two files, got \(options.operands.count)")
    }
    let (a, b) = (options.operands[0], options.operands[1])
    do throws(Fault) {
      let (first, second) = (try Runs.read(a), try Runs.read(b))
      let difference = first.difference(from: second)
      let words = difference ?? "the same: update \(first.updates), hash \(first.hash)"
      let isWritten = writeAll(Array((words + "\n").utf8), to: 1)
      return difference == nil && isWritten ? 0 : 1
    } catch {
      say("elbo verify: \(error.sentence)")
      return 1
    }
  }
}
