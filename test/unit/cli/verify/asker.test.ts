import { describe, expect, it } from '@jest/globals'
import { createAsker } from '../../../../src/cli/verify/asker.ts'

interface Answer {
  readonly type: string
  readonly retryAfterMs?: number | null
  readonly reason?: string
  readonly status?: number
  readonly code?: string
}

/** An asker whose time passes only while it waits. */
function asking(answers: readonly Answer[], ratePerSecond = 2, signal = new AbortController().signal) {
  let nowMs = 1000
  const left = [...answers]
  const askedAtMs: number[] = []
  const waits: [string, number][] = []
  const asker = createAsker({
    ratePerSecond,
    signal,
    monotonicMs: () => nowMs,
    waits: (why, forMs) => waits.push([why, forMs]),
    async sleep(ms) {
      nowMs += ms
      return Promise.resolve()
    },
  })
  const ask = async () =>
    asker.ask(async () => {
      askedAtMs.push(nowMs)
      return Promise.resolve(left.shift() ?? { type: 'listed' })
    })
  return { asker, ask, askedAtMs, waits }
}

describe('an asker', () => {
  it('asks at its rate, the first time at once', async () => {
    const { ask, askedAtMs, asker } = asking([])
    for (let times = 0; times < 4; times += 1) await ask()
    expect(askedAtMs).toEqual([1000, 1500, 2000, 2500])
    expect(asker.requests()).toBe(4)
  })

  it('waits as long as Zendesk says, or longer each time where it says nothing, and goes on', async () => {
    const throttled = { type: 'throttled', retryAfterMs: null }
    const { ask, askedAtMs } = asking([{ ...throttled, retryAfterMs: 7000 }, throttled, throttled])
    expect(await ask()).toMatchObject({ type: 'answer' })
    expect(askedAtMs).toEqual([1000, 8000, 9000, 11_000])
  })

  it('waits no longer than ten minutes, whatever Zendesk says', async () => {
    const { ask, waits } = asking([{ type: 'throttled', retryAfterMs: 86_400_000 }])
    await ask()
    expect(waits).toEqual([['throttled', 600_000]])
  })

  it('outlasts a short outage', async () => {
    const outage = { type: 'unreachable', reason: 'econnrefused' }
    const { ask } = asking([outage, { type: 'unclear', reason: 'http_503' }, outage])
    expect(await ask()).toEqual({ type: 'answer', answer: { type: 'listed' } })
  })

  it('ends at a long one, with the reason', async () => {
    const { ask, askedAtMs } = asking(
      Array.from({ length: 50 }, () => ({ type: 'unclear', reason: 'http_503' })),
    )
    const asked = await ask()
    expect(asked).toEqual({ type: 'ended', reason: 'Zendesk does not answer (http_503), after 6 attempts' })
    expect(askedAtMs).toHaveLength(6)
  })

  it.each([
    [
      { type: 'unauthorised', status: 401, code: 'unauthorized' },
      /refuses the token \(HTTP 401 unauthorized\)/,
    ],
    [{ type: 'no_token', problem: 'the token file x does not exist' }, /^the token file x does not exist$/],
  ])('ends at once where no request can succeed: %j', async (answer, reason) => {
    const { ask, askedAtMs } = asking([answer])
    expect(await ask()).toEqual({ type: 'ended', reason: expect.stringMatching(reason) })
    expect(askedAtMs).toHaveLength(1)
  })

  it('rejects at once where the signal ends it, also while Zendesk is silent', async () => {
    const interruption = new AbortController()
    const { asker } = asking([], 1, interruption.signal)
    const silent = asker.ask(async () => new Promise<Answer>(() => undefined))
    interruption.abort(new Error('interrupted'))
    await expect(silent).rejects.toThrow('interrupted')
  })
})
