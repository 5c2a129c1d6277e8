import Dispatch

/// Updates of a training, as a sequence of reports: `for try await progress in …`.
public struct TrainingRun: AsyncSequence, Sendable {
  let training: Training
  let updates: Int
  let every: Int

  public func makeAsyncIterator() -> Iterator { Iterator(run: self) }

  /// Trains when its next element is requested.
  public struct Iterator: AsyncIteratorProtocol {
    fileprivate let run: TrainingRun
    private var done = 0
    private var isOver = false

    fileprivate init(run: TrainingRun) { self.run = run }

    /// Makes the next updates on a separate thread, so that only this task waits for them. Throws
    /// what `Training.step` throws.
    public mutating func next() async throws(Fault) -> Progress? {
      try await next(isolation: nil)
    }

    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(Fault) -> Progress? {
      let count = Swift.min(run.every, run.updates - done)
      guard count > 0, !isOver, !Task.isCancelled else { return nil }
      let stop = StopFlag()
      let training = run.training
      let outcome = await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
          DispatchQueue.global(qos: .userInitiated).async {
            continuation.resume(
              returning: Result { () throws(Fault) in try training.step(count, stop: stop) })
          }
        }
      } onCancel: {
        stop.raise()
      }
      switch outcome {
      case .success(let progress):
        done += count
        isOver = progress.isConverged
        return progress
      case .failure(let fault):
        isOver = true
        if fault.kind == .cancelled { return nil }
        throw fault
      }
    }
  }
}
