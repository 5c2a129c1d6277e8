// A client of elbo for Node 18 or later, in one file to copy (its types are in elbo.d.mts): starts the engine, calls its methods.
//
//   const elbo = await Elbo.start()
//   console.log((await elbo.call("engine.info")).version)
//   await elbo.close()

import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"

export class ElboError extends Error {
  constructor({ code, message, data: { hint, ...data } = {} }) {
    super(hint ? `${message} (${hint})` : message)
    Object.assign(this, { name: "ElboError", code, ...data })
  }
}

export class ElboGone extends Error {}

export class Elbo {
  #pending = new Map()
  #reports = new Map()
  #line = []
  #words = ""
  #id = 0
  #gone
  #child

  static async start({ program = defaultProgram(), arguments: more = [] } = {}) {
    const elbo = new Elbo(program, more)
    await once(elbo.#child, "spawn").catch((error) => {
      throw new ElboGone(`no elbo at ${program}: build it (swift build -c release), or name it in ELBO (${error.message})`)
    })
    return elbo
  }

  constructor(program, more) {
    this.#child = spawn(program, ["serve", ...more], { stdio: "pipe" })
    this.#child.stdout.on("data", (chunk) => this.#read(chunk))
    // Read all the time, or the engine's words would fill their pipe; only the last are kept.
    this.#child.stderr.setEncoding("utf8").on("data", (text) => (this.#words = (this.#words + text).slice(-4000)))
    // An engine that has ended is reported once, by the event below, and not by the pipe that it left.
    this.#child.stdin.on("error", () => {})
    this.#child.on("error", () => {})
    this.#child.on("close", (status, signal) => {
      this.#gone = new ElboGone(`the engine has ended (${signal ?? status})\n${this.#words}`)
      for (const { reject } of this.#pending.values()) reject(this.#gone)
      this.#pending.clear()
    })
  }

  call(method, params = {}, { progress, signal } = {}) {
    if (this.#gone) return Promise.reject(this.#gone)
    const id = ++this.#id
    const cancel = () => this.notify("$/cancelRequest", { id })
    if (progress) this.#reports.set(id, progress)
    const answer = new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject })).finally(() => {
      signal?.removeEventListener("abort", cancel)
      // A background run reports on after its answer, up to its end.
      if (method !== "trainer.start") this.#reports.delete(id)
    })
    this.#write({ jsonrpc: "2.0", id, method, params: progress ? { ...params, progress: true } : params })
    if (signal?.aborted) cancel()
    signal?.addEventListener("abort", cancel, { once: true })
    return answer
  }

  notify(method, params = {}) {
    if (!this.#gone) this.#write({ jsonrpc: "2.0", method, params })
  }

  async close() {
    this.#child.stdin.end()
    if (!this.#gone) await once(this.#child, "close")
    return this.#child.exitCode
  }

  kill() {
    this.#child.kill()
  }

  #write(message) {
    this.#child.stdin.write(JSON.stringify(message, encoded) + "\n")
  }

  // Lines are cut by hand: node:readline also cuts at U+2028, which JSON allows inside a string.
  #read(chunk) {
    for (let end; (end = chunk.indexOf(10)) >= 0; chunk = chunk.subarray(end + 1)) {
      const line = Buffer.concat([...this.#line, chunk.subarray(0, end)])
      this.#line = []
      this.#receive(JSON.parse(line.toString(), decoded))
    }
    if (chunk.length) this.#line.push(chunk)
  }

  #receive({ id, method, params, result, error }) {
    if (method) {
      this.#reports.get(params.id)?.(params)
      return params.state && this.#reports.delete(params.id)
    }
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    if (error) this.#reports.delete(id)
    error ? pending?.reject(new ElboError(error)) : pending?.resolve(result)
  }
}

function defaultProgram() {
  const built = fileURLToPath(new URL("../../.build/release/elbo", import.meta.url))
  return process.env.ELBO ?? (existsSync(built) ? built : "elbo")
}

// For JSON.stringify: a NumericArray becomes base64. Node runs on little-endian machines but for s390x.
function encoded(_, value) {
  if (!(value?.values instanceof Float32Array)) return value
  const { buffer, byteOffset, byteLength } = value.values
  return { shape: value.shape, dtype: "float32", base64: Buffer.from(buffer, byteOffset, byteLength).toString("base64") }
}

// For JSON.parse: both forms of an array become a NumericArray. Number() reads "NaN" and "Infinity", as they stand there.
function decoded(_, value) {
  if (!Array.isArray(value?.shape)) return value
  if (typeof value.base64 === "string") {
    // Copied, since a view of floats must begin at a multiple of four bytes.
    return { shape: value.shape, values: new Float32Array(Uint8Array.from(Buffer.from(value.base64, "base64")).buffer) }
  }
  return Array.isArray(value.values) ? { shape: value.shape, values: Float32Array.from(value.values, Number) } : value
}
