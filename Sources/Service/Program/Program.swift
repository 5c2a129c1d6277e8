import Engine
import Glibc

/// The command line.
public enum Program {
  public static func run(_ arguments: [String]) -> Int32 {
    Serve.run(Configuration(), recording: nil)
  }
}
