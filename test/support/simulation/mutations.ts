import type { Clock, GroupConsumer } from '../../../src/runtime/ports.ts'
import { diceOf, type Dice } from './dice.ts'
import type { Life } from './life.ts'
import type { ProcessParts } from './process.ts'
import type { Invariant } from './violation.ts'
import { internalTopics } from '../../../src/config/topics.ts'
import { createTestConfig } from '../topology/configuration.ts'

/** Something around the program that is wrong on purpose, to see that the simulation finds it. */
export interface Mutation {
  /** The invariant that must be found broken, `null` where nothing is wrong. */
  readonly breaks: Invariant | null
  /** What is wrong, in words. */
  readonly what: string
  /** The ports of one life, wrong. */
  parts(parts: ProcessParts, life: Life): ProcessParts
  /** The dice of one purpose, wrong. */
  dice(dice: Dice): Dice
}

/** Nothing is wrong. */
export const sound: Mutation = {
  breaks: null,
  what: 'nothing is wrong',
  parts: (parts) => parts,
  dice: (dice) => dice,
}

const topics = internalTopics(createTestConfig().applicationId)

/** The invariants that can be broken; I6 in two ways: how many requests, and how they probe a Zendesk in trouble. */
export type MutationName =
  'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I6-in-trouble' | 'I7' | 'I8' | 'I9' | 'I13'

/** By the invariant that it breaks, what a simulation must find. */
export const mutations: Readonly<Record<MutationName, Mutation>> = {
  I1: {
    ...sound,
    breaks: 'I1',
    what: 'contacts are acknowledged before they are written, and lost if the process dies',
    parts: (parts) => ({ ...parts, produce: acknowledgeEarly(parts) }),
  },
  I2: {
    ...sound,
    breaks: 'I2',
    what: 'a request whose answer got lost is sent again half a minute later as it was, whatever the contact is by then',
    parts: (parts) => ({ ...parts, writeContact: sendAgainAsItWas(parts) }),
  },
  I3: {
    ...sound,
    breaks: 'I3',
    what: 'no rest after an ambiguous outcome, and a lease that is always held',
    parts: (parts) => ({
      ...parts,
      ambiguousHoldMs: 0,
      stageOptions: { ...parts.stageOptions, leaseMs: Infinity },
      holdsLease: () => true,
      produce: async (records) => parts.produce(records, () => true),
    }),
  },
  I4: {
    ...sound,
    breaks: 'I4',
    what: 'a ledger that is empty at every restore',
    parts: (parts) => ({
      ...parts,
      offsets: {
        ...parts.offsets,
        async logBounds(topic) {
          const bounds = await parts.offsets.logBounds(topic)
          if (topic !== topics.ledger) return bounds
          return new Map([...bounds.keys()].map((partition) => [partition, { startOffset: 0, endOffset: 0 }]))
        },
      },
    }),
  },
  I5: {
    ...sound,
    breaks: 'I5',
    what: 'records are committed when they are handed over',
    parts: (parts) => ({ ...parts, wrapConsumer: commitEarly }),
  },
  I6: {
    ...sound,
    breaks: 'I6',
    what: 'processes that pace as if each were alone, and twice as fast',
    parts: (parts) => ({ ...parts, requestsPerSecond: 2 * parts.requestsPerSecond }),
  },
  'I6-in-trouble': {
    ...sound,
    breaks: 'I6',
    what: 'a 429 that is taken for the trouble of one contact',
    parts: (parts) => ({
      ...parts,
      async writeContact(write) {
        const outcome = await parts.writeContact(write)
        return outcome.type === 'throttled' ? { type: 'unreachable', reason: 'http_429' } : outcome
      },
    }),
  },
  I7: {
    ...sound,
    breaks: 'I7',
    what: 'timers that nobody cancels, so that every look for something to send leaves one behind',
    parts: (parts) => ({ ...parts, clock: { ...parts.clock, setTimer: setTimerForGood(parts.clock) } }),
  },
  I8: {
    ...sound,
    breaks: 'I8',
    what: 'a contact that rests for an hour after an outcome that nobody knows',
    parts: (parts) => ({ ...parts, ambiguousHoldMs: 3_600_000 }),
  },
  I9: {
    ...sound,
    breaks: 'I9',
    what: 'a decoder that throws at a record that it cannot decode',
    parts: (parts) => ({
      ...parts,
      async decode(bytes) {
        const decoded = await parts.decode(bytes)
        if (decoded.type === 'undecodable') throw new TypeError(decoded.detail)
        return decoded
      },
    }),
  },
  I13: {
    ...sound,
    breaks: 'I13',
    what: 'chance that does not come from the seed',
    dice: () => diceOf(() => Math.random()),
  },
}

const laterMs = 31_000

function sendAgainAsItWas({ writeContact, clock }: ProcessParts): ProcessParts['writeContact'] {
  return async (write) => {
    const outcome = await writeContact(write)
    if (outcome.type === 'ambiguous') clock.setTimer(laterMs, () => void writeContact(write))
    return outcome
  }
}

function setTimerForGood(clock: Clock): Clock['setTimer'] {
  return (delayMs, then) => {
    clock.setTimer(delayMs, then)
    return () => undefined
  }
}

const earlyMs = 10_000

function acknowledgeEarly({ produce, clock }: ProcessParts): ProcessParts['produce'] {
  return async (records, mayGo) => {
    if (records[0]?.topic !== topics.contacts) return produce(records, mayGo)
    clock.setTimer(earlyMs, () => void produce(records, mayGo).catch(() => undefined))
    return []
  }
}

function commitEarly(consumer: GroupConsumer): GroupConsumer {
  return {
    ...consumer,
    start: async (listener) =>
      consumer.start({
        ...listener,
        async batch(batch) {
          const { topic, partition, nextOffset } = batch
          void consumer.commit([{ topic, partition, offset: nextOffset }], '')
          return listener.batch(batch)
        },
      }),
  }
}
