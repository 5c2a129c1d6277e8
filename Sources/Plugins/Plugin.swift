import CPlugin
import DataSources
import Declarations
import Glibc
import JSON
import Layers
import Variational

/// A loaded shared library with layers, likelihoods or sources.
///
/// The interface is examples/plugins/elbo_plugin.h. Only the command line loads plug-ins, before
/// the first session begins, and they stay until the process ends.
package struct Plugin: Answer {
  package let name: String
  package let version: String
  package let path: String
  package let layers: [String]
  package let likelihoods: [String]
  package let sources: [String]

  package static let members: [Member<Plugin>] = [
    Member("name", \.name, "Name that the plug-in declares."),
    Member("version", \.version, "Version that the plug-in declares."),
    Member("path", \.path, "File of the plug-in."),
    Member("layers", \.layers, "Layers that the plug-in adds."),
    Member("likelihoods", \.likelihoods, "Likelihoods that the plug-in adds."),
    Member("sources", \.sources, "Sources that the plug-in adds."),
  ]

  /// Loads a plug-in and registers its modules: all of them or, if something is wrong, none. Throws
  /// `plugin`, naming the file, the member of the description, what was expected and what came.
  package init(loading path: String) throws(Fault) {
    do throws(Fault) { try self.init(Library(path).description(), path: path) } catch {
      var fault = error
      let place = fault.path.isEmpty ? "" : "\(fault.path): "
      fault.message = "\(path): \(place)\(fault.message)"
      (fault.kind, fault.path) = (.plugin, "")
      throw fault
    }
  }

  private init(_ described: elbo_plugin_description, path: String) throws(Fault) {
    self.path = path
    let modules = try Modules(described)
    (name, version) = (modules.name, modules.version)
    layers = modules.layers.map(\.type)
    likelihoods = modules.likelihoods.map(\.type)
    sources = modules.sources.map(\.type)
    try Self.requireFree(layers, in: LayerKind.registry, "layers")
    try Self.requireFree(likelihoods, in: LikelihoodKind.registry, "likelihoods")
    try Self.requireFree(sources, in: SourceKind.registry, "sources")
    for layer in modules.layers { try LayerKind.registry.add(layer.row) }
    for likelihood in modules.likelihoods { try LikelihoodKind.registry.add(likelihood.row) }
    for source in modules.sources { try SourceKind.registry.add(source.row) }
  }

  /// Reads a description as loading does, and loads the rows of its sources; registers nothing.
  /// Throws `plugin`.
  package static func examine(_ described: elbo_plugin_description) throws(Fault) {
    for source in try Modules(described).sources {
      for example in source.examples { _ = try source.load(example) {} }
    }
  }

  /// The modules of a plug-in, before they are registered.
  private struct Modules {
    let name: String
    let version: String
    let layers: [LayerDeclaration]
    let likelihoods: [LikelihoodDeclaration]
    let sources: [SourceDeclaration]

    init(_ described: elbo_plugin_description) throws(Fault) {
      let name = try Reading.name(described.name, "name")
      self.name = name
      version = try Reading.text(described.version, "version")
      layers = try Plugin.declarations(described.layers, described.layer_count, "layers") {
        (layer) throws(Fault) in try LayerDeclaration(layer, of: name)
      }
      likelihoods = try Plugin.declarations(
        described.likelihoods, described.likelihood_count, "likelihoods"
      ) { (likelihood) throws(Fault) in try LikelihoodDeclaration(likelihood, of: name) }
      sources = try Plugin.declarations(described.sources, described.source_count, "sources") {
        (source) throws(Fault) in try SourceDeclaration(source, of: name)
      }
      guard !layers.isEmpty || !likelihoods.isEmpty || !sources.isEmpty else {
        throw Reading.misfit("layers, likelihoods, sources", "at least one module", "none")
      }
    }
  }

  private static func declarations<T: Sized, D>(
    _ base: UnsafePointer<T>?, _ count: Int64, _ member: String,
    _ declare: (T) throws(Fault) -> D
  ) throws(Fault) -> [D] {
    try Reading.elements(base, count, member).enumerated().map { (index, raw) throws(Fault) in
      try within("\(member)[\(index)]") { () throws(Fault) in try declare(raw) }
    }
  }

  private static func requireFree<Product>(
    _ types: [String], in registry: Registry<Product>, _ member: String
  ) throws(Fault) {
    for (index, type) in types.enumerated() {
      guard !registry.holds(type), !types[..<index].contains(type) else {
        throw Reading.misfit(
          "\(member)[\(index)].type", "a type that no other \(registry.kind) has", "\"\(type)\"")
      }
    }
  }
}
