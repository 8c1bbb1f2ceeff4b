import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createDirtySet, type DirtySet, type TakenContact } from '../../../src/deliver/dirty-set.ts'
import { type Urgency, urgencies } from '../../../src/domain/urgency.ts'
import { createDirtyModel, type DirtyModel } from './dirty-model.ts'

const emails = ['a@x.com', 'b@x.com', 'c@x.com', 'd@x.com', 'e@x.com']

/** The set, what is in flight from it, and the time. */
interface Real {
  readonly set: DirtySet
  readonly inFlight: TakenContact[]
}

type Command = fc.Command<DirtyModel, Real>

/** Cheap where the two are equal, which is nearly always. */
function expectSame(actual: unknown, expected: unknown): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) expect(actual).toEqual(expected)
}

function compare(model: DirtyModel, { set, inFlight }: Real): void {
  const nowMs = model.nowMs()
  expectSame(
    {
      size: set.size(),
      dueInMs: set.dueInMs(nowMs) ?? null,
      oldestAgeMs: set.oldestAgeMs(nowMs),
      inFlight: emails.filter((email) => set.isInFlight(email)),
      current: inFlight.map((taken) => set.isCurrent(taken)),
      of: urgencies.map((urgency) => ({
        size: set.size(urgency),
        oldestAgeMs: set.oldestAgeMs(nowMs, urgency),
        readyAgeMs: set.readyAgeMs(nowMs, urgency) ?? null,
      })),
    },
    {
      size: model.size(),
      dueInMs: model.dueInMs() ?? null,
      oldestAgeMs: model.oldestAgeMs(),
      inFlight: emails.filter((email) => model.isInFlight(email)),
      current: inFlight.map((taken) => model.isCurrent(taken)),
      of: urgencies.map((urgency) => model.of(urgency)),
    },
  )
}

function command(name: string, run: (model: DirtyModel, real: Real) => void, check = () => true): Command {
  return {
    check,
    run(model, real) {
      run(model, real)
      compare(model, real)
    },
    toString: () => name,
  }
}

/** A command for one of the contacts in flight; nothing where there is none. */
function ending(
  name: string,
  pick: number,
  run: (model: DirtyModel, real: Real, taken: TakenContact) => void,
): Command {
  return command(`${name} ${pick}`, (model, real) => {
    const [taken] = real.inFlight.splice(pick % Math.max(1, real.inFlight.length), 1)
    if (taken !== undefined) run(model, real, taken)
  })
}

const email = fc.constantFrom(...emails)
const delay = fc.integer({ min: 0, max: 50 })
/** Few of them, so that contacts of one urgency meet. */
const urgency = fc.constantFrom<Urgency>('exit', 'attribute', 'backfill')
const commands = [
  fc.tuple(email, urgency).map(([one, how]) =>
    command(`mark ${one} ${how}`, (model, { set }) => {
      expectSame(set.mark(one, model.nowMs(), how), model.mark(one, how))
    }),
  ),
  fc.tuple(email, delay, urgency).map(([one, delayMs, how]) =>
    command(`markHeld ${one} ${delayMs} ${how}`, (model, { set }) => {
      const nowMs = model.nowMs()
      expectSame(set.markHeld(one, nowMs, nowMs + delayMs, how), model.markHeld(one, delayMs, how))
    }),
  ),
  fc.constantFrom<Urgency | undefined>(undefined, undefined, 'exit', 'retry', 'backfill').map((how) =>
    command(`take ${how ?? ''}`, (model, { set, inFlight }) => {
      const taken = set.take(model.nowMs(), how)
      expectSame(taken, model.take(how))
      if (taken !== undefined) inFlight.push(taken)
    }),
  ),
  fc.nat(3).map((pick) =>
    ending('settle', pick, (model, { set }, taken) => {
      set.settle(taken)
      model.settle(taken)
    }),
  ),
  fc.tuple(fc.nat(3), delay).map(([pick, delayMs]) =>
    ending('hold', pick, (model, { set }, taken) => {
      set.hold(taken, model.nowMs() + delayMs, true)
      model.hold(taken, delayMs)
    }),
  ),
  fc.nat(3).map((pick) =>
    ending('release', pick, (model, { set }, taken) => {
      set.release(taken)
      model.release(taken)
    }),
  ),
  delay.map((durationMs) => command(`wait ${durationMs}`, (model) => model.wait(durationMs))),
]

describe('a dirty set', () => {
  it('does what a list of contacts does that is searched from end to end', () => {
    fc.assert(
      fc.property(fc.commands(commands, { maxCommands: 60, size: 'max' }), (sequence) => {
        fc.modelRun(
          () => ({ model: createDirtyModel(), real: { set: createDirtySet(), inFlight: [] } }),
          sequence,
        )
      }),
      { numRuns: 1000 },
    )
  })

  it('loses nothing: after any history every contact with an unsent mark is handed out', () => {
    fc.assert(
      fc.property(fc.commands(commands, { maxCommands: 60, size: 'max' }), (sequence) => {
        const model = createDirtyModel()
        const real: Real = { set: createDirtySet(), inFlight: [] }
        fc.modelRun(() => ({ model, real }), sequence)
        for (const taken of real.inFlight) real.set.release(taken)
        const handedOut: string[] = []
        const lateMs = model.nowMs() + 1000
        for (let taken = real.set.take(lateMs); taken !== undefined; taken = real.set.take(lateMs)) {
          handedOut.push(taken.email)
          real.set.settle(taken)
        }
        expect(handedOut.sort()).toEqual(model.unsent())
        expect(real.set.size()).toBe(0)
      }),
      { numRuns: 300 },
    )
  })
})

describe('a contact in flight', () => {
  it('is not handed out again, however often it is marked, and again once the send is settled', () => {
    const set = createDirtySet()
    set.mark('a@x.com', 0, 'attribute')
    const first = taken(set, 1)
    expect(set.mark('a@x.com', 2, 'attribute')).toBe('coalesced')
    expect(set.take(3)).toBeUndefined()
    expect(set.dueInMs(3)).toBeUndefined()
    set.settle(first)
    expect(set.take(4)).toEqual({ email: 'a@x.com', urgency: 'attribute', sequence: 2, attempt: 0 })
  })

  it('is clean once settled, if nothing was marked since it was taken', () => {
    const set = createDirtySet()
    set.mark('a@x.com', 0, 'attribute')
    set.mark('a@x.com', 1, 'attribute')
    set.settle(taken(set, 2))
    expect(set.size()).toBe(0)
    expect(set.take(3)).toBeUndefined()
  })

  it('counts an attempt when it is held, none when it is released', () => {
    const set = createDirtySet()
    set.mark('a@x.com', 0, 'attribute')
    set.hold(taken(set, 0), 10, true)
    expect(set.take(9)).toBeUndefined()
    expect(set.dueInMs(4)).toBe(6)
    const second = taken(set, 10)
    expect(second.attempt).toBe(1)
    set.release(second)
    expect(taken(set, 10).attempt).toBe(1)
  })

  it('starts its attempts anew when it was marked again and the send succeeded', () => {
    const set = createDirtySet()
    set.mark('a@x.com', 0, 'attribute')
    set.hold(taken(set, 0), 0, true)
    const second = taken(set, 1)
    set.mark('a@x.com', 2, 'attribute')
    set.settle(second)
    expect(taken(set, 3).attempt).toBe(0)
  })
})

describe('the age of the oldest contact', () => {
  it('counts from the first mark that is not sent yet, also behind contacts marked later', () => {
    const set = createDirtySet()
    set.mark('a@x.com', 0, 'attribute')
    const send = taken(set, 0)
    set.mark('a@x.com', 10, 'attribute')
    set.mark('b@x.com', 20, 'attribute')
    set.mark('a@x.com', 30, 'attribute')
    expect(set.oldestAgeMs(100)).toBe(100)
    set.settle(send)
    expect(set.oldestAgeMs(100)).toBe(90)
  })

  it('is 0 where nothing is dirty', () => {
    expect(createDirtySet().oldestAgeMs(5000)).toBe(0)
  })
})

it('a set is as large as the number of contacts in it, whatever is marked', () => {
  const set = createDirtySet()
  for (let mark = 0; mark < 10_000; mark += 1) set.mark(`${mark % 7}@x.com`, mark, 'attribute')
  expect(set.size()).toBe(7)
})

it('a contact marked to be held waits, unless it was dirty before', () => {
  const set = createDirtySet()
  set.mark('b@x.com', 0, 'attribute')
  expect(set.markHeld('b@x.com', 0, 999, 'attribute')).toBe('coalesced')
  expect(taken(set, 0).email).toBe('b@x.com')
  expect(set.markHeld('a@x.com', 0, 50, 'attribute')).toBe('marked')
  expect(set.dueInMs(0)).toBe(50)
  expect(set.take(49)).toBeUndefined()
  const send = taken(set, 50)
  set.markHeld('a@x.com', 60, 999, 'attribute')
  set.settle(send)
  expect(set.dueInMs(60)).toBe(0)
})

function taken(set: DirtySet, nowMs: number): TakenContact {
  const contact = set.take(nowMs)
  if (contact === undefined) throw new Error(`nothing was due at ${nowMs}`)
  return contact
}
