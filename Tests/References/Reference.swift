// Code that compares numbers with a reference needs Conformance too.
@_exported import Conformance
import Declarations
import Files
import Glibc
import JSON
import Tensors

/// A file of numbers from an independent program: Tests/Fixtures/`name`.safetensors and .json.
package struct Reference: Sendable {
  package let file: SafeTensors
  package let scalars: JSON

  package init(_ name: String) throws {
    let folder = "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
    file = try SafeTensors(contentsOf: "\(folder)/Fixtures/\(name).safetensors")
    scalars = try File.read("\(folder)/Fixtures/\(name).json").withUnsafeBytes {
      try JSON(parsing: $0)
    }
  }

  package struct Absent: Error {
    package let name: String
  }

  package subscript(name: String) -> Tensor {
    get throws {
      guard let tensor = file[name] else { throw Absent(name: name) }
      return tensor
    }
  }

  package func number(_ name: String) throws -> Double {
    guard let value = scalars[name] else { throw Absent(name: name) }
    return try Double(json: value)
  }

  /// The names of the entries in the notes, which also have a remark on tolerances.
  package var entries: [String] {
    guard case .object(let members) = scalars else { return [] }
    return members.map(\.name).filter { $0 != "tolerance" }.sorted()
  }

  /// Returns the arrays whose names begin with `prefix`, by the rest of their names.
  package func under(_ prefix: String) -> [(name: String, tensor: Tensor)] {
    file.entries.filter { $0.name.hasPrefix(prefix) }.map {
      (String($0.name.dropFirst(prefix.count)), $0.tensor)
    }
  }
}

extension Registry {
  /// Returns whether there is such a part with all these options; a table may name future parts.
  package func knows(_ text: String) -> Bool {
    guard case .object(let members)? = try? JSON(parsing: text),
      let type = members.first(where: { $0.name == "type" })?.value.text,
      let row = rows.first(where: { $0.type == type })
    else { return false }
    let properties = row.schema.json["properties"]
    return members.allSatisfy { properties?[$0.name] != nil }
  }
}
