import { describe, expect, it } from '@jest/globals'

import { judgeLiveness, judgeReadiness, type ReadinessFacts } from '../../../src/telemetry/liveness.ts'

describe('a process is live', () => {
  it.each([
    ['without stages', []],
    ['with progress just now', [100_000]],
    ['with progress as long ago as is allowed', [40_000]],
    ['with progress after the time it was asked at', [100_001]],
  ])('%s', (_case, times) => {
    const stages = times.map((lastProgressMs) => ({ stage: 'assemble', lastProgressMs }))
    expect(judgeLiveness(stages, 100_000, 60_000)).toEqual({ live: true, reasons: [] })
  })
})

describe('a process is not live', () => {
  it('when one of its stages stands still, which the reason names with both times', () => {
    const stages = [
      { stage: 'assemble', lastProgressMs: 99_000 },
      { stage: 'deliver', lastProgressMs: 25_000 },
    ]
    expect(judgeLiveness(stages, 100_000, 60_000)).toEqual({
      live: false,
      reasons: ['deliver: no progress for 75 s, health.maxStallMs allows 60 s'],
    })
  })

  it('when the time of its progress is no number', () => {
    expect(judgeLiveness([{ stage: 'deliver', lastProgressMs: NaN }], 1, 60_000).live).toBe(false)
  })
})

describe('a process is ready', () => {
  const working = { stage: 'assemble', assigned: true, restored: true }
  const facts: ReadinessFacts = { stages: [working], authorised: true, stopping: false }

  it('when its stages are assigned and restored and its token is accepted', () => {
    expect(judgeReadiness(facts)).toEqual({ ready: true, reasons: [] })
  })

  it('without a token where it sends nothing', () => {
    expect(judgeReadiness({ ...facts, authorised: null }).ready).toBe(true)
  })

  it.each<[string, Partial<ReadinessFacts>, string]>([
    [
      'before it has partitions',
      { stages: [working, { stage: 'deliver', assigned: false, restored: false }] },
      'deliver: waits for its partitions',
    ],
    ['while it restores', { stages: [{ ...working, restored: false }] }, 'assemble: restores its state'],
    [
      'while Zendesk refuses the token',
      { authorised: false },
      'Zendesk refuses the token: replace that in zendesk.tokenFile',
    ],
    ['while it stops', { stopping: true }, 'the process is stopping'],
  ])('not %s', (_case, change, reason) => {
    expect(judgeReadiness({ ...facts, ...change })).toEqual({ ready: false, reasons: [reason] })
  })
})
