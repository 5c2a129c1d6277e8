// A client of elbo for Node 18 or later, in one file to copy (its types are in elbo.d.mts): starts the engine, calls its methods.
//
//   const elbo = await Elbo.start()
//   console.log((await elbo.call("engine.info")).version)
//   await elbo.close()

import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

// Default limit of the bytes of a line: protocols/README.md, Limits.
const longestLine = 2 ** 24
// An array of fewer bytes is always sent in the line.
const small = 2 ** 16

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
  #limit
  // The folder of arrays that are too large for a line; created with the first.
  #folder
  // Where that folder is made: the engine's own folder, if it does not read temporary files.
  #place
  #files = 0

  static async start({ program = defaultProgram(), arguments: more = [] } = {}) {
    const elbo = new Elbo(program, more)
    await once(elbo.#child, "spawn").catch((error) => {
      throw new ElboGone(`no elbo at ${program}: build it (swift build -c release), or name it in ELBO (${error.message})`)
    })
    if (more.some((word) => /^--(root|read)(=|$)/.test(word))) {
      // If the engine refuses to start, the first call reports it.
      elbo.#place = (await elbo.call("engine.info").catch(() => ({}))).scratch
    }
    return elbo
  }

  constructor(program, more) {
    const option = more.findIndex((word) => /^--max-line(=|$)/.test(word))
    this.#limit = option < 0 ? longestLine : Number(more[option].split("=")[1] ?? more[option + 1]) || longestLine
    this.#child = spawn(program, ["serve", ...more], { stdio: "pipe" })
    this.#child.stdout.on("data", (chunk) => this.#read(chunk))
    // stderr is read all the time, so that its pipe never fills; only the last text is kept.
    this.#child.stderr.setEncoding("utf8").on("data", (text) => (this.#words = (this.#words + text).slice(-4000)))
    // The exit of the engine is reported once, by the event below, and not by its closed pipe.
    this.#child.stdin.on("error", () => {})
    this.#child.on("error", () => {})
    this.#child.on("close", (status, signal) => {
      this.#gone = new ElboGone(`the engine has ended (${signal ?? status})\n${this.#words}`)
      for (const { reject } of this.#pending.values()) reject(this.#gone)
      this.#pending.clear()
      if (this.#folder) rmSync(this.#folder, { recursive: true, force: true })
    })
  }

  call(method, params = {}, { progress, signal } = {}) {
    if (this.#gone) return Promise.reject(this.#gone)
    const id = ++this.#id
    const cancel = () => this.notify("$/cancelRequest", { id })
    const files = []
    let line
    try {
      line = this.#text({ jsonrpc: "2.0", id, method, params: progress ? { ...params, progress: true } : params }, files)
    } catch (error) {
      files.forEach((file) => rmSync(file, { force: true }))
      return Promise.reject(error)
    }
    if (progress) this.#reports.set(id, progress)
    const size = Buffer.byteLength(line)
    const answer = new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject, size })).finally(() => {
      files.forEach((file) => rmSync(file, { force: true }))
      signal?.removeEventListener("abort", cancel)
      // A background run continues to report after its reply, until its end.
      if (method !== "trainer.start") this.#reports.delete(id)
    })
    this.#child.stdin.write(line + "\n")
    if (signal?.aborted) cancel()
    signal?.addEventListener("abort", cancel, { once: true })
    return answer
  }

  notify(method, params = {}) {
    if (!this.#gone) this.#child.stdin.write(JSON.stringify({ jsonrpc: "2.0", method, params }) + "\n")
  }

  async close() {
    this.#child.stdin.end()
    if (!this.#gone) await once(this.#child, "close")
    return this.#child.exitCode
  }

  kill() {
    this.#child.kill()
  }

  // A request as text: a NumericArray becomes base64, in up to half of the line, or a file, whose path is added to `files`.
  #text(message, files) {
    let room = this.#limit / 2
    return JSON.stringify(message, (_, value) => {
      if (!(value?.values instanceof Float32Array)) return value
      // Node runs on little-endian machines, except s390x.
      const { buffer, byteOffset, byteLength } = value.values
      const bytes = Buffer.from(buffer, byteOffset, byteLength)
      const size = 4 * Math.ceil(byteLength / 3)
      if (size > room && byteLength >= small) {
        this.#folder ??= mkdtempSync(join(this.#place ?? tmpdir(), "elbo-"))
        files.push(join(this.#folder, `${++this.#files}.npy`))
        writeFileSync(files.at(-1), Buffer.concat([header(value.shape), bytes]))
        return { path: files.at(-1) }
      }
      room -= size
      return { shape: value.shape, dtype: "float32", base64: bytes.toString("base64") }
    })
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
    if (error && (id ?? null) === null) id = this.#refused()
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    if (error) this.#reports.delete(id)
    error ? pending?.reject(new ElboError(error)) : pending?.resolve(result)
  }

  // The call that an error without an id belongs to: the engine refused a line before reading its id. It is the first line
  // beyond the limit or, if all are within it, the longest.
  #refused() {
    const left = [...this.#pending].map(([id, { size }]) => ({ id, size }))
    const past = left.find(({ size }) => size > this.#limit)
    return (past ?? left.sort((a, b) => b.size - a.size)[0])?.id
  }
}

function defaultProgram() {
  const built = fileURLToPath(new URL("../../.build/release/elbo", import.meta.url))
  return process.env.ELBO ?? (existsSync(built) ? built : "elbo")
}

// The header of a NumPy file, version 1.
function header(shape) {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.map((extent) => `${extent},`).join(" ")}), }`
  const padded = text.padEnd(text.length + 63 - ((10 + text.length) % 64)) + "\n"
  return Buffer.from(`\x93NUMPY\x01\x00${String.fromCharCode(padded.length & 255, padded.length >> 8)}${padded}`, "latin1")
}

// For JSON.parse: both forms of an array become a NumericArray. Number() reads "NaN" and "Infinity".
function decoded(_, value) {
  if (!Array.isArray(value?.shape)) return value
  if (typeof value.base64 === "string") {
    // Copied, since a view of floats must begin at a multiple of four bytes.
    return { shape: value.shape, values: new Float32Array(Uint8Array.from(Buffer.from(value.base64, "base64")).buffer) }
  }
  return Array.isArray(value.values) ? { shape: value.shape, values: Float32Array.from(value.values, Number) } : value
}
