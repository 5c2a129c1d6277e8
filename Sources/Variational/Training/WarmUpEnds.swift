/// The end of the warm-up, of the objective or of the rate, by the settings that made each update.
struct WarmUpEnds {
  /// The settings up to and including update `last`; those of the final stretch have no end.
  private struct Stretch {
    var last: Int
    var end: Int
  }

  private var stretches: [Stretch]
  private var place = 0

  /// `spec` has the settings after all changes.
  init(_ spec: TrainerSpec, _ changes: [Change]) {
    var (objective, schedule) = (spec.objective, spec.schedule)
    stretches = [Stretch(last: .max, end: spec.warmUpEnd)]
    for change in changes.reversed() {
      objective = change.objective?.from ?? objective
      schedule = change.schedule?.from ?? schedule
      stretches.append(
        Stretch(
          last: change.update,
          end: max(objective.product.warmUpEnd, schedule.product.warmUpEnd)))
    }
    stretches.reverse()
  }

  /// Returns the end that applied to an update; updates must be asked for in rising order.
  mutating func end(of update: Int) -> Int {
    while stretches[place].last < update { place += 1 }
    return stretches[place].end
  }
}
