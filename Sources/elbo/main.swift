import Glibc
import Service

// Not `exit`: a thread may still be reading, and handlers at exit would run beside it.
_exit(Program.run(CommandLine.arguments))
