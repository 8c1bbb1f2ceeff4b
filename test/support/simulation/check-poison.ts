import { covers, isDeadLetter } from './check-commits.ts'
import type { DurableRecords } from './durable.ts'
import type { AppendedInput } from './inputs.ts'
import type { Report } from './violation.ts'

/** How long a record may take to the persons topic in a run without faults, once the processes have joined. */
const promptMs = 15_000

/** I9: every bad record is in the dead-letter topic as it was; without faults, none keeps another from being taken in. */
export function checkPoison(
  appended: readonly AppendedInput[],
  durable: DurableRecords,
  world: { readonly isCalm: boolean; readonly joinedMs: number; readonly report: Report },
): void {
  for (const input of appended) {
    const { fact, topic, partition, offset } = input
    const place = `${topic}/${partition} at ${offset}`
    if (fact === null) {
      if (!isDeadLetter(input, durable)) world.report('I9', `no dead letter is the bad record of ${place}`)
      continue
    }
    const taken = durable.persons(fact.person).find(({ value }) => covers(value, input, fact))
    const waitedMs = (taken?.atMs ?? Infinity) - Math.max(input.appendedMs, world.joinedMs)
    if (world.isCalm && waitedMs > promptMs)
      world.report('I9', `the good record of ${place} waited ${waitedMs} ms`)
  }
}
