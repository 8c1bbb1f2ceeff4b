import { describe, expect, it } from '@jest/globals'
import type { CommittedOffset, OffsetReader } from '../../../src/runtime/ports.ts'
import type { StageDefinition } from '../../../src/runtime/stage-definition.ts'
import { readStartFacts } from '../../../src/runtime/start-snapshot.ts'

const definition = {
  groupId: 'group',
  inputs: ['in', 'side'],
  changelog: 'log',
  restoredInputs: ['side'],
} as unknown as StageDefinition

const ends: Readonly<Record<string, number>> = { in: 10, side: 20, log: 30 }

/** Offsets of partition 3; `order` hears what is read, when it is through. */
function createReader(order: string[] = []): OffsetReader {
  return {
    async logBounds(topic) {
      order.push(`bounds ${topic}`)
      return Promise.resolve(new Map([[3, { startOffset: 1, endOffset: ends[topic] ?? 0 }]]))
    },
    async committedOffsets(groupId, topics) {
      await new Promise((resolve) => setImmediate(resolve))
      order.push(`committed ${groupId} ${topics.join()}`)
      return new Map<string, ReadonlyMap<number, CommittedOffset>>([
        ['in', new Map([[3, { offset: 4, ours: true, note: '' }]])],
        ['side', new Map([[2, { offset: 5, ours: false, note: '' }]])],
      ])
    },
  }
}

describe('what Kafka says of a partition', () => {
  it('is how far its logs reach, what the group has of them, and which inputs are state', async () => {
    const factsOf = await readStartFacts(definition, createReader())
    expect(factsOf(3)).toEqual({
      changelog: { topic: 'log', log: { startOffset: 1, endOffset: 30 } },
      inputs: new Map([
        [
          'in',
          {
            log: { startOffset: 1, endOffset: 10 },
            committed: { offset: 4, ours: true, note: '' },
            isRestored: false,
          },
        ],
        ['side', { log: { startOffset: 1, endOffset: 20 }, committed: undefined, isRestored: true }],
      ]),
    })
  })

  it('is read with what is committed first, so that the end lies behind it', async () => {
    const order: string[] = []
    await readStartFacts(definition, createReader(order))
    expect(order[0]).toBe('committed group in,side')
    expect(order.slice(1).sort()).toEqual(['bounds in', 'bounds log', 'bounds side'])
  })

  it('that a topic does not have is an error that names both', async () => {
    const factsOf = await readStartFacts(definition, createReader())
    expect(() => factsOf(4)).toThrow('log has no partition 4')
  })
})
