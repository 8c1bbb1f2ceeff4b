import { describe, expect, it } from '@jest/globals'
import type { Admin } from 'kafkajs'
import { createOffsetReader } from '../../../src/kafka/offset-reader.ts'

/** An admin client whose first answers are these errors. */
function adminThat(...errors: readonly Error[]): { readonly admin: Admin; readonly asked: () => number } {
  const left = [...errors]
  let asked = 0
  const fetchTopicOffsets = async () => {
    asked += 1
    const error = left.shift()
    return error === undefined
      ? Promise.resolve([{ partition: 0, offset: '7', low: '3', high: '7' }])
      : Promise.reject(error)
  }
  return { admin: { fetchTopicOffsets } as unknown as Admin, asked: () => asked }
}

const errorOf = (type: string): Error => Object.assign(new Error(type), { type })

describe('the bounds of a log', () => {
  it('are asked for again while the broker is not the leader of a partition yet', async () => {
    const { admin, asked } = adminThat(errorOf('NOT_LEADER_FOR_PARTITION'), errorOf('LEADER_NOT_AVAILABLE'))
    const bounds = await createOffsetReader(admin).logBounds('persons')
    expect([asked(), bounds.get(0)]).toStrictEqual([3, { startOffset: 3, endOffset: 7 }])
  })

  it('are not where it says anything else', async () => {
    const { admin, asked } = adminThat(errorOf('TOPIC_AUTHORIZATION_FAILED'))
    await expect(createOffsetReader(admin).logBounds('persons')).rejects.toThrow('TOPIC_AUTHORIZATION_FAILED')
    expect(asked()).toBe(1)
  })
})
