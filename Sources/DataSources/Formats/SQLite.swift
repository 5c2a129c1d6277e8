import Glibc

/// The functions of libsqlite3 that are used (sqlite.org/c3ref).
///
/// The library is loaded when a database is first read, so that the program runs without it.
struct SQLite: Sendable {
  typealias Database = OpaquePointer
  typealias Statement = OpaquePointer
  typealias Text = UnsafePointer<CChar>
  typealias Authorizer =
    @convention(c) (UnsafeMutableRawPointer?, Int32, Text?, Text?, Text?, Text?) -> Int32
  typealias Watch = @convention(c) (UnsafeMutableRawPointer?) -> Int32

  let open: @convention(c) (Text, UnsafeMutablePointer<Database?>, Int32, Text?) -> Int32
  let close: @convention(c) (Database) -> Int32
  let deserialize:
    @convention(c) (Database, Text, UnsafeMutableRawPointer, Int64, Int64, UInt32) -> Int32
  let authorize: @convention(c) (Database, Authorizer, UnsafeMutableRawPointer?) -> Int32
  let watch: @convention(c) (Database, Int32, Watch, UnsafeMutableRawPointer?) -> Void
  let prepare:
    @convention(c) (
      Database, Text, Int32, UnsafeMutablePointer<Statement?>, UnsafeMutablePointer<Text?>?
    ) -> Int32
  let isReadOnly: @convention(c) (Statement) -> Int32
  let step: @convention(c) (Statement) -> Int32
  let finalize: @convention(c) (Statement) -> Int32
  let message: @convention(c) (Database) -> Text
  let columnCount: @convention(c) (Statement) -> Int32
  let columnName: @convention(c) (Statement, Int32) -> Text?
  let columnType: @convention(c) (Statement, Int32) -> Int32
  let columnInteger: @convention(c) (Statement, Int32) -> Int64
  let columnDouble: @convention(c) (Statement, Int32) -> Double
  let columnText: @convention(c) (Statement, Int32) -> UnsafePointer<UInt8>?
  let columnBytes: @convention(c) (Statement, Int32) -> Int32

  static let ok: Int32 = 0
  static let row: Int32 = 100
  static let done: Int32 = 101
  static let denied: Int32 = 23
  static let noDatabase: Int32 = 26
  static let noMemory: Int32 = 7
  static let corrupt: Int32 = 11

  /// The library; nil if there is none on this machine.
  static let library = SQLite()

  private init?() {
    guard let handle = dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL) else { return nil }
    func function<T>(_ name: String) -> T? {
      dlsym(handle, "sqlite3_" + name).map { unsafeBitCast($0, to: T.self) }
    }
    guard
      let open: @convention(c) (Text, UnsafeMutablePointer<Database?>, Int32, Text?) -> Int32 =
        function("open_v2"),
      let close: @convention(c) (Database) -> Int32 = function("close_v2"),
      let deserialize:
        @convention(c) (Database, Text, UnsafeMutableRawPointer, Int64, Int64, UInt32) -> Int32 =
        function("deserialize"),
      let authorize: @convention(c) (Database, Authorizer, UnsafeMutableRawPointer?) -> Int32 =
        function("set_authorizer"),
      let watch: @convention(c) (Database, Int32, Watch, UnsafeMutableRawPointer?) -> Void =
        function("progress_handler"),
      let prepare:
        @convention(c) (
          Database, Text, Int32, UnsafeMutablePointer<Statement?>, UnsafeMutablePointer<Text?>?
        ) -> Int32 = function("prepare_v2"),
      let isReadOnly: @convention(c) (Statement) -> Int32 = function("stmt_readonly"),
      let step: @convention(c) (Statement) -> Int32 = function("step"),
      let finalize: @convention(c) (Statement) -> Int32 = function("finalize"),
      let message: @convention(c) (Database) -> Text = function("errmsg"),
      let columnCount: @convention(c) (Statement) -> Int32 = function("column_count"),
      let columnName: @convention(c) (Statement, Int32) -> Text? = function("column_name"),
      let columnType: @convention(c) (Statement, Int32) -> Int32 = function("column_type"),
      let columnInteger: @convention(c) (Statement, Int32) -> Int64 = function("column_int64"),
      let columnDouble: @convention(c) (Statement, Int32) -> Double = function("column_double"),
      let columnText: @convention(c) (Statement, Int32) -> UnsafePointer<UInt8>? =
        function("column_text"),
      let columnBytes: @convention(c) (Statement, Int32) -> Int32 = function("column_bytes")
    else {
      dlclose(handle)
      return nil
    }
    (self.open, self.close, self.deserialize) = (open, close, deserialize)
    (self.authorize, self.watch, self.prepare) = (authorize, watch, prepare)
    (self.isReadOnly, self.step, self.finalize) = (isReadOnly, step, finalize)
    (self.message, self.columnCount, self.columnName) = (message, columnCount, columnName)
    (self.columnType, self.columnInteger) = (columnType, columnInteger)
    (self.columnDouble, self.columnText, self.columnBytes) = (columnDouble, columnText, columnBytes)
  }
}
