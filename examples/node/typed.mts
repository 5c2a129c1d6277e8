// Never run: what a type checker is to see. Where an error is expected, there has to be one.

import { Elbo, ElboError, type Kind, type NumericArray, type Progress } from "./elbo.mjs"

export async function typed(elbo: Elbo) {
  const done = await elbo.call("trainer.step", { trainer: "run", updates: 10 }, { progress: (at: Progress) => void at.update })
  const updates: number = done.updates
  const output: NumericArray = (await elbo.call("model.sample", { model: "vae", count: 16 })).output
  await elbo.call("data.load", { source: { type: "strokes", count: 10 }, transforms: [{ type: "binarize" }] })
  const version: string = (await elbo.call("engine.info")).version
  const kind: Kind | undefined = new ElboError("").kind
  // @ts-expect-error A misspelt parameter.
  await elbo.call("trainer.step", { trainer: "run", udpates: 10 })
  // @ts-expect-error A missing one.
  await elbo.call("trainer.step", {})
  // @ts-expect-error And all of them.
  await elbo.call("trainer.step")
  // @ts-expect-error A misspelt option of a module.
  await elbo.call("data.load", { source: { type: "strokes", cuont: 10 } })
  // @ts-expect-error A method that there is not.
  await elbo.call("trainer.stpe", { trainer: "run" })
  // @ts-expect-error A member of a reply that there is not.
  done.updaet
  return { updates, output, version, kind }
}
