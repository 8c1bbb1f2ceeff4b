import { beforeEach, describe, expect, it } from '@jest/globals'
import { settle } from '../../support/manual-clock.ts'
import { batch, createRunnerWorld, type RunnerWorld } from './runner-world.ts'

let world: RunnerWorld

beforeEach(() => {
  world = createRunnerWorld()
})

describe('a task', () => {
  it('has a large batch processed in parts as well, and stops between two of them when it is to end', async () => {
    const offsets = Array.from({ length: 1200 }, (_, offset) => offset)
    await world.start({})
    const open = world.hold()
    const taken = world.runner.take(batch('in', offsets))
    await settle()
    const finished = world.runner.finish()
    open()
    expect(await taken).toBe(500)
    await finished
    expect(
      world.events.filter((event) => event.startsWith('process ')).map((event) => event.split(' ').length),
    ).toEqual([501])
    expect(world.runner.positions().get('in')).toBe(500)
    expect((await world.stored()).offsets.get('in')).toBe(500)
  })

  it('has all parts of a batch processed, each with its place', async () => {
    const offsets = Array.from({ length: 1200 }, (_, offset) => offset)
    await world.start({})
    world.fails = (event) => (event.startsWith('process in1000 ') ? new Error('no') : null)
    await expect(world.runner.take(batch('in', offsets))).rejects.toThrow('no')
    expect((await world.stored()).offsets.get('in')).toBe(1000)
    world.fails = () => null
    expect(await world.runner.take(batch('in', offsets))).toBe(1200)
    expect(world.events.at(-1)?.split(' ').slice(0, 2)).toEqual(['process', 'in1000'])
  })
})
