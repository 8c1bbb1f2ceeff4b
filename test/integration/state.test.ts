import { describe, expect, it } from '@jest/globals'
import { disks } from '../chaos/disks.ts'
import { kill } from '../chaos/kill.ts'
import type { ScenarioResult } from '../chaos/scenario.ts'
import { reportMeasurement } from '../support/measurement.ts'

/** Shorter than `npm run chaos`: fewer people, fewer rounds. Its table is only of use where something is wrong. */
const options = { seed: 22, people: 40 }

async function expectNoViolation(
  run: (print: (line: string) => void) => Promise<ScenarioResult>,
): Promise<void> {
  const table: string[] = []
  const { name, violations, numbers, evidence } = await run((line) => table.push(line))
  reportMeasurement(name, numbers)
  if (violations.length > 0) throw new Error([...table, ...violations, `see ${evidence ?? ''}`].join('\n'))
  expect(violations).toEqual([])
}

describe('three processes with stores of their own', () => {
  it('die again and again at their effects, and Zendesk holds what was said', async () => {
    await expectNoViolation(async (print) => kill({ ...options, rounds: 3, print }))
  })

  it('lose their stores, or find them damaged, and Zendesk holds what was said', async () => {
    await expectNoViolation(async (print) => disks({ ...options, rounds: 1, print }))
  })
})
