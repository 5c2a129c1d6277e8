import Declarations
import Files
import JSON
import Tensors

/// Images and labels in the files of MNIST, plain or compressed by gzip.
package struct IDXSource: Source {
  package static let type = "idx"
  package static let summary =
    "Images and labels in IDX files like those of MNIST, plain or gzip. Plain data above 64 MiB stay in their file."

  package var images = "train-images-idx3-ubyte.gz"
  package var labels: String?

  package init() {}

  package static let fields: [Field<IDXSource>] = [
    Field(
      "images", \.images,
      "The file of the images: numbers of any type of the format, of shape [images, …].",
      required: true),
    Field("labels", \.labels, "The file of the labels: whole numbers of shape [images]."),
  ]

  package func load(_ checkpoint: () throws(Fault) -> Void) throws(Fault) -> Rows {
    let images = try within("images") { () throws(Fault) in
      try IDXFile(contentsOf: self.images, rank: 2...4, "images")
    }
    let storage = try within("images") { () throws(Fault) in
      try images.storage(least: StoredRows.least, checkpoint)
    }
    let labels = try self.labels.map { (path) throws(Fault) in
      try within("labels") { () throws(Fault) in
        let file = try IDXFile(contentsOf: path, rank: 1...1, "labels")
        guard file.extents[0] == images.extents[0] else {
          let counts = "\(file.extents[0]) labels for \(images.extents[0]) images"
          throw File.bad(path, at: 4, counts)
        }
        return try file.classes(checkpoint)
      }
    }
    return try Rows(storage, Shape(Array(images.extents.dropFirst())), labels: labels)
  }
}

extension Choice<SourceKind> {
  /// Images and labels in IDX files, as MNIST's are, plain or gzip. Plain images of more than 64
  /// MiB stay in their file.
  public static func idx(images: String, labels: String? = nil) -> Self {
    var module = IDXSource()
    module.images = images
    module.labels = labels
    return Choice(module) { $0 }
  }
}
