// `import Elbo` is enough: for programs, and for parts of one's own.
@_exported import DataSources
@_exported import Declarations
@_exported import JSON
@_exported import Layers
@_exported import Tensors
@_exported import Variational
