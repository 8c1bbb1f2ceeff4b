import { describe, expect, it } from '@jest/globals'
import { createLifecycle } from '../../../src/cli/lifecycle.ts'

describe('a lifecycle', () => {
  it('stops what was started last first, one after another', async () => {
    const lifecycle = createLifecycle()
    const log: string[] = []
    for (const name of ['first', 'second', 'third']) {
      lifecycle.onStop(async () => {
        log.push(`${name} begins`)
        await Promise.resolve()
        log.push(`${name} ends`)
      })
    }
    await lifecycle.stop()
    expect(log).toEqual([
      'third begins',
      'third ends',
      'second begins',
      'second ends',
      'first begins',
      'first ends',
    ])
  })

  it('goes on where one fails, and rejects with the first failure', async () => {
    const lifecycle = createLifecycle()
    const stopped: string[] = []
    lifecycle.onStop(async () => Promise.resolve(stopped.push('first')))
    lifecycle.onStop(async () => Promise.reject(new Error('later failure')))
    lifecycle.onStop(async () => Promise.reject(new Error('first failure')))
    await expect(lifecycle.stop()).rejects.toThrow('first failure')
    expect(stopped).toEqual(['first'])
  })

  it('stops each thing once', async () => {
    const lifecycle = createLifecycle()
    let stops = 0
    lifecycle.onStop(async () => Promise.resolve((stops += 1)))
    await Promise.all([lifecycle.stop(), lifecycle.stop()])
    await lifecycle.stop()
    expect(stops).toBe(1)
  })

  it('that is empty stops', async () => {
    await expect(createLifecycle().stop()).resolves.toBeUndefined()
  })
})
