/// Every command, one line each. To add a command: write its file, add its line.
public let methods: [Method] = [
  Method(EngineInfo.self),
  Method(EnginePing.self),
  Method(EngineStats.self),
]
