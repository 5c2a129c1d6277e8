import Files
import Glibc
import JSON
import SessionSupport
import TestSupport

/// The inputs with which fuzzing begins: valid ones, of which all others are made.
package enum FuzzSeeds {
  /// Writes them, in a folder for each entry.
  package static func write(to folder: String) throws {
    mkdir(folder, 0o777)
    let scratch = Folder()
    let specimens = try FileSpecimen.all(in: scratch.path)
    var seeds: [FuzzEntry: [[UInt8]]] = [:]
    for specimen in specimens {
      let entry: FuzzEntry? =
        switch specimen.form {
        case .idx: .idx
        case .npy: .npy
        case .csv: .csv
        case .png: .png
        case .gzip: .gzip
        case .safetensors where specimen.calls == FileSpecimen.model: .model
        case .safetensors where specimen.calls == FileSpecimen.trainer: .trainer
        case .safetensors: .safetensors
        }
      let bytes = specimen.form == .gzip ? FileSpecimen.gzip(specimen.bytes) : specimen.bytes
      if let entry { seeds[entry, default: []].append(bytes) }
    }
    seeds[.checkpoint] = [try FileSpecimen.checkpoint(in: scratch.path)]
    // Without its hash a file is not refused before its contents are read.
    for entry in [FuzzEntry.model, .trainer, .checkpoint] {
      let whole = seeds[entry] ?? []
      seeds[entry] = whole + whole.compactMap(FileSpecimen.withoutHash)
    }
    seeds[.lines] = lines.map { Array($0.utf8) }
    seeds[.plugin] = (0..<4).map { first in
      (0..<200).map { UInt8(truncatingIfNeeded: first + 7 * $0) }
    }
    for (entry, inputs) in seeds {
      mkdir("\(folder)/\(entry)", 0o777)
      for (number, bytes) in Set(inputs).enumerated() {
        var file = try AtomicFile(.other, at: "\(folder)/\(entry)/seed-\(number)", replace: true)
        try file.append(bytes)
        _ = try file.keep()
      }
    }
  }

  /// Conversations with one call of many methods, mistakes and both framings.
  private static let lines: [String] = {
    func line(_ method: String, _ params: String, _ id: Int) -> String {
      #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":\#(params)}"# + "\n"
    }
    let data = line(
      "data.load",
      #"{"name":"d","source":{"type":"array","values":[[0,1],[1,0],[1,1],[0,0]],"labels":[0,1,1,0]}}"#,
      1)
    let model = line(
      "model.build",
      #"{"name":"m","data":"d","latent":1,"encoder":[{"type":"dense"}],"decoder":[{"type":"dense"}],"likelihood":{"type":"bernoulli"}}"#,
      2)
    let trainer = line("trainer.create", #"{"name":"t","model":"m","data":"d","batch":2}"#, 3)
    let step = line("trainer.step", #"{"trainer":"t","updates":2}"#, 4)
    let calls: [(String, String)] = [
      ("trainer.history", #"{"trainer":"t"}"#), ("trainer.info", #"{"trainer":"t","hash":true}"#),
      ("trainer.set", #"{"trainer":"t","rate":0.01}"#), ("trainer.start", #"{"trainer":"t"}"#),
      ("trainer.stop", #"{"trainer":"t"}"#), ("evaluate.elbo", #"{"model":"m","data":"d"}"#),
      ("evaluate.likelihood", #"{"model":"m","data":"d","samples":8}"#),
      ("evaluate.latent", #"{"model":"m","data":"d"}"#), ("model.sample", #"{"model":"m"}"#),
      ("model.encode", #"{"model":"m","input":[[0,1]]}"#),
      (
        "model.decode",
        #"{"model":"m","latent":{"shape":[1,1],"dtype":"float32","base64":"AACAPw=="}}"#
      ),
      ("model.parameters", #"{"model":"m"}"#),
      ("model.interpolate", #"{"model":"m","data":"d","from":0,"to":1}"#),
      ("data.get", #"{"data":"d","count":2}"#), ("data.info", #"{"data":"d"}"#),
      ("data.list", "{}"),
      ("meanField.define", #"{"name":"p","variables":3,"energy":{"type":"allOnesForbidden"}}"#),
      ("engine.info", "{}"), ("engine.modules", "{}"), ("engine.stats", "{}"),
      (
        "initialize",
        #"{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"c","version":"1"}}"#
      ),
      ("tools/list", "{}"), ("rpc.discover", "{}"), ("shutdown", "null"),
    ]
    let body = #"{"jsonrpc":"2.0","id":"a","method":"engine.ping"}"#
    return calls.map { data + model + trainer + step + line($0.0, $0.1, 5) } + [
      "Content-Length: \(body.utf8.count)\r\n\r\n\(body)", "[\(body),{\"method\":1}]\n", "{} x\n",
      #"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":4}}"# + "\n" + body + "\n",
    ]
  }()
}
