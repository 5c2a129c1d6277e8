import JSON

/// Returns the fault that `body` throws, if any.
package func fault(_ body: () throws -> Void) -> Fault? {
  do { try body() } catch { return error as? Fault }
  return nil
}
