// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "sine",
  dependencies: [.package(name: "elbo", path: "../../..")],
  targets: [
    .executableTarget(name: "sine", dependencies: [.product(name: "Elbo", package: "elbo")])
  ],
  swiftLanguageModes: [.v6]
)
