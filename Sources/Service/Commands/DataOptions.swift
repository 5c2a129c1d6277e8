extension Option {
  static let label = Option(
    name: "label", argument: "NAME",
    summary:
      "The classes: a column (csv, h5ad), an array (npz, safetensors), a file (npy, idx), folders or names (pictures)."
  )
  static let key = Option(
    name: "key", argument: "NAME", summary: "The array with the rows, in npz, safetensors and hdf5."
  )
  static let words = Option(
    name: "words", argument: "COLUMN",
    summary: "A column of csv whose numbers are classes or words; may be repeated.")
  static let missing = Option(
    name: "missing", argument: "HOW",
    summary: "Missing values in csv: refuse (default), drop or mean.")
  static let binarize = Option(
    name: "binarize", argument: "LEVEL", summary: "Make values 1 above this level, and 0 below.")

  static let columns = Option(
    name: "columns", argument: "A,B,…", summary: "The columns of csv to take, in this order.")
  static let index = Option(
    name: "index", argument: "COLUMN", summary: "A column of csv that only numbers the rows.")

  static let delimiter = Option(
    name: "delimiter", argument: "CHARACTER",
    summary: "The character between fields of csv, such as ';'.")
  static let mark = Option(
    name: "mark", argument: "WORD",
    summary: "A word of csv for a missing value, besides NA, NaN and ?; may be repeated.")

  static let decimal = Option(
    name: "decimal", argument: "CHARACTER",
    summary: "The character before the fraction of a number in csv, such as ','.")
  static let thousands = Option(
    name: "thousands", argument: "CHARACTER",
    summary: "The character between thousands in csv, such as ','.")

  /// How a file of csv is written: options with the names of members of its source.
  static let dialect = [missing, delimiter, decimal, thousands]

  /// The options that only csv has.
  static let csv = [columns, index, words, mark] + dialect

  /// The options about a file of data.
  static let data = [label, key] + csv + [binarize]
}
