import { describe, expect, it } from '@jest/globals'
import { createRestoreReport } from '../../../src/runtime/restore-report.ts'
import type { TaskRunner } from '../../../src/runtime/task-runner.ts'
import { createManualClock } from '../../support/manual-clock.ts'

interface FakeTask {
  state: 'preparing' | 'restoring' | 'running'
  remaining: number
}

/** A report that is asked every second, as the stage does. */
function createWorld(...tasks: FakeTask[]) {
  const lines: object[] = []
  const clock = createManualClock()
  const all = (): readonly TaskRunner[] =>
    tasks.map(({ state, remaining }) => {
      return { state: () => state, remainingRestore: () => remaining } as unknown as TaskRunner
    })
  const silent = (): void => undefined
  const log = { info: (fields: object) => lines.push(fields), warn: silent, error: silent }
  const report = createRestoreReport('deliver', { all }, log, clock)
  return {
    lines,
    tasks,
    /** Lets seconds pass; each second a restoring task restores `perSecond` records. */
    pass(seconds: number, perSecond: number) {
      for (let second = 0; second < seconds; second += 1) {
        report.report()
        clock.freeze(1000)
        for (const task of tasks) if (task.state === 'restoring') task.remaining -= perSecond
      }
    },
  }
}

describe('a restore that takes long', () => {
  it('is told of every ten seconds: how much is left, how fast it goes, and when it will be through', () => {
    const world = createWorld({ state: 'restoring', remaining: 100_000 })
    world.pass(10, 500)
    expect(world.lines).toEqual([])
    world.pass(11, 500)
    expect(world.lines).toEqual([
      { stage: 'deliver', tasks: 1, remaining: 95_000, recordsPerSecond: 500, etaSeconds: 190 },
      { stage: 'deliver', tasks: 1, remaining: 90_000, recordsPerSecond: 500, etaSeconds: 180 },
    ])
  })

  it('is that of all tasks that restore, and of no others', () => {
    const world = createWorld(
      { state: 'restoring', remaining: 1000 },
      { state: 'restoring', remaining: 3000 },
      { state: 'running', remaining: 7 },
      { state: 'preparing', remaining: 0 },
    )
    world.pass(11, 10)
    expect(world.lines).toEqual([
      { stage: 'deliver', tasks: 2, remaining: 3800, recordsPerSecond: 20, etaSeconds: 190 },
    ])
  })

  it('has the rate of the last ten seconds, not that since it began', () => {
    const world = createWorld({ state: 'restoring', remaining: 100_000 })
    world.pass(10, 500)
    world.pass(11, 100)
    expect(world.lines.at(-1)).toMatchObject({ recordsPerSecond: 100, etaSeconds: 940 })
  })

  it('that stands still has no end in sight', () => {
    const world = createWorld({ state: 'restoring', remaining: 100 })
    world.pass(11, 0)
    expect(world.lines).toEqual([
      { stage: 'deliver', tasks: 1, remaining: 100, recordsPerSecond: 0, etaSeconds: null },
    ])
  })

  it('of which more is left since another task was assigned has no end in sight', () => {
    const world = createWorld({ state: 'restoring', remaining: 1000 })
    world.pass(5, 10)
    world.tasks.push({ state: 'restoring', remaining: 50_000 })
    world.pass(6, 10)
    expect(world.lines).toEqual([expect.objectContaining({ tasks: 2, etaSeconds: null })])
  })

  it('is never told to go backwards', () => {
    const world = createWorld({ state: 'restoring', remaining: 1000 })
    world.pass(5, 10)
    world.tasks.push({ state: 'restoring', remaining: 50_000 })
    world.pass(6, 10)
    const [line] = world.lines as readonly { readonly recordsPerSecond: number | null }[]
    expect(line?.recordsPerSecond ?? 0).toBeGreaterThanOrEqual(0)
  })
})

describe('a restore that is quick', () => {
  it('is not told of, however many there are one after the other', () => {
    const world = createWorld({ state: 'restoring', remaining: 1000 })
    for (let turn = 0; turn < 5; turn += 1) {
      for (const task of world.tasks) task.state = 'restoring'
      world.pass(6, 100)
      for (const task of world.tasks) task.state = 'running'
      world.pass(1, 0)
    }
    expect(world.lines).toEqual([])
  })
})
