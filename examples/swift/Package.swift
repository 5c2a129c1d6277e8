// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "homework",
  dependencies: [.package(name: "elbo", path: "../..")],
  targets: [
    .executableTarget(name: "homework", dependencies: [.product(name: "Elbo", package: "elbo")])
  ],
  swiftLanguageModes: [.v6]
)
