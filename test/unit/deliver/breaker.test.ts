import { describe, expect, it } from '@jest/globals'
import { type Breaker, createBreaker } from '../../../src/deliver/breaker.ts'

type Event = 'succeeded' | 'throttled' | 'refused' | 'failed' | { readonly retryAfterMs: number }

/** Events at milliseconds, and what the breaker says at the end of them. */
interface Case {
  readonly name: string
  readonly events: readonly (readonly [number, Event])[]
  readonly atMs: number
  readonly pausedForMs: number
  readonly troubled: boolean
  readonly authorised: boolean
}

function tell(breaker: Breaker, nowMs: number, event: Event): void {
  if (event === 'succeeded') breaker.succeeded()
  else if (event === 'throttled') breaker.throttled(nowMs, null)
  else if (event === 'refused') breaker.refused(nowMs)
  else if (event === 'failed') breaker.failed(nowMs)
  else breaker.throttled(nowMs, event.retryAfterMs)
}

const failures = (count: number, fromMs = 0): (readonly [number, Event])[] =>
  Array.from({ length: count }, (_, index) => [fromMs + index, 'failed'] as const)

// With random() = 0 a pause is half of 1000 * 2^n.
const cases: readonly Case[] = [
  { name: 'nothing happened', events: [], atMs: 0, pausedForMs: 0, troubled: false, authorised: true },
  {
    name: 'one 429 pauses everything',
    events: [[0, 'throttled']],
    atMs: 100,
    pausedForMs: 400,
    troubled: true,
    authorised: true,
  },
  {
    name: 'several 429 of one burst are one pause',
    events: [
      [0, 'throttled'],
      [10, 'throttled'],
      [20, 'throttled'],
    ],
    atMs: 20,
    pausedForMs: 480,
    troubled: true,
    authorised: true,
  },
  {
    name: 'a 429 after the pause pauses twice as long',
    events: [
      [0, 'throttled'],
      [500, 'throttled'],
    ],
    atMs: 500,
    pausedForMs: 1000,
    troubled: true,
    authorised: true,
  },
  {
    name: 'Retry-After lengthens the pause',
    events: [[0, { retryAfterMs: 7000 }]],
    atMs: 1000,
    pausedForMs: 6000,
    troubled: true,
    authorised: true,
  },
  {
    name: 'Retry-After never shortens it, and counts also within a pause',
    events: [
      [0, { retryAfterMs: 9000 }],
      [100, { retryAfterMs: 1 }],
      [200, { retryAfterMs: 9000 }],
    ],
    atMs: 200,
    pausedForMs: 9000,
    troubled: true,
    authorised: true,
  },
  {
    name: 'four failures are no outage',
    events: failures(4),
    atMs: 4,
    pausedForMs: 0,
    troubled: false,
    authorised: true,
  },
  {
    name: 'five failures in a row are an outage',
    events: failures(5),
    atMs: 4,
    pausedForMs: 500,
    troubled: true,
    authorised: true,
  },
  {
    name: 'a success in between starts the count anew',
    events: [...failures(4), [4, 'succeeded'], ...failures(4, 5)],
    atMs: 9,
    pausedForMs: 0,
    troubled: false,
    authorised: true,
  },
  {
    name: 'in an outage every failed probe doubles the pause',
    events: [...failures(5), [504, 'failed'], [1504, 'failed']],
    atMs: 1504,
    pausedForMs: 2000,
    troubled: true,
    authorised: true,
  },
  {
    name: 'a refused token pauses, and is known as refused',
    events: [[0, 'refused']],
    atMs: 100,
    pausedForMs: 400,
    troubled: true,
    authorised: false,
  },
  {
    name: 'a failure or a 429 says nothing about the token',
    events: [
      [0, 'refused'],
      [600, 'throttled'],
      [5000, 'failed'],
    ],
    atMs: 9000,
    pausedForMs: 0,
    troubled: true,
    authorised: false,
  },
  {
    name: 'trouble lasts after the pause, until something succeeds',
    events: [[0, 'throttled']],
    atMs: 60_000,
    pausedForMs: 0,
    troubled: true,
    authorised: true,
  },
  {
    name: 'a success ends all of it, pauses start small again',
    events: [
      [0, 'refused'],
      [500, 'refused'],
      [1500, 'refused'],
      [3500, 'succeeded'],
      [3600, 'throttled'],
    ],
    atMs: 3600,
    pausedForMs: 500,
    troubled: true,
    authorised: true,
  },
  {
    name: 'a success of a request sent before does not cut a pause short',
    events: [
      [0, 'throttled'],
      [50, 'succeeded'],
    ],
    atMs: 50,
    pausedForMs: 450,
    troubled: false,
    authorised: true,
  },
]

describe('the breaker', () => {
  it.each(cases)('$name', ({ events, atMs, pausedForMs, troubled, authorised }) => {
    const breaker = createBreaker(() => 0)
    for (const [nowMs, event] of events) tell(breaker, nowMs, event)
    expect({
      pausedForMs: breaker.pausedForMs(atMs),
      troubled: breaker.isTroubled(),
      authorised: breaker.isAuthorised(),
    }).toEqual({ pausedForMs, troubled, authorised })
  })

  it.each([
    { random: 0, longestMs: 30_000 },
    { random: 0.999, longestMs: 59_970 },
  ])('pauses for at most a minute however often it fails, with random $random', ({ random, longestMs }) => {
    const breaker = createBreaker(() => random)
    let nowMs = 0
    for (let probe = 0; probe < 100; probe += 1) {
      breaker.throttled(nowMs, null)
      nowMs += breaker.pausedForMs(nowMs)
    }
    breaker.throttled(nowMs, null)
    expect(breaker.pausedForMs(nowMs)).toBeCloseTo(longestMs)
  })

  it.each([0, 0.25, 0.999])('spreads a pause over half of its length, with random %p', (random) => {
    const breaker = createBreaker(() => random)
    breaker.throttled(0, null)
    expect(breaker.pausedForMs(0)).toBe(1000 * (0.5 + random / 2))
  })
})
