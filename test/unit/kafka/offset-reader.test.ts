import { describe, expect, it } from '@jest/globals'
import type { Admin } from 'kafkajs'
import { commitMetadata } from '../../../src/kafka/commit-metadata.ts'
import { createOffsetReader } from '../../../src/kafka/offset-reader.ts'

describe('reading offsets', () => {
  it('gives the bounds of every partition as numbers', async () => {
    const admin = {
      fetchTopicOffsets: async () =>
        Promise.resolve([
          { partition: 0, offset: '90', low: '7', high: '90' },
          { partition: 1, offset: '0', low: '0', high: '0' },
        ]),
    }
    const bounds = await createOffsetReader(admin as unknown as Admin).logBounds('a')
    expect([...bounds]).toEqual([
      [0, { startOffset: 7, endOffset: 90 }],
      [1, { startOffset: 0, endOffset: 0 }],
    ])
  })

  it('leaves out partitions without a committed offset, also those that kafkajs reset to the start', async () => {
    const admin = {
      fetchOffsets: async ({ groupId, topics }: { groupId: string; topics: string[] }) =>
        Promise.resolve(
          topics.map((topic) => ({
            topic,
            partitions: [
              { partition: 0, offset: groupId === 'group' ? '12' : '99', metadata: null },
              { partition: 1, offset: '-1', metadata: null },
              { partition: 2, offset: '-2', metadata: null },
              { partition: 3, offset: '0', metadata: null },
            ],
          })),
        ),
    }
    const committed = await createOffsetReader(admin as unknown as Admin).committedOffsets('group', ['a'])
    expect([...committed].map(([topic, offsets]) => [topic, ...offsets])).toEqual([
      ['a', [0, { offset: 12, ours: false, note: '' }], [3, { offset: 0, ours: false, note: '' }]],
    ])
  })

  it('tells an offset that a consumer of ours committed from one that an operator set, by what stands beside it', async () => {
    const partition = (number: number, metadata: string | null) => {
      return { partition: number, offset: '7', metadata }
    }
    const admin = {
      fetchOffsets: async () =>
        Promise.resolve([
          {
            topic: 'a',
            partitions: [
              partition(0, commitMetadata('a note')),
              partition(1, null),
              partition(2, ''),
              partition(3, 'x'),
            ],
          },
        ]),
    }
    const committed = await createOffsetReader(admin as unknown as Admin).committedOffsets('group', ['a'])
    expect([...(committed.get('a') ?? [])].map(([number, { ours, note }]) => [number, ours, note])).toEqual([
      [0, true, 'a note'],
      [1, false, ''],
      [2, false, ''],
      [3, false, ''],
    ])
  })

  it('of no topics asks nothing: no names would mean all of the group', async () => {
    expect((await createOffsetReader({} as Admin).committedOffsets('group', [])).size).toBe(0)
  })
})
