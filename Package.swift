// swift-tools-version: 6.2
import PackageDescription

// Arrows point down only: each target may import what stands below it, and nothing else.
let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
]

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func system(_ name: String, pkgConfig: String, debian: String) -> Target {
  .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([debian])])
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: "\(name)Tests", dependencies: dependencies, swiftSettings: strict)
}

let package = Package(
  name: "elbo",
  products: [
    .executable(name: "elbo", targets: ["elbo"]),
    // For programs that bring parts of their own: examples/plugins/swift-program.
    .library(
      name: "Engine",
      targets: [
        "Conformance", "DataSources", "Engine", "JSON", "Layers", "Service", "Tensors",
        "Variational",
      ]),
  ],
  targets: [
    .executableTarget(name: "elbo", dependencies: ["Service"], swiftSettings: strict),
    library("Bench", ["CKernels", "Engine", "JSON", "Tensors"]),
    library(
      "Service", ["Bench", "CGlibc", "Conformance", "Engine", "JSON", "Plugins", "Tensors"]),
    library(
      "Engine",
      [
        "DataSources", "JSON", "Layers", "MeanField", "Pictures", "Plugins", "Tensors",
        "Variational",
      ]),
    library("Conformance", ["DataSources", "JSON", "Layers", "Tensors", "Variational"]),
    library(
      "Plugins", ["CPlugin", "DataSources", "JSON", "Layers", "Tensors", "Variational"]),
    library("Variational", ["CKernels", "JSON", "Layers", "Tensors"]),
    library("MeanField", ["JSON"]),
    library("DataSources", ["CKernels", "CPNG", "CZlib", "JSON", "Tensors"]),
    library("Pictures", ["CPNG", "JSON", "Tensors"]),
    library("Layers", ["CKernels", "JSON", "Tensors"]),
    library("Tensors", ["CKernels", "CNettle", "CXSMM", "JSON"]),
    library("JSON", ["CJansson", "CKernels"]),
    .target(name: "CKernels", linkerSettings: [.linkedLibrary("m")]),
    // Headers of the C library that the Glibc module leaves out.
    .systemLibrary(name: "CGlibc"),
    // The interface of plug-ins: examples/plugins/elbo_plugin.h.
    .systemLibrary(name: "CPlugin"),
    system("CJansson", pkgConfig: "jansson", debian: "libjansson-dev"),
    system("CNettle", pkgConfig: "nettle", debian: "nettle-dev"),
    system("CPNG", pkgConfig: "libpng", debian: "libpng-dev"),
    system("CZlib", pkgConfig: "zlib", debian: "zlib1g-dev"),
    system("CXSMM", pkgConfig: "libxsmmnoblas", debian: "libxsmm-dev"),
    tests("Bench", ["Bench", "CKernels", "JSON"]),
    // For tests alone: numbers of other programs, and a count of allocations.
    .target(
      name: "References", dependencies: ["Conformance", "JSON", "Tensors"],
      path: "Tests/References", swiftSettings: strict),
    .target(name: "CAllocations", path: "Tests/CAllocations"),
    tests("CKernels", ["CKernels"]),
    tests("JSON", ["JSON"]),
    tests("Tensors", ["CKernels", "JSON", "Tensors"]),
    tests("Layers", ["JSON", "Layers", "References", "Tensors"]),
    tests("DataSources", ["DataSources", "JSON", "Tensors"]),
    tests("Pictures", ["JSON", "Pictures", "Tensors"]),
    tests(
      "Variational",
      [
        "CAllocations", "DataSources", "JSON", "Layers", "References", "Tensors", "Variational",
      ]),
    tests("MeanField", ["JSON", "MeanField"]),
    tests("Service", ["Engine", "JSON", "Service"]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c17
)
