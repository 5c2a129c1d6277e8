// Drives the engine through the client: a short training, progress, errors, arrays, many calls at once, the end.

import assert from "node:assert/strict"
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
