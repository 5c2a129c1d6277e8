import Glibc
import JSON
import SessionSupport
import Testing

@testable import Service

/// The homework's logs with few updates and few images, so that they stay valid.
@Suite struct HomeworkLogs {
  private static let root =
    #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/"

  private func results(of log: String, in folder: String) throws -> [String: JSON] {
    mkdir(folder, 0o755)
    let lines = try contents(of: Self.root + "examples/" + log).split(separator: "\n").map {
      Self.short(try json(String($0)), in: folder).line
    }
    var results: [String: JSON] = [:]
    for reply in try replies(to: lines) {
      #expect(reply["error"] == nil, "\(reply.line)")
      if let id = reply["id"]?.line { results[id] = reply["result"] }
    }
    #expect(results.count == lines.count, "an id twice, or a reply without one")
    return results
  }

  /// Returns the same request with small numbers, and with its files in `folder`.
  private static func short(_ value: JSON, in folder: String) -> JSON {
    switch value {
    case .object(let members):
      .object(
        members.map { member in
          let value: JSON =
            switch (member.name, member.value) {
            case ("updates", _): 100
            case ("count", 10000): 200
            case ("count", 1000): 2
            case ("test", 1000): 20
            case ("samples", 100): 5
            case ("every", 1000): 100
            case ("path", .string(let name)), ("images", .string(let name)),
              ("labels", .string(let name)):
              .string(folder + "/" + name)
            default: short(member.value, in: folder)
            }
          return JSON.Member(member.name, value)
        })
    case .array(let elements): .array(elements.map { short($0, in: folder) })
    default: value
    }
  }

  @Test func problemOne() throws {
    let results = try results(of: "homework/problem-1.ndjson", in: files("problem-1"))
    #expect(results["\"(d) N=3 Q1\""]?["q"] == .array([.real(0), .real(0.5), .real(0.5)]))
    guard case .real(let divergence) = results["\"(c) N=10 Q2\""]?["divergence"] else {
      Issue.record("no divergence")
      return
    }
    #expect((divergence - log(1023)).magnitude < 1e-12)
  }

  @Test(arguments: ["homework.ndjson", "homework-mnist.ndjson"])
  func problemTwo(log: String) throws {
    let folder = files(log + ".d")
    mkdir(folder, 0o755)
    // Files in the form of MNIST's, with their names.
    for part in ["train", "t10k"] {
      for (kind, file) in [("images-idx3", "images-200"), ("labels-idx1", "labels-200")] {
        #expect(link(files(file), "\(folder)/\(part)-\(kind)-ubyte.gz") == 0)
      }
    }
    let results = try results(of: "homework/" + log, in: folder)
    #expect(results["\"(ii) 10,000 updates\""]?["update"] == 200)
    for picture in ["curves.svg", "reconstructions.png", "samples.png", "validation.svg"] {
      #expect(access("\(folder)/\(picture)", R_OK) == 0, "\(picture)")
    }
  }

  @Test func sessionOfTheFrontPage() throws {
    let results = try results(of: "session.ndjson", in: files("session"))
    #expect(results["4"]?["updates"] == 100)
    let page = try contents(of: Self.root + "README.md")
    for line in try contents(of: Self.root + "examples/session.ndjson").split(separator: "\n") {
      #expect(page.contains(line), "README.md lacks \(line)")
    }
  }
}
