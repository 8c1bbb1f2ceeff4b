import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  type InputFacts,
  planStart,
  type StartFacts,
  type StartPlan,
} from '../../../src/runtime/start-plan.ts'

const offset = fc.nat(12)
const log = fc
  .tuple(offset, offset)
  .map(([a, b]) => ({ startOffset: Math.min(a, b), endOffset: Math.max(a, b) }))
const input: fc.Arbitrary<InputFacts> = fc.record({
  log,
  committed: fc.option(fc.record({ offset, ours: fc.boolean() }), { nil: undefined }),
  isRestored: fc.boolean(),
})
const store = fc.record({
  log: offset,
  a: fc.option(offset),
  b: fc.option(offset),
  usedAtMs: fc.integer({ min: 1, max: 10 }),
})

/** Whatever Kafka and the store may say; seldom that the store is of no use. */
const facts: fc.Arbitrary<StartFacts> = fc
  .record({ changelog: log, a: input, b: input, store: fc.option(store), isChangelogNew: fc.boolean() })
  .map(({ changelog, a, b, store: held, isChangelogNew }) => {
    const offsets = Object.entries({ log: held?.log ?? null, a: held?.a ?? null, b: held?.b ?? null })
    return {
      changelog: {
        topic: 'log',
        log: { ...changelog, endOffset: Math.max(changelog.endOffset, (held?.log ?? 0) - 1) },
      },
      inputs: new Map([
        ['a', a],
        ['b', b],
      ]),
      stored: {
        offsets: new Map(offsets.flatMap(([topic, at]) => (at === null ? [] : [[topic, at] as const]))),
        usedAtMs: held?.usedAtMs ?? null,
      },
      nowMs: 10,
      maxStoreAgeMs: 8,
      // A store that is found to be of another changelog is wiped before.
      isChangelogNew: isChangelogNew && held === null,
    }
  })

/** True where the changelog has all that ever was in it, or the store has what it lacks. */
function isWhole({ changelog: { log: bounds }, stored, isChangelogNew }: StartFacts): boolean {
  const mirrored = stored.offsets.get('log')
  const isEmpty = mirrored === undefined && bounds.endOffset === 0
  return !isChangelogNew && !isEmpty && (mirrored ?? 0) >= bounds.startOffset
}

type Started = Extract<StartPlan, { type: 'start' }>

/** What a store says once a task has restored by its plan, and processed nothing. */
function afterRestore({ stored, changelog, nowMs }: StartFacts, plan: Started): StartFacts['stored'] {
  const restored = [...plan.ranges].map(([topic, { untilOffset }]) => [topic, untilOffset] as const)
  const mirrored = [changelog.topic, plan.mirrorFrom] as const
  return { offsets: new Map([...stored.offsets, ...restored, mirrored]), usedAtMs: nowMs }
}

function started(given: StartFacts): Started {
  const plan = planStart(given)
  fc.pre(plan.type === 'start')
  return plan
}

const runs = { numRuns: 500 }

describe('wherever a task begins', () => {
  it('its positions lie within the logs, one for every input', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const { positions } = started(given)
        expect([...positions.keys()]).toEqual([...given.inputs.keys()])
        for (const [topic, position] of positions) {
          const bounds = given.inputs.get(topic)?.log
          expect(position).toBeGreaterThanOrEqual(bounds?.startOffset ?? NaN)
          expect(position).toBeLessThanOrEqual(bounds?.endOffset ?? NaN)
        }
      }),
      runs,
    )
  })

  it('what is restored lies within the log, is never empty, and is state', () => {
    fc.assert(
      fc.property(facts, (given) => {
        for (const [topic, { startOffset, untilOffset }] of started(given).ranges) {
          const known = given.inputs.get(topic)
          expect(topic === 'log' || known?.isRestored).toBe(true)
          const bounds = topic === 'log' ? given.changelog.log : known?.log
          expect(startOffset).toBeGreaterThanOrEqual(bounds?.startOffset ?? NaN)
          expect(startOffset).toBeLessThan(untilOffset)
          expect(untilOffset).toBeLessThanOrEqual(bounds?.endOffset ?? NaN)
        }
      }),
      runs,
    )
  })

  it('the changelog is restored from where the store mirrors it to its end, and mirrored from there', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const { ranges, mirrorFrom } = started(given)
        const { startOffset, endOffset } = given.changelog.log
        const mirrored = given.stored.offsets.get('log') ?? 0
        expect(mirrorFrom).toBe(endOffset)
        expect(mirrorFrom).toBeGreaterThanOrEqual(mirrored)
        const from = Math.max(mirrored, startOffset)
        const range = from < endOffset ? { startOffset: from, untilOffset: endOffset } : undefined
        expect(ranges.get('log')).toEqual(range)
      }),
      runs,
    )
  })

  it('the past of an input that is state ends where it goes on, and begins where the store does or the log', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const { ranges, positions } = started(given)
        for (const [topic, { isRestored, log: bounds }] of given.inputs) {
          const position = positions.get(topic) ?? NaN
          const from = Math.max(given.stored.offsets.get(topic) ?? 0, bounds.startOffset)
          const range = from < position ? { startOffset: from, untilOffset: position } : undefined
          expect(ranges.get(topic)).toEqual(isRestored ? range : undefined)
        }
      }),
      runs,
    )
  })

  it('nothing that the group or the store lacks is skipped, but by an operator or with a count of it', () => {
    fc.assert(
      fc.property(facts, (given) => {
        fc.pre(isWhole(given))
        const { positions, lost } = started(given)
        const gaps = [...given.inputs].flatMap(([topic, { committed }]): [string, number][] => {
          // In a new group nothing was to be read before its start.
          if (committed === undefined) return []
          const known = committed.ours ? (given.stored.offsets.get(topic) ?? 0) : 0
          const gap = (positions.get(topic) ?? NaN) - Math.max(known, committed.offset)
          return gap > 0 ? [[topic, gap]] : []
        })
        expect([...lost]).toEqual(gaps)
      }),
      runs,
    )
  })

  it('the group may be told so, unless an operator wants it where it is or its log was made anew', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const { positions, done, rewound } = started(given)
        const lagging = [...given.inputs].flatMap(([topic, { committed }]) => {
          const position = positions.get(topic) ?? NaN
          if (committed?.ours === false) return []
          const goesBack = position < (committed?.offset ?? 0)
          return goesBack && !rewound.has(topic) ? [] : [[topic, position]]
        })
        expect([...done]).toEqual(lagging)
      }),
      runs,
    )
  })

  it('a task that ended before it processed anything would begin there again, with nothing to restore', () => {
    fc.assert(
      fc.property(facts, (given) => {
        fc.pre(isWhole(given))
        const plan = started(given)
        const again = started({ ...given, stored: afterRestore(given, plan) })
        expect([...again.positions]).toEqual([...plan.positions])
        expect([...again.ranges.keys()]).toEqual([])
      }),
      runs,
    )
  })

  it('so would one that reads all again, whose group was told so and whose store is new', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const plan = started(given)
        fc.pre(plan.rewound.size > 0 && given.stored.offsets.size === 0)
        const told = [...given.inputs].map(([topic, known]) => {
          const offset = plan.rewound.get(topic) ?? plan.done.get(topic)
          return [
            topic,
            offset === undefined ? known : { ...known, committed: { offset, ours: true } },
          ] as const
        })
        const facts = { ...given, inputs: new Map(told), isChangelogNew: false }
        const again = started({ ...facts, stored: afterRestore(given, plan) })
        expect([...again.positions]).toEqual([...plan.positions])
        expect([...again.ranges.keys()]).toEqual([])
      }),
      runs,
    )
  })
})
