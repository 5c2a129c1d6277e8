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

/// What nearly every target is written in.
let ground: [Target.Dependency] = ["Declarations", "Files", "JSON"]

/// scripts/static-build: a font with the letters of charts alone.
let font: [CSetting] =
  Context.environment["ELBO_FONT"].map { [.define("ELBO_FONT", to: "\"\($0)\"")] } ?? []

let package = Package(
  name: "elbo",
  products: [
    .executable(name: "elbo", targets: ["elbo"]),
    // For Swift programs, and for parts of one's own: examples/swift, examples/plugins.
    .library(name: "Elbo", targets: ["Conformance", "Elbo", "Service"]),
  ],
  targets: [
    .executableTarget(name: "elbo", dependencies: ["Service"], swiftSettings: strict),
    library("Bench", ["CKernels", "Engine", "Layers", "Tensors", "Variational"] + ground),
    library(
      "Service",
      [
        "Bench", "CGlibc", "CMPI", "Conformance", "DataSources", "Engine", "Pictures", "Plugins",
        "Tensors",
      ]
        + ground),
    library(
      "Engine",
      [
        "DataSources", "Elbo", "Layers", "MeanField", "Pictures", "Plugins", "Tensors",
        "Variational",
      ]
        + ground),
    library("Elbo", ["DataSources", "Layers", "Tensors", "Variational"] + ground),
    library("Conformance", ["DataSources", "Layers", "Tensors", "Variational"] + ground),
    library("Plugins", ["CPlugin", "DataSources", "Layers", "Tensors", "Variational"] + ground),
    library("Variational", ["CKernels", "Layers", "Tensors"] + ground),
    library("MeanField", ground),
    library("DataSources", ["CHDF5", "CJPEG", "CKernels", "CPNG", "CZlib", "Tensors"] + ground),
    library("Pictures", ["CCairo", "CFont", "CPNG", "Tensors"] + ground),
    library("Layers", ["CKernels", "Tensors"] + ground),
    library("Tensors", ["CKernels", "CXSMM"] + ground),
    library("Files", ["CGlibc", "CNettle", "JSON"]),
    library("Declarations", ["JSON"]),
    library("JSON", ["CJansson", "CKernels"]),
    .target(name: "CKernels", linkerSettings: [.linkedLibrary("m")]),
    // libhdf5, called in a process of its own, which is no place for Swift; loaded if it is there.
    .target(name: "CHDF5"),
    // DejaVu Sans, which becomes part of the program: Debian's fonts-dejavu-core.
    .target(name: "CFont", cSettings: font),
    // libjpeg, whose jumps must not cross frames of Swift: Debian's libjpeg-dev.
    .target(name: "CJPEG", linkerSettings: [.linkedLibrary("jpeg")]),
    // Headers of the C library that the Glibc module leaves out.
    .systemLibrary(name: "CGlibc"),
    // What is called of an MPI library: compiled for each by scripts/mpi, and loaded if wanted.
    .systemLibrary(name: "CMPI"),
    // The interface of plug-ins: examples/plugins/elbo_plugin.h.
    .systemLibrary(name: "CPlugin"),
    system("CCairo", pkgConfig: "cairo-ft", debian: "libcairo2-dev"),
    system("CJansson", pkgConfig: "jansson", debian: "libjansson-dev"),
    system("CNettle", pkgConfig: "nettle", debian: "nettle-dev"),
    system("CPNG", pkgConfig: "libpng", debian: "libpng-dev"),
    system("CZlib", pkgConfig: "zlib", debian: "zlib1g-dev"),
    system("CXSMM", pkgConfig: "libxsmmnoblas", debian: "libxsmm-dev"),
    // For tests alone: numbers of other programs, a count of allocations, and what several use.
    .target(
      name: "References", dependencies: ["Conformance", "Tensors"] + ground,
      path: "Tests/References", swiftSettings: strict),
    .target(name: "CAllocations", path: "Tests/CAllocations"),
    .target(
      name: "TestSupport", dependencies: ["Tensors"] + ground, path: "Tests/TestSupport",
      swiftSettings: strict),
    .target(
      name: "FuzzEntries",
      dependencies: [
        "CPlugin", "Engine", "Plugins", "Service", "SessionSupport", "Tensors", "TestSupport",
      ]
        + ground,
      path: "Tests/Fuzzing/Entries", swiftSettings: strict),
    .target(
      name: "SessionSupport", dependencies: ["Engine", "JSON"], path: "Tests/SessionSupport",
      swiftSettings: strict),
    tests("Bench", ["Bench", "CKernels", "Layers", "Variational"] + ground),
    tests("CKernels", ["CKernels"]),
    tests("Elbo", ["Elbo", "TestSupport"]),
    tests("JSON", ["Declarations", "JSON"]),
    tests("Files", ["Tensors", "TestSupport"] + ground),
    tests("Tensors", ["CKernels", "Tensors", "TestSupport"] + ground),
    tests("Layers", ["Layers", "References", "Tensors"] + ground),
    tests("DataSources", ["DataSources", "Tensors", "TestSupport"] + ground),
    tests("Pictures", ["CZlib", "DataSources", "Pictures", "Tensors", "TestSupport"] + ground),
    tests(
      "Variational",
      [
        "CAllocations", "DataSources", "Layers", "References", "Tensors", "TestSupport",
        "Variational",
      ] + ground),
    tests("MeanField", ["MeanField"] + ground),
    tests("Engine", ["Engine", "SessionSupport", "Tensors", "TestSupport"] + ground),
    tests(
      "Service",
      ["CGlibc", "Engine", "FuzzEntries", "Service", "SessionSupport", "TestSupport"] + ground),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c17
)

// scripts/fuzz: every part counts the paths that an input takes, and a driver is built.
if let runtime = Context.environment["ELBO_FUZZER_RUNTIME"] {
  for target in package.targets where target.type == .regular {
    let hasC = target.name == "CKernels"
    target.swiftSettings = hasC ? nil : strict + [.unsafeFlags(["-sanitize=fuzzer"])]
    if hasC { target.cSettings = [.unsafeFlags(["-fsanitize=fuzzer-no-link"])] }
  }
  package.targets.append(
    .executableTarget(
      name: "elbo-fuzz", dependencies: ["Files", "FuzzEntries"], path: "Tests/Fuzzing/Driver",
      swiftSettings: strict,
      linkerSettings: [.unsafeFlags(["-Xlinker", runtime, "-lstdc++"])]))
}

// scripts/static-build: what is not hot is compiled to be small.
if Context.environment["ELBO_SMALL"] != nil {
  let hot = ["CKernels", "Layers", "Tensors", "Variational"]
  for target in package.targets
  where !(target.swiftSettings ?? []).isEmpty && !hot.contains(target.name) {
    target.swiftSettings = strict + [.unsafeFlags(["-Osize"])]
  }
}
