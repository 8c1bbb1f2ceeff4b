import fc from 'fast-check'
import type { TopologyDriver } from '../topology-driver.ts'
import { audiences } from './configuration.ts'
import type { CrashPoint } from './faults.ts'
import type { Fact } from './oracle.ts'
import type { Treatment } from './zendesk-model.ts'

/** Something that happens to the program: a record, time, trouble. */
export type Step =
  | {
      readonly type: 'profile'
      readonly person: string
      /** Which of the person's three e-mails. */
      readonly email: 'a' | 'b' | 'c' | 'none'
      readonly hasLastName: boolean
      readonly firstName: string
      readonly ageMs: number
    }
  | {
      readonly type: 'membership'
      readonly person: string
      readonly audience: 'vip' | 'newsletter'
      readonly status: 'realized' | 'existing' | 'exited'
      readonly ageMs: number
      readonly validForMs: number | null
    }
  | { readonly type: 'erasure'; readonly person: string }
  | { readonly type: 'advance'; readonly ms: number }
  | { readonly type: 'restart' | 'kill'; readonly compacted: boolean }
  | { readonly type: 'crash'; readonly point: CrashPoint }
  | { readonly type: 'treat'; readonly treatment: Treatment }

const person = fc.constantFrom('p1', 'p2')
const ageMs = fc.constantFrom(0, 0, 0, 1, 400, 5000)

const profile: fc.Arbitrary<Step> = fc.record({
  type: fc.constant('profile' as const),
  person,
  email: fc.constantFrom('a', 'a', 'b', 'b', 'c', 'none'),
  hasLastName: fc.constantFrom(true, true, true, true, false),
  firstName: fc.constantFrom('Ann', 'Bea'),
  ageMs,
})

const membership: fc.Arbitrary<Step> = fc.record({
  type: fc.constant('membership' as const),
  person,
  audience: fc.constantFrom('vip', 'newsletter'),
  status: fc.constantFrom('realized', 'existing', 'exited'),
  ageMs,
  validForMs: fc.constantFrom(null, null, 700, 20_000),
})

const crash: fc.Arbitrary<Step> = fc.record({
  type: fc.constant('crash' as const),
  point: fc.record({
    when: fc.constantFrom('before', 'midway', 'after'),
    effect: fc.constantFrom('any', 'any', 'contacts', 'persons', 'request', 'ledger', 'commit', 'store'),
    nth: fc.integer({ min: 1, max: 4 }),
  }),
})

const treatment: fc.Arbitrary<Treatment> = fc.oneof(
  fc.record({ latencyMs: fc.constantFrom(0, 90, 700, 9000) }),
  fc.record({
    outcome: fc.constant({ type: 'ambiguous' as const, reason: 'timeout' }),
    applied: fc.constantFrom('never' as const, 'with answer' as const, { afterMs: 6000 }),
    latencyMs: fc.constantFrom(0, 400),
  }),
  fc.record({
    outcome: fc.constantFrom(
      { type: 'throttled' as const, retryAfterMs: null },
      { type: 'unreachable' as const, reason: 'refused' },
      { type: 'unauthorised' as const, status: 401, code: 'unauthorized' },
    ),
  }),
)

const passing: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('advance' as const),
      ms: fc.constantFrom(0, 1, 110, 300, 1100),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('advance' as const), ms: fc.constantFrom(5000, 40_000) }),
  },
)

const restart: fc.Arbitrary<Step> = fc.record({
  type: fc.constantFrom('restart', 'kill'),
  compacted: fc.boolean(),
})

const treat = fc.record({ type: fc.constant('treat' as const), treatment })

/** Time that passes, crashes, restarts, and trouble with Zendesk. */
export const troubles: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: passing },
  { weight: 2, arbitrary: crash },
  { weight: 2, arbitrary: treat },
  { weight: 1, arbitrary: restart },
)

/** Histories of two persons with three e-mails each. With `withTrouble` the program crashes and Zendesk fails, too. */
export function histories(withTrouble: boolean): fc.Arbitrary<readonly Step[]> {
  const erasure = fc.record({ type: fc.constant('erasure' as const), person })
  const step = fc.oneof(
    { weight: 6, arbitrary: profile },
    { weight: 4, arbitrary: membership },
    { weight: 1, arbitrary: erasure },
    { weight: 6, arbitrary: passing },
    { weight: withTrouble ? 3 : 0, arbitrary: crash },
    { weight: withTrouble ? 3 : 0, arbitrary: treat },
    { weight: 1, arbitrary: restart },
  )
  return fc.array(step, { minLength: 3, maxLength: 30, size: 'max' })
}

/** Takes the driver through `steps`, then waits until all is quiet. Returns the records written, as facts. */
export async function live(driver: TopologyDriver, steps: readonly Step[]): Promise<readonly Fact[]> {
  const facts: Fact[] = []
  for (const step of steps) {
    const fact = await take(driver, step, facts.length)
    if (fact !== null) facts.push(fact)
  }
  driver.disarmCrash()
  driver.zendesk.treatAll({})
  await driver.quiet()
  // Past every validUntil, and a tick.
  await driver.advance(22_000)
  await driver.quiet()
  return facts
}

/** Takes the driver through one step; `order` is that of the record, if it writes one. */
export async function take(driver: TopologyDriver, step: Step, order: number): Promise<Fact | null> {
  switch (step.type) {
    case 'profile': {
      const timeMs = driver.nowMs() - step.ageMs
      const profile = {
        ...(step.email === 'none' ? {} : { email: `${step.person}-${step.email}@example.com` }),
        ...(step.hasLastName ? { lastName: 'Doe' } : {}),
        firstName: step.firstName,
      }
      driver.profile(step.person, profile, { timestampMs: timeMs })
      return { type: 'profile', person: step.person, timeMs, order, profile }
    }
    case 'membership': {
      const { status, person: key } = step
      const timeMs = driver.nowMs() - step.ageMs
      const audience = audiences[step.audience]
      const validUntilMs = step.validForMs === null ? null : driver.nowMs() + step.validForMs
      const until = validUntilMs === null ? {} : { validUntilMs }
      driver.membership(key, { audience, status, timeMs, ...until })
      return { type: 'membership', person: key, timeMs, order, audience, status, validUntilMs }
    }
    case 'erasure':
      driver.tombstone(step.person)
      return { type: 'erasure', person: step.person, timeMs: driver.nowMs(), order }
    case 'advance':
      await driver.advance(step.ms)
      return null
    case 'restart':
      await driver.restart(step)
      return null
    case 'kill':
      await driver.kill(step)
      return null
    case 'crash':
      driver.crashAt(step.point)
      return null
    case 'treat':
      driver.zendesk.treatNext(step.treatment)
      return null
  }
}
