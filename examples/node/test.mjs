// Drives the engine through the client: a short training, progress, errors, arrays, many calls at once, the end.

import assert from "node:assert/strict"
import { mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { Elbo, ElboError, ElboGone } from "./elbo.mjs"

/** @param {Elbo} elbo */
async function build(elbo) {
  const transforms = [{ type: "subsample", factor: 2 }, { type: "binarize" }]
  await elbo.call("data.load", { name: "digits", source: { type: "strokes", count: 1000 }, transforms })
  const stack = [{ type: "dense", units: 32 }, { type: "tanh" }, { type: "dense" }]
  const likelihood = { type: "bernoulli" }
  await elbo.call("model.build", { name: "vae", data: "digits", latent: 4, encoder: stack, decoder: stack, likelihood })
  await elbo.call("trainer.create", { name: "run", model: "vae", data: "digits" })
}

/** @param {(elbo: Elbo) => Promise<void>} body */
async function session(body) {
  const elbo = await Elbo.start()
  await body(elbo)
  assert.equal(await elbo.close(), 0)
}

const sleep = (/** @type {number} */ milliseconds) => new Promise((go) => setTimeout(go, milliseconds))

/** @type {Record<string, () => Promise<void>>} */
const tests = {
  training: () =>
    session(async (elbo) => {
      await build(elbo)
      /** @type {number[]} */
      const seen = []
      const progress = (/** @type {import("./elbo.mjs").Progress} */ report) => void seen.push(report.update)
      const before = await elbo.call("evaluate.elbo", { model: "vae", data: "digits" })
      const done = await elbo.call("trainer.step", { trainer: "run", updates: 500 }, { progress })
      assert.equal(done.update, 500)
      assert.ok(seen.length > 0 && seen[0] >= 1, `${seen}`)
      const { elbo: bound, count } = await elbo.call("evaluate.elbo", { model: "vae", data: "digits" })
      assert.equal(count, 1000)
      assert.ok(bound > before.elbo + 1 && bound < -25, `${before.elbo} to ${bound}`)
    }),

  background: () =>
    session(async (elbo) => {
      await build(elbo)
      let reports = 0
      const progress = () => void reports++
      const started = await elbo.call("trainer.start", { trainer: "run", updates: 1e9 }, { progress })
      assert.equal(started.state, "running")
      const samples = await elbo.call("model.sample", { model: "vae", count: 2 })
      assert.deepEqual(samples.output.shape, [2, 14, 14])
      while (reports < 2) await sleep(10)
      assert.equal((await elbo.call("trainer.stop", { trainer: "run" })).state, "idle")
    }),

  cancelling: () =>
    session(async (elbo) => {
      await build(elbo)
      const controller = new AbortController()
      const options = { progress: () => controller.abort(), signal: controller.signal }
      const done = await elbo.call("trainer.step", { trainer: "run", updates: 1e9 }, options)
      assert.equal(done.stopped, "cancelled")
    }),

  errors: () =>
    session(async (elbo) => {
      await assert.rejects(elbo.call("model.info", { model: "vae" }), { name: "ElboError", code: 1001, kind: "unknownName" })
      const source = { type: "strokes", cuont: 3 }
      await assert.rejects(elbo.call("data.load", { source }), (/** @type {ElboError} */ error) => {
        assert.equal(error.path, "source.cuont")
        assert.match(error.message, /count/)
        return error instanceof ElboError
      })
      await assert.rejects(elbo.call("no\u2028such"), { code: -32601, message: /no\u2028such/ })
      elbo.notify("no.such")
      assert.equal((await elbo.call("engine.info")).name, "elbo")
    }),

  arrays: () =>
    session(async (elbo) => {
      const stack = [{ type: "dense" }]
      const model = "m"
      await elbo.call("model.build", { name: model, shape: [64], latent: 2, encoder: stack, decoder: stack, likelihood: { type: "bernoulli" } })
      // Megabytes both ways at once: nobody waits for the other.
      const latent = { shape: [20000, 2], values: Float32Array.from({ length: 40000 }, (_, i) => (i % 7) / 7) }
      const ask = () => elbo.call("model.decode", { model, latent, encoding: "base64" })
      const [first, ...more] = (await Promise.all([ask(), ask(), ask()])).map((result) => result.output)
      assert.deepEqual(first.shape, [20000, 64])
      for (const { values } of more) assert.deepEqual(values, first.values)
      const { output } = await elbo.call("model.decode", { model, latent: [[0, 1 / 7]] })
      assert.deepEqual(output.shape, [1, 64])
      assert.ok(Math.abs(output.values[5] - first.values[5]) < 1e-6)
      // Back in as they came out.
      const { parameters } = await elbo.call("model.parameters", { model, encoding: "base64" })
      assert.deepEqual((await elbo.call("model.assign", { model, parameters })).assigned, Object.keys(parameters))
    }),

  "large arrays": async () => {
    // 6,000 images are 25 MB in base64, too long for a line: they go by files, which do not stay.
    const folder = mkdtempSync(join(tmpdir(), "elbo-test-"))
    const before = process.env.TMPDIR
    process.env.TMPDIR = folder
    try {
      await session(async (elbo) => {
        const rows = { shape: [6000, 784], values: Float32Array.from({ length: 6000 * 784 }, (_, i) => i) }
        const load = (/** @type {string} */ name) => elbo.call("data.load", { name, source: { type: "array", values: rows } })
        const loaded = await Promise.all([load("a"), load("b"), load("c")])
        for (const { count, maximum } of loaded) assert.deepEqual([count, maximum], [6000, 6000 * 784 - 1])
        const { input } = await elbo.call("data.get", { data: "c", indices: [5999] })
        assert.deepEqual(input.values, rows.values.subarray(5999 * 784))
        await assert.rejects(elbo.call("model.encode", { model: "none", input: rows }), { kind: "unknownName" })
        assert.deepEqual(readdirSync(join(folder, readdirSync(folder)[0])), [])
      })
      assert.deepEqual(readdirSync(folder), [])
      const narrow = await Elbo.start({ arguments: ["--max-line", "70000"] })
      const values = { shape: [200, 100], values: new Float32Array(20000) }
      assert.equal((await narrow.call("data.load", { source: { type: "array", values } })).count, 200)
      await narrow.close()
    } finally {
      if (before === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = before
      rmSync(folder, { recursive: true })
    }
  },

  "a fence": async () => {
    // Where the engine does not read temporary files, large arrays go by its own folder.
    const root = mkdtempSync(join(tmpdir(), "elbo-test-"))
    try {
      const elbo = await Elbo.start({ arguments: ["--root", root] })
      const { scratch } = await elbo.call("engine.info")
      assert.equal(dirname(scratch ?? ""), realpathSync(root))
      const values = { shape: [6000, 784], values: new Float32Array(6000 * 784) }
      assert.equal((await elbo.call("data.load", { source: { type: "array", values } })).count, 6000)
      await assert.rejects(elbo.call("data.load", { source: { type: "csv", path: `${root}-outside` } }), { kind: "denied" })
      assert.equal(await elbo.close(), 0)
      assert.deepEqual(readdirSync(root), [])
    } finally {
      rmSync(root, { recursive: true })
    }
  },

  "lines that are too long": async () => {
    await session(async (elbo) => {
      const long = "x".repeat(17 * 2 ** 20)
      const [first, info, second] = await Promise.allSettled([
        elbo.call("model.info", { model: long }), elbo.call("engine.info"), elbo.call("data.info", { data: long })])
      assert.equal(info.status, "fulfilled")
      for (const answer of [first, second]) {
        assert.ok(answer.status === "rejected" && answer.reason.kind === "tooLarge", JSON.stringify(answer))
      }
    })
    // An engine that has not read the id: the first line past the limit, then the longest.
    const program = join(mkdtempSync(join(tmpdir(), "elbo-test-")), "engine")
    const refusal = JSON.stringify({ jsonrpc: "2.0", id: null, error: { code: -32600, message: "too long", data: { kind: "tooLarge" } } })
    writeFileSync(program, `#!/bin/sh\nread a; read b; read c; read d\nfor i in 1 2 3; do echo '${refusal}'; sleep 0.1; done\ncat >&2\n`, { mode: 0o755 })
    const deaf = await Elbo.start({ program, arguments: ["--max-line=1000"] })
    /** @type {string[]} */
    const order = []
    const sizes = { short: 10, longer: 500, first: 2000, second: 3000 }
    const calls = Object.entries(sizes).map(([name, size]) =>
      deaf.call("model.info", { model: "m".repeat(size) }).catch((error) => void order.push(`${name}: ${error.message.split("\n")[0]}`)))
    await Promise.all(calls.slice(1))
    assert.deepEqual(order, ["first: too long", "second: too long", "longer: too long"])
    await deaf.close()
    await calls[0]
    assert.match(order[3], /^short: the engine has ended/)
    rmSync(dirname(program), { recursive: true })
  },

  "10,000 calls ahead": () =>
    session(async (elbo) => {
      const calls = Array.from({ length: 10000 }, (_, i) => elbo.call(i % 2 ? "engine.ping" : "model.list"))
      assert.equal((await Promise.all(calls)).length, 10000)
    }),

  end: async () => {
    const elbo = await Elbo.start()
    const last = elbo.call("engine.info")
    assert.equal(await elbo.close(), 0)
    assert.equal((await last).name, "elbo")
    await assert.rejects(elbo.call("engine.ping"), ElboGone)
    assert.equal(await elbo.close(), 0)
    await assert.rejects(Elbo.start({ program: "/no/such" }), { message: /no elbo at \/no\/such/ })
    const wrong = await Elbo.start({ arguments: ["--no-such-option"] })
    await assert.rejects(wrong.call("engine.ping"), { message: /no such option/ })
    // Ended from outside, in the middle of a training.
    const killed = await Elbo.start()
    await build(killed)
    const training = killed.call("trainer.step", { trainer: "run", updates: 1e9 }, { progress: () => killed.kill() })
    // After SIGTERM the running update is finished and answered.
    await training.then((done) => assert.ok(done.stopped), (error) => assert.ok(error instanceof ElboGone))
    await assert.rejects(Promise.resolve().then(() => killed.close()).then(() => killed.call("engine.ping")), ElboGone)
  },
}

for (const [name, body] of Object.entries(tests)) {
  await body().catch((error) => {
    console.error(`examples/node: ${name}:`, error)
    process.exit(1)
  })
}
