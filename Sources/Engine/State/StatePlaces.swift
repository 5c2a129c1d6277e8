import Files
import JSON
import Variational

/// The files and folders in the folder of `--state` that keep single things.
struct StatePlaces {
  let path: String

  /// Returns the place in this folder that keeps an item; nil for what is made from its parameters,
  /// and for checkpoints in a folder that the client chose.
  func ownFile(of item: StateItem) -> String? {
    let (folder, place) =
      switch item.kind {
      case .data: ("arrays", item.params["source"]?["values"]?["path"]?.text)
      case .distribution: ("", String?.none)
      case .model: ("models", item.params["path"]?.text)
      case .trainer: ("trainers", item.params["path"]?.text)
      }
    guard let place, place.hasPrefix("\(path)/\(folder)/") else { return nil }
    let name = place.dropFirst("\(path)/\(folder)/".count)
    return name.contains("/") || name.allSatisfy { $0 == "." } ? nil : place
  }

  /// Returns a place for a model or a trainer at which nothing is.
  func free(for kind: Resource, _ name: String) -> String {
    let (folder, ending) = kind == .model ? ("models", ".safetensors") : ("trainers", ".run")
    let first = "\(path)/\(folder)/\(name)"
    var (place, number) = (first + ending, 2)
    while File.exists(place) { (place, number) = ("\(first)-\(number)\(ending)", number + 1) }
    return place
  }

  /// Removes what no item has any more. What cannot be removed stays, and nothing refers to it.
  func remove(_ places: Set<String>) {
    for place in places {
      if File.isFolder(place) {
        try? CheckpointFolder.remove(place)
      } else {
        try? File.remove(place)
      }
    }
  }
}
