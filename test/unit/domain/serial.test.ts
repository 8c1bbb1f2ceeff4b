import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createSerial } from '../../../src/domain/serial.ts'

describe('a serial', () => {
  it('runs steps one at a time in the order of the calls, whatever they take and whichever fail', async () => {
    const step = fc.record({ turns: fc.nat(4), fails: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const serial = createSerial()
        const log: string[] = []
        const results = await Promise.allSettled(
          steps.map(async ({ turns, fails }, index) =>
            serial(async () => {
              log.push(`${index} begins`)
              for (let turn = 0; turn < turns; turn += 1) await Promise.resolve()
              log.push(`${index} ends`)
              if (fails) throw new Error(`step ${index}`)
              return index
            }),
          ),
        )
        expect(log).toEqual(steps.flatMap((_, index) => [`${index} begins`, `${index} ends`]))
        expect(results).toEqual(
          steps.map(({ fails }, index) =>
            fails
              ? { status: 'rejected', reason: new Error(`step ${index}`) }
              : { status: 'fulfilled', value: index },
          ),
        )
      }),
    )
  })
})
