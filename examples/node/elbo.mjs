// A client of elbo for Node 18 or later, in one file to copy: starts the engine and calls its methods.
//
//   const elbo = await Elbo.start()
//   console.log((await elbo.call("engine.info")).version)
//   await elbo.close()

import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"

/** @typedef {{shape: number[], values: Float32Array}} NumericArray Numbers of a shape, row by row. */
/** @typedef {{trainer: string, update: number, updates: number, elbo: number, updatesPerSecond?: number}} Progress */
/** @typedef {{progress?: (report: Progress) => void, signal?: AbortSignal}} CallOptions `signal` asks the engine to stop:
 *    a training answers with what it has done, anything else with an error of the kind "cancelled". */
/** @typedef {{resolve: (result: any) => void, reject: (error: Error) => void}} Pending */

/** An answer that is an error: `kind` is its name, `path` the member of the parameters that it is about. */
export class ElboError extends Error {
  /** @param {{code: number, message: string, data?: any}} error */
  constructor({ code, message, data = {} }) {
    super(data.hint ? `${message} (${data.hint})` : message)
    this.name = "ElboError"
    this.code = code
    /** @type {string | undefined} */ this.kind = data.kind
    /** @type {string | undefined} */ this.path = data.path
    /** @type {string | undefined} */ this.expected = data.expected
    /** @type {string | undefined} */ this.got = data.got
  }
}

/** The engine has ended, or could not be started: how, and the last that it said. */
export class ElboGone extends Error {}

/** An engine of its own. */
export class Elbo {
  /** @type {Map<number, Pending>} */ #pending = new Map()
  /** @type {Map<number, (report: Progress) => void>} */ #reports = new Map()
  /** @type {Buffer[]} */ #line = []
  /** @type {ElboGone | undefined} */ #gone
  #words = ""
  #id = 0
  #child

  /** `arguments` are those of `elbo serve`.
   *  @param {{program?: string, arguments?: string[]}} options */
  static async start({ program = defaultProgram(), arguments: more = [] } = {}) {
    const elbo = new Elbo(program, more)
    await once(elbo.#child, "spawn").catch((error) => {
      throw new ElboGone(`no elbo at ${program}: build it (swift build -c release), or name it in ELBO (${error.message})`)
    })
    return elbo
  }

  /** @private
   *  @param {string} program
   *  @param {string[]} more */
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

  /** The result of a method, its arrays as `NumericArray`. Any number may be under way: replies come in their order.
   *  @param {string} method
   *  @param {object} [params]
   *  @param {CallOptions} options
   *  @returns {Promise<any>} */
  call(method, params = {}, { progress, signal } = {}) {
    if (this.#gone) return Promise.reject(this.#gone)
    const id = ++this.#id
    const cancel = () => this.notify("$/cancelRequest", { id })
    if (progress) this.#reports.set(id, progress)
    const answer = new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject })).finally(() => {
      signal?.removeEventListener("abort", cancel)
      // A background run reports on after its answer.
      if (method !== "trainer.start") this.#reports.delete(id)
    })
    this.#write({ jsonrpc: "2.0", id, method, params: progress ? { ...params, progress: true } : params })
    if (signal?.aborted) cancel()
    signal?.addEventListener("abort", cancel, { once: true })
    return answer
  }

  /** Sends what is never answered.
   *  @param {string} method
   *  @param {object} [params] */
  notify(method, params = {}) {
    if (!this.#gone) this.#write({ jsonrpc: "2.0", method, params })
  }

  /** Lets the engine finish what was asked for, and end; answers its exit status.
   *  @returns {Promise<number | null>} */
  async close() {
    this.#child.stdin.end()
    if (!this.#gone) await once(this.#child, "close")
    return this.#child.exitCode
  }

  /** Ends the engine after the update under way. */
  kill() {
    this.#child.kill()
  }

  /** @param {object} message */
  #write(message) {
    this.#child.stdin.write(JSON.stringify(message, encoded) + "\n")
  }

  // Lines are cut by hand: node:readline also cuts at U+2028, which JSON allows inside a string.
  /** @param {Buffer} chunk */
  #read(chunk) {
    for (let end; (end = chunk.indexOf(10)) >= 0; chunk = chunk.subarray(end + 1)) {
      const line = Buffer.concat([...this.#line, chunk.subarray(0, end)])
      this.#line = []
      this.#receive(JSON.parse(line.toString(), decoded))
    }
    if (chunk.length) this.#line.push(chunk)
  }

  /** @param {any} message */
  #receive(message) {
    if (message.method) return this.#reports.get(message.params.id)?.(message.params)
    const pending = this.#pending.get(message.id)
    this.#pending.delete(message.id)
    if (message.error) pending?.reject(new ElboError(message.error))
    else pending?.resolve(message.result)
  }
}

function defaultProgram() {
  const built = fileURLToPath(new URL("../../.build/release/elbo", import.meta.url))
  return process.env.ELBO ?? (existsSync(built) ? built : "elbo")
}

// For JSON.stringify: a NumericArray becomes base64. Node runs on little-endian machines but for s390x.
/** @type {(name: string, value: any) => any} */
function encoded(_, value) {
  if (!(value?.values instanceof Float32Array)) return value
  const { buffer, byteOffset, byteLength } = value.values
  return { shape: value.shape, dtype: "float32", base64: Buffer.from(buffer, byteOffset, byteLength).toString("base64") }
}

// For JSON.parse: both forms of an array become a NumericArray. Number() reads "NaN" and "Infinity", as they stand there.
/** @type {(name: string, value: any) => any} */
function decoded(_, value) {
  if (!Array.isArray(value?.shape)) return value
  if (typeof value.base64 === "string") {
    // Copied, since a view of floats must begin at a multiple of four bytes.
    const bytes = Uint8Array.from(Buffer.from(value.base64, "base64"))
    return { shape: value.shape, values: new Float32Array(bytes.buffer) }
  }
  return Array.isArray(value.values) ? { shape: value.shape, values: Float32Array.from(value.values, Number) } : value
}
