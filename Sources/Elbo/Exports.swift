// Programs, and parts that they register, need only `import Elbo`.
@_exported import DataSources
@_exported import Declarations
@_exported import JSON
@_exported import Layers
@_exported import Tensors
@_exported import Variational
