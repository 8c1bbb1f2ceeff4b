import { describe, expect, it } from '@jest/globals'
import type { OffsetReader } from '../../../src/runtime/ports.ts'
import { readRestoreSnapshot } from '../../../src/runtime/restore-ranges.ts'
import type { StageDefinition } from '../../../src/runtime/stage-definition.ts'

const definition = {
  groupId: 'group',
  changelogs: ['log'],
  restoredInputs: ['in'],
} as unknown as StageDefinition

/** Offsets of partition 3; `order` hears what is read. */
function reader(
  bounds: readonly [number, number],
  committed: number | null,
  order: string[] = [],
): OffsetReader {
  return {
    async logBounds(topic) {
      order.push(`bounds ${topic}`)
      return Promise.resolve(new Map([[3, { startOffset: bounds[0], endOffset: bounds[1] }]]))
    },
    async committedOffsets(groupId, topics) {
      order.push(`committed ${groupId} ${topics.join()}`)
      return Promise.resolve(new Map(committed === null ? [] : [['in', new Map([[3, committed]])]]))
    },
  }
}

describe('how far the past reaches', () => {
  it.each([
    { name: 'to the committed offset', bounds: [0, 100], committed: 40, until: 40 },
    { name: 'nowhere while nothing is committed', bounds: [7, 100], committed: null, until: 7 },
    { name: 'to the end, if less is there than was committed', bounds: [0, 30], committed: 40, until: 30 },
    { name: 'nowhere, if what was committed is gone', bounds: [60, 100], committed: 40, until: 40 },
  ] as const)('of an input: $name', async ({ bounds, committed, until }) => {
    const snapshot = await readRestoreSnapshot(definition, reader(bounds, committed))
    expect(snapshot(3).get('in')).toEqual({ startOffset: bounds[0], untilOffset: until })
    expect(snapshot(3).get('log')).toEqual({ startOffset: bounds[0], untilOffset: bounds[1] })
  })

  it('is read with what is committed first, so that the end lies behind it', async () => {
    const order: string[] = []
    await readRestoreSnapshot(definition, reader([0, 1], 1, order))
    expect(order[0]).toBe('committed group in')
  })

  it('of a partition that a topic does not have is an error that names both', async () => {
    const snapshot = await readRestoreSnapshot(definition, reader([0, 1], 1))
    expect(() => snapshot(4)).toThrow('log has no partition 4')
  })
})
