import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { WriteOutcome } from '../../../src/deliver/contact-writer.ts'
import type { DesiredContact } from '../../../src/domain/contact.ts'
import { byUrgency, urgencyOf } from '../../../src/domain/urgency.ts'
import { settle } from '../../support/manual-clock.ts'
import { livelyContactOrEnd } from './contact-arbitraries.ts'
import {
  ambiguousHoldMs,
  contactRecord,
  createDeliverWorld,
  type DeliverWorld,
  statuses,
} from './deliver-world.ts'

type Answer = WriteOutcome | 'written'
type Step =
  | { readonly type: 'receive'; readonly contacts: readonly (DesiredContact | string)[] }
  /** Takes a contact, if one is due; whether its request may leave shows then. */
  | { readonly type: 'send'; readonly mayGo: boolean }
  /** Kafka or Zendesk answers the one asked `which` ago. */
  | { readonly type: 'answer'; readonly which: number; readonly answer: Answer; readonly chance: boolean }
  | { readonly type: 'wait' }
  | { readonly type: 'crash'; readonly getsThrough: boolean }

const answer: fc.Arbitrary<Answer> = fc.oneof(
  { weight: 3, arbitrary: fc.constant('written' as const) },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Answer>(
      { type: 'throttled', retryAfterMs: null },
      { type: 'unauthorised', status: 401, code: 'x' },
      { type: 'unreachable', reason: 'x' },
      { type: 'ambiguous', reason: 'x' },
      { type: 'missing' },
      { type: 'rejected', status: 422, errors: [] },
      { type: 'rejected', status: 422, errors: [{ code: 'blank', field: '/last_name' }] },
    ),
  },
)
const contacts = fc.array(livelyContactOrEnd, { minLength: 1, maxLength: 3 })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant('receive' as const), contacts }) },
  {
    weight: 5,
    arbitrary: fc.integer({ min: 0, max: 5 }).map((drawn) => ({ type: 'send' as const, mayGo: drawn > 0 })),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      type: fc.constant('answer' as const),
      which: fc.nat(2),
      answer,
      chance: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ type: 'wait' as const }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('crash' as const), getsThrough: fc.boolean() }) },
)
const steps = fc.array(step, { maxLength: 40, size: 'max' })

/** Sends the contact that is due longest, as the flusher does; false where none is. */
function send(world: DeliverWorld, mayGo: boolean): boolean {
  const { task } = world
  const taken = task.dirty.take(world.nowMs)
  if (taken === undefined) return false
  task
    .send(taken, async () => Promise.resolve(mayGo))
    .then((result) => {
      if (result.type === 'failed') task.dirty.hold(taken, world.nowMs + ambiguousHoldMs, true)
    })
    .catch((error: unknown) => task.failed(error))
  return true
}

async function perform(world: DeliverWorld, drawn: Step): Promise<void> {
  switch (drawn.type) {
    case 'receive':
      await world.task.process(drawn.contacts.map(contactRecord), [])
      break
    case 'send':
      send(world, drawn.mayGo)
      break
    case 'answer':
      answerOne(world, drawn)
      break
    case 'wait':
      world.nowMs += 2 * ambiguousHoldMs
      break
    case 'crash':
      await world.crash(drawn.getsThrough)
  }
  await settle()
}

function answerOne(
  world: DeliverWorld,
  { which, answer: said, chance }: Extract<Step, { type: 'answer' }>,
): void {
  const [waiting] = world.waiting.splice(which % Math.max(1, world.waiting.length), 1)
  waiting?.answer(said, chance)
}

/** The contacts that differ from what was last written, in the order of their e-mails. */
async function differing(world: DeliverWorld): Promise<readonly string[]> {
  const contacts = await world.contacts()
  return contacts.filter(({ plan }) => plan.type !== 'none').map(({ email }) => email)
}

async function expectIndexed(world: DeliverWorld): Promise<void> {
  expect(await world.dirtyEmails()).toEqual(expect.arrayContaining([...(await differing(world))]))
}

/** Lets everything be sent that is to be sent; Zendesk takes all of it. */
async function drain(world: DeliverWorld): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) {
    const isSending = send(world, true)
    await settle()
    const [waiting] = world.waiting.splice(0, 1)
    if (waiting !== undefined) waiting.answer('written', true)
    else if (!isSending) {
      if (world.task.dirty.size() === 0) return
      world.nowMs += 2 * ambiguousHoldMs
    }
    await settle()
  }
  throw new Error('it does not end')
}

/** Performs these steps; `watch` looks at the store after each batch. */
async function run(
  world: DeliverWorld,
  drawn: readonly Step[],
  watch: (world: DeliverWorld) => Promise<void> = async () => Promise.resolve(),
): Promise<void> {
  const broken: unknown[] = []
  world.stored = async () => watch(world).catch((error: unknown) => void broken.push(error))
  for (const each of drawn) await perform(world, each)
  expect(broken).toEqual([])
}

/** What Zendesk lacks of what it should hold, of the contacts that it took. Claims older than what was written lost. */
async function missingOf({ zendesk, contacts }: DeliverWorld): Promise<readonly string[]> {
  return (await contacts()).flatMap(({ email, desired, ledger, plan }) => {
    if (plan.type !== 'none' || plan.reason !== 'unchanged' || desired.state !== 'active') return []
    const held = zendesk.get(email) ?? {}
    return Object.entries(desired.fields)
      .filter(([name, { timeMs }]) => timeMs >= (ledger?.fields[name]?.timeMs ?? 0))
      .filter(([name, { value }]) => held[name] !== value)
      .map(
        ([name, { value }]) => `${email} ${name}: ${JSON.stringify(held[name])} for ${JSON.stringify(value)}`,
      )
  })
}

describe('the dirty index, after whatever is received, sent and answered, in whatever order, and crashes in between', () => {
  it('has every contact that differs from what was last written, at every moment', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (drawn) => {
        await run(await createDeliverWorld(), drawn, expectIndexed)
      }),
      { numRuns: 500 },
    )
  })

  it('is where a task begins: what it has is in the dirty set, if it differs, as urgent as that, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (drawn) => {
        const world = await createDeliverWorld()
        await run(world, [...drawn, { type: 'crash', getsThrough: true }])
        const index = await world.dirtyEmails()
        const all = await differing(world)
        expect(world.task.dirty.size()).toBe(index.length)
        expect([...index].sort()).toEqual([...all].sort())
        const needs = (await world.contacts()).flatMap(({ desired, plan }) =>
          'fields' in plan
            ? [urgencyOf(desired, plan.fields, statuses)]
            : plan.type === 'look'
              ? ['retry' as const]
              : [],
        )
        expect(byUrgency((urgency) => world.task.dirty.size(urgency))).toEqual(
          byUrgency((urgency) => needs.filter((need) => need === urgency).length),
        )
      }),
      { numRuns: 300 },
    )
  })

  it('is empty once everything was sent: nothing differs then, and Zendesk has what it took', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (drawn) => {
        const world = await createDeliverWorld()
        await run(world, drawn)
        await drain(world)
        expect(await differing(world)).toEqual([])
        expect(await missingOf(world)).toEqual([])
        expect((await world.dirtyEmails()).filter((email) => !drawn.some(isEndOf(email)))).toEqual([])
      }),
      { numRuns: 500 },
    )
  })
})

it('a released contact is done with its exits, whatever is in doubt of its other fields', async () => {
  const world = await createDeliverWorld()
  const active: DesiredContact = {
    email: 'a@x.com',
    personKey: 'p',
    revision: 5,
    cause: 'change',
    state: 'active',
    fields: { last_name: { value: 'Doe', timeMs: 3 }, 'custom_fields.VIP': { value: 'in', timeMs: 3 } },
  }
  const released: DesiredContact = { ...active, state: 'released', fields: {} }
  await run(world, [
    { type: 'receive', contacts: [active] },
    { type: 'send', mayGo: true },
    { type: 'answer', which: 0, answer: 'written', chance: false },
    { type: 'answer', which: 0, answer: { type: 'ambiguous', reason: 'timeout' }, chance: true },
    { type: 'receive', contacts: [released] },
  ])
  await drain(world)
  expect((await world.contacts()).map(({ plan }) => plan.type)).toEqual(['none'])
})

/** A contact that was forgotten while it was dirty leaves an entry that the next start takes out. */
function isEndOf(email: string): (step: Step) => boolean {
  return (step) => step.type === 'receive' && step.contacts.includes(email)
}
