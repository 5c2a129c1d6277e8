import Files
import Glibc
import JSON
import TestSupport
import Testing

@testable import Pictures

private let isPresent = Gnuplot().program != nil

@Suite struct Quoting {
  @Test(arguments: [
    ("plain", "'plain'"), ("it's", "'it''s'"), ("a\nb\r\0c", "'a b  c'"),
    ("\\n`x` $y", "'\\n`x` $y'"),
    ("\";system(\"x\")", "'\";system(\"x\")'"), ("é ≤ λ − ‖", "'é ≤ λ − ‖'"),
    ("漢\u{2028}🙂", "'? ?'"),
    ("", "''"), ("a]]>b", "'a]] >b'"),
  ])
  func keepsTextOneHarmlessString(text: String, quotation: String) {
    #expect(quoted(text) == quotation)
  }

  @Test func cutsTheLongest() {
    #expect(quoted(String(repeating: "'", count: 99), limit: 2) == "'''''…'")
  }
}

@Suite struct Keys {
  private func corner(_ y: [Double], _ style: Series.Style = .line) -> PanelScript.Corner {
    let series = Series("s", x: y.indices.map(Double.init), y: y, style)
    let layout = PanelLayout(Panel(x: Axis("x"), y: Axis("y"), [series]))
    return PanelScript(layout: layout, place: 0).corner
  }

  @Test func keyStandsWhereThereIsRoom() {
    #expect(corner((0...20).map { -Double($0) }) == .topRight)
    #expect(corner((0...20).map(Double.init)) == .topLeft)
    #expect(corner((0...20).map { 1 - exp(-Double($0)) }) == .bottomRight)
    #expect(corner([0, 0, 0, 0, 0, 9, 9, 9, 9, 9], .bars) == .topLeft)
    // Two lines, along the top and along the bottom.
    #expect(corner((0...20).map { $0 % 2 == 0 ? 0 : 1 }) == .centreRight)
  }
}

@Suite(.enabled(if: isPresent, "gnuplot is not installed")) struct GnuplotCharts {
  @Test(arguments: Picture.Format.allCases)
  func comeInEveryFormat(format: Picture.Format) throws {
    for (name, chart) in SampleCharts.all {
      let picture = try chart.picture(format, by: .gnuplot)
      #expect(picture.bytes.starts(with: format.magic), "\(name)")
      #expect(picture.bytes.count < 300_000)
      if format == .svg {
        let text = String(decoding: picture.bytes, as: UTF8.self)
        #expect(text.contains(chart.panels[0].y.label), "\(name)")
      }
    }
  }

  @Test func showTextAsItIsAndRunNoneOfIt() throws {
    let folder = Folder()
    let evil = "a\"b'\n\\`touch \(folder.path)/x`$é<&>;system(\"touch \(folder.path)/x\")"
    let panel = Panel(
      x: Axis(evil, words: [evil, "50%s%"]), y: Axis(evil),
      [Series(evil, x: [0, 1], y: [1, 2]), Series("b\nset output 'x'\n", x: [0], y: [2], .bars)])
    for format in Picture.Format.allCases {
      let picture = try Chart(evil, [panel]).picture(format, by: .gnuplot)
      #expect(picture.bytes.starts(with: format.magic))
      if format == .svg {
        let text = String(decoding: picture.bytes, as: UTF8.self)
        let isWhole = text.contains("é&lt;&amp;>;system(") && text.contains("50%s%")
        #expect(isWhole)
      }
    }
    #expect(access(folder.path + "/x", F_OK) != 0)
  }

  @Test(arguments: Series.Style.allCases)
  func bearGapsSinglePointsAndExtremes(style: Series.Style) throws {
    for chart in SampleCharts.extremes(style) {
      #expect(try !chart.picture(.svg, by: .gnuplot).bytes.isEmpty)
    }
  }

  @Test func writeRangesInTheUnitsOfTheAxis() {
    #expect(Span([0]).range == "[-0.5:0.5]")
    #expect(Span([1, 100], isLogarithmic: true).range == "[10**(0.0):10**(2.0)]")
  }
}

@Suite struct Programs {
  private let chart = Chart(
    "t", [Panel(x: Axis("x"), y: Axis("y"), [Series("s", x: [1], y: [1])])])

  @Test(arguments: [[], [Double.nan, .infinity]])
  func areNotAskedToDrawNothing(y: [Double]) throws {
    let chart = Chart.curves(update: y, reconstruction: y, divergence: y)
    // Also without gnuplot: an empty chart is reported first.
    let refusal = fault { _ = try chart.picture(.svg, with: Gnuplot(searchPath: "")) }
    #expect(refusal?.kind == .wrongState)
  }

  @Test(arguments: ["", "/nonexistent:relative:", "/usr/share"])
  func thatAreMissingAreNamed(searchPath: String) throws {
    let gnuplot = Gnuplot(searchPath: searchPath)
    let refusal = try #require(fault { _ = try chart.picture(.png, with: gnuplot) })
    #expect(refusal.kind == .missingProgram)
    #expect(refusal.hint == "apt-get install gnuplot-nox")
  }

  @Test func thatFailAreQuoted() throws {
    let folder = try Folder(gnuplot: "cat > /dev/null; echo; echo '  no such terminal' >&2; exit 3")
    let gnuplot = Gnuplot(searchPath: folder.path)
    let refusal = try #require(fault { _ = try chart.picture(.png, with: gnuplot) })
    #expect(refusal.kind == .io)
    #expect(refusal.message == "gnuplot ended with status 3: no such terminal")
  }

  @Test(.enabled(if: isPresent, "gnuplot is not installed"))
  func thatRefuseAScriptAreQuoted() throws {
    let refusal = try #require(fault { _ = try Gnuplot().draw("set nonsense\n") })
    #expect(refusal.kind == .io && refusal.message.contains("set nonsense"))
  }

  @Test func thatCloseTheirEarsAreNoSignal() throws {
    let folder = try Folder(gnuplot: "exec <&-; printf picture")
    let words = String(repeating: "plot 1\n", count: 1 << 18)
    let bytes = try Gnuplot(searchPath: folder.path).draw(words)
    #expect(bytes == Array("picture".utf8))
  }

  @Test func thatSayMuchBothWaysDoNotBlock() throws {
    let folder = try Folder(
      gnuplot: "head -c 3000000 /dev/zero >&2; head -c 3000000 /dev/zero; cat > /dev/null")
    let words = String(repeating: "x", count: 1 << 20)
    #expect(try Gnuplot(searchPath: folder.path).draw(words).count == 3_000_000)
  }

  /// A cancelled program is killed long before its time limit.
  @Test func thatAreNoLongerWantedAreEnded() throws {
    for script in ["sleep 100", "exec <&- >&- 2>&-; sleep 100"] {
      let folder = try Folder(gnuplot: script)
      let gnuplot = Gnuplot(searchPath: folder.path)
      let start = ContinuousClock.now
      let refusal = fault {
        _ = try chart.picture(.png, with: gnuplot) { () throws(Fault) in
          guard ContinuousClock.now - start < .milliseconds(100) else {
            throw Fault(.cancelled, "cancelled")
          }
        }
      }
      #expect(refusal?.kind == .cancelled)
      #expect(ContinuousClock.now - start < .seconds(5))
    }
  }

  @Test func thatHangAreEndedWithAllTheyStarted() throws {
    let folder = try Folder(gnuplot: "sleep 100 & echo $! $$ > \"$(dirname \"$0\")/pids\"; wait")
    let gnuplot = Gnuplot(searchPath: folder.path, limit: .milliseconds(400))
    let refusal = try #require(fault { _ = try chart.picture(.png, with: gnuplot) })
    #expect(refusal.kind == .io && refusal.message.contains("was not done within"))
    let pids = String(decoding: try File.read(folder("pids")), as: UTF8.self)
      .split { $0 == " " || $0 == "\n" }.compactMap { pid_t($0) }
    #expect(pids.count == 2)
    // The shell is our child and is gone; its own child is at most a zombie of init's.
    #expect(kill(try #require(pids.last), 0) == -1 && errno == ESRCH)
  }
}

extension Folder {
  /// Makes a folder with a program `gnuplot` of these lines of shell.
  fileprivate convenience init(gnuplot script: String) throws {
    self.init()
    chmod(try write("gnuplot", Array("#!/bin/sh\n\(script)\n".utf8)), 0o755)
  }
}
