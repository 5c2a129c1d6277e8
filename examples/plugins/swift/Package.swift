// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "noise",
  products: [.library(name: "noise", type: .dynamic, targets: ["Noise"])],
  targets: [
    .target(name: "Noise", dependencies: ["CElboPlugin"]),
    // The interface: its header stands two folders up.
    .systemLibrary(name: "CElboPlugin"),
  ],
  swiftLanguageModes: [.v6]
)
