import JSON

/// The fault that `body` ends in, if it does.
package func fault(_ body: () throws -> Void) -> Fault? {
  do { try body() } catch { return error as? Fault }
  return nil
}
