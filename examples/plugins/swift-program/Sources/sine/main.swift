import Elbo
import Service

try LayerKind.registry.add(.module(Sine.self) { $0 })
Program.main()
