import CMPI
import Glibc
import JSON
import Synchronization
import Tensors

/// Messages by an MPI library, which is loaded when it is needed.
///
/// One thread at a time may call it.
final class MPI: Transport {
  let rank: Int
  let count: Int
  /// The library's own name and version.
  let name: String
  private let functions: elbo_mpi_functions
  /// Whether another process was lost; nothing can be sent from then on.
  let isLost = Atomic(false)

  /// The MPI libraries that there are, by the word in the name of ours.
  enum Kind: String, CaseIterable {
    case openMPI = "openmpi"
    case mpich

    var words: String { self == .openMPI ? "Open MPI" : "MPICH" }
    var package: String { self == .openMPI ? "openmpi-bin" : "mpich" }

    /// The library whose launcher has started this process, by the variables that it sets.
    static var ofThisProcess: Kind? {
      if has("OMPI_COMM_WORLD_SIZE") || has("PMIX_RANK") { return .openMPI }
      return has("PMI_RANK") || has("PMI_FD") ? .mpich : nil
    }

    private static func has(_ name: String) -> Bool { getenv(name) != nil }

    /// Where our library for it may be: beside the program, or where `scripts/mpi` puts it.
    private var places: [String] {
      let folder = Launcher.program.split(separator: "/", omittingEmptySubsequences: false)
        .dropLast().joined(separator: "/")
      return ["../lib/elbo", "../../lib/elbo"].map { "\(folder)/\($0)/libelbo-\(rawValue).so" }
    }

    /// The path of our library; nil if there is none.
    var library: String? { places.first { access($0, R_OK) == 0 } }

    /// Throws `missingProgram`.
    func requireLibrary() throws(Fault) -> String {
      if let library { return library }
      throw Fault(
        .missingProgram, "there is no libelbo-\(rawValue).so, which several processes need",
        expected: "it in one of \(places.joined(separator: ", "))", got: "no such file",
        hint:
          "build it with scripts/mpi FOLDER, or use the launcher of the MPI that is there: of srun, --mpi=pmix is for Open MPI and --mpi=pmi2 for MPICH"
      )
    }
  }

  /// Loads the library and meets the other processes. Throws `missingProgram`, `plugin` and `rank`.
  init() throws(Fault) {
    guard let kind = Kind.ofThisProcess else {
      throw Fault(
        .rank, "no launcher of MPI has started this process",
        expected: "variables of Open MPI or MPICH", got: "none",
        hint: "start elbo serve --ranks N; under Slurm srun needs --mpi=pmix or --mpi=pmi2")
    }
    let path = try kind.requireLibrary()
    // Global, because Open MPI loads parts that look for its functions.
    guard let handle = dlopen(path, RTLD_NOW | RTLD_GLOBAL), let symbol = dlsym(handle, "elbo_mpi")
    else {
      let reason = dlerror().map { String(cString: $0) } ?? "no reason given"
      throw Fault(
        .plugin, "\(path) cannot be loaded: \(reason)", hint: "install \(kind.package)")
    }
    typealias Entry = @convention(c) () -> UnsafePointer<elbo_mpi_functions>
    let functions = unsafeBitCast(symbol, to: Entry.self)().pointee
    self.functions = functions
    guard functions.abi_version == UInt32(ELBO_MPI_ABI),
      functions.struct_size == UInt32(MemoryLayout<elbo_mpi_functions>.size)
    else {
      throw Fault(
        .plugin, "\(path) is of another version of the program", expected: "\(ELBO_MPI_ABI)",
        got: "\(functions.abi_version)", hint: "build it again with scripts/mpi")
    }
    var (rank, count): (Int32, Int32) = (0, 0)
    let code = functions.begin(&rank, &count)
    guard code == 0 else {
      throw Fault(.rank, "MPI does not begin: \(Self.words(code, functions))")
    }
    (self.rank, self.count) = (Int(rank), Int(count))
    name = Self.text { functions.describe($0, $1) }
  }

  private static func text(_ write: (UnsafeMutablePointer<CChar>, Int) -> Void) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1024) { buffer in
      guard let base = buffer.baseAddress else { return "" }
      base.initialize(repeating: 0, count: buffer.count)
      write(base, buffer.count)
      return String(cString: base)
    }
  }

  private static func words(_ code: Int32, _ functions: elbo_mpi_functions) -> String {
    text { functions.explain(code, $0, $1) }
  }

  func gather(
    _ own: UnsafeRawBufferPointer, into all: UnsafeMutableRawBufferPointer, counts: [Int]
  ) throws(Fault) {
    try check(
      counts.map(Int64.init).withUnsafeBufferPointer {
        functions.gather(own.baseAddress, all.baseAddress, $0.baseAddress)
      })
  }

  func broadcast(_ bytes: UnsafeMutableRawBufferPointer) throws(Fault) {
    try check(functions.broadcast(bytes.baseAddress, Int64(bytes.count)))
  }

  private func check(_ code: Int32) throws(Fault) {
    guard code != 0 else { return }
    isLost.store(true, ordering: .releasing)
    throw Fault(
      .rank, "rank \(rank) cannot reach the others: \(Self.words(code, functions))")
  }

  /// Takes leave; all processes have to.
  func end() { functions.end() }
}
