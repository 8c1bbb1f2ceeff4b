import { describe, expect, it } from '@jest/globals'
import { readLag } from '../../../src/cli/lag.ts'
import { createFakeLogs } from '../../support/fake-logs.ts'

describe('the lag', () => {
  it('is read for the partitions asked for: committed where anything is, and the ends of the logs', async () => {
    const read: string[] = []
    const logs = createFakeLogs(['in', 'side'], 2, (topic) => read.push(topic))
    logs.append('in', 0, ['a', 'b', 'c'])
    logs.setCommitted('in', 0, 2)
    logs.setCommitted('in', 1, 9)
    const partitions = [
      { topic: 'in', partition: 0 },
      { topic: 'side', partition: 0 },
    ]
    expect(await readLag(logs.offsets, 'group', partitions)).toEqual({
      committed: [{ topic: 'in', partition: 0, offset: 2 }],
      ends: [
        { topic: 'in', partition: 0, offset: 3 },
        { topic: 'side', partition: 0, offset: 0 },
      ],
    })
    expect(read).toEqual(['in', 'side'])
  })

  it('of no partitions reads nothing', async () => {
    const read: string[] = []
    const logs = createFakeLogs(['in'], 1, (topic) => read.push(topic))
    expect(await readLag(logs.offsets, 'group', [])).toEqual({ committed: [], ends: [] })
    expect(read).toEqual([])
  })
})
