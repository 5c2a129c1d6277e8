"""examples/node/elbo.d.mts: methods, replies and modules, with their types."""
from .document import Document, capital, referred, variants


class TypeScript(Document):
    """examples/node/elbo.d.mts."""

    def text(self):
        kinds = dict.fromkeys(error["data"]["kind"] for error in self.errors.values())
        self.add(
            "// Written by scripts/describe from protocols/openrpc.json: the types of elbo.mjs.", "",
            "/** Numbers with a shape, row by row. */",
            "export interface NumericArray { shape: number[]; values: Float32Array }",
            "export type Nest = (number | Nest)[]",
            "/** An array in parameters. */",
            "export type ArrayLike = NumericArray | { shape: number[]; values: number[] } | Nest "
            "| { path: string; shape?: number[] }",
            "export type NotFinite = \"NaN\" | \"Infinity\" | \"-Infinity\"",
            f"export type Kind = {' | '.join(quoted(kind) for kind in kinds)}", "",
            "/** Progress of a training. */",
            f"export type Progress = {self.type(self.progress, True)}", "")
        for kind, schema in self.kinds.items():
            self.add(f"/** {schema['description']} */", f"export type {capital(kind)} =")
            self.add(*(f"  | {self.type(part, False)}" for part in schema["oneOf"]), "")
        self.add("/** The parameters and the result of each method. */", "export interface Methods {")
        for method in self.methods:
            params = {
                "type": "object", "properties": {p["name"]: p["schema"] for p in method["params"]},
                "required": [p["name"] for p in method["params"] if p.get("required")]}
            self.add(f"  /** {method['summary']} */",
                     f"  {quoted(method['name'])}: {{ params: {self.type(params, False)}; "
                     f"result: {self.type(method['result']['schema'], True)} }}")
        self.add("}", "", *HEAD.strip().splitlines())
        return "\n".join(self.lines) + "\n"

    def type(self, schema, isReply):
        if "$ref" in schema:
            name = referred(schema)
            if name == "Number":
                return "number | NotFinite"
            if name in ("Array", "ArrayReply", "Nest"):
                return "NumericArray" if isReply else "ArrayLike"
            return capital(name)
        if variants(schema):
            return " | ".join(dict.fromkeys(self.type(s, isReply) for s in variants(schema)))
        if "enum" in schema or "const" in schema:
            return " | ".join(quoted(value) for value in schema.get("enum") or [schema["const"]])
        kind = schema.get("type")
        if isinstance(kind, list):
            return " | ".join(kind)
        if kind == "array":
            items = schema["items"]
            if isinstance(items, list):
                return "[" + ", ".join(self.type(s, isReply) for s in items) + "]"
            inner = self.type(items, isReply)
            return f"({inner})[]" if "|" in inner else f"{inner}[]"
        if kind == "object" and schema.get("properties"):
            required = schema.get("required", [])
            return "{ " + "; ".join(
                f"{name if name.isidentifier() else quoted(name)}{'' if name in required else '?'}: "
                f"{self.type(inner, isReply)}" for name, inner in schema["properties"].items()) + " }"
        if kind == "object":
            values = schema.get("additionalProperties")
            if isinstance(values, dict):
                return f"Record<string, {self.type(values, isReply)}>"
            return "{}" if "properties" in schema else "Record<string, any>"
        return {"integer": "number"}.get(kind, kind or "any")


def quoted(value):
    return f'"{value}"' if isinstance(value, str) else str(value)


HEAD = """
/** `signal` asks the engine to stop: a training returns the updates done so far, other calls end with an error of the kind
 *  "cancelled". */
export interface CallOptions { progress?: (report: Progress) => void; signal?: AbortSignal }

/** An error reply: `kind` is its name, `path` the member of the parameters that it concerns. */
export class ElboError extends Error {
  code: number
  kind?: Kind
  path?: string
  expected?: string
  got?: string
}

/** The engine has exited or could not be started; the message says how, with its last output. */
export class ElboGone extends Error {}

/** An engine of its own. */
export class Elbo {
  private constructor()
  /** `arguments` are those of `elbo serve`. */
  static start(options?: { program?: string; arguments?: string[] }): Promise<Elbo>
  /** The result of a method. Any number may be under way: replies come in their order. */
  call<M extends keyof Methods>(
    method: M,
    ...rest: {} extends Methods[M]["params"]
      ? [params?: Methods[M]["params"], options?: CallOptions]
      : [params: Methods[M]["params"], options?: CallOptions]
  ): Promise<Methods[M]["result"]>
  /** Sends a notification. */
  notify(method: string, params?: object): void
  /** Lets the engine finish all requests and exit; returns its exit status. */
  close(): Promise<number | null>
  /** Ends the engine after the update under way. */
  kill(): void
}
"""
