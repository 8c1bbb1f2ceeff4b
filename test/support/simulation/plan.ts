import type { Operation } from '../../../sandbox/memory-kafka/link.ts'
import type { Effect, When } from './life.ts'

/** A record of one of the input topics, `atMs` after the start. */
export type Input = { readonly atMs: number; readonly person: string } & (
  | {
      readonly type: 'profile'
      /** Which of the person's three e-mails, or the one that all persons share. */
      readonly email: 'a' | 'b' | 'c' | 'shared' | 'none'
      readonly hasLastName: boolean
      readonly firstName: string
      /** No other record's, so that it says which record a write carries; `null` for none. */
      readonly tier: string | null
      /** How much older the record says it is than it is. */
      readonly ageMs: number
    }
  | {
      readonly type: 'membership'
      readonly audience: 'vip' | 'newsletter'
      readonly status: 'realized' | 'existing' | 'exited'
      readonly ageMs: number
      readonly validForMs: number | null
    }
  | { readonly type: 'erasure' }
  | { readonly type: 'bad'; readonly topic: 'profiles' | 'segment-memberships'; readonly badness: Badness }
  /** The last record of the person once more, as a producer does that saw no acknowledgement. */
  | { readonly type: 'again' }
)

/** What a process asks of the outside. */
export type Asked = Operation['type'] | 'request' | 'store'

/** What is wrong with a record. */
export type Badness = 'no avro' | 'unknown schema' | 'truncated' | 'no key' | 'unknown status'

/** How Zendesk treats requests. */
export type Answer =
  | 'throttled'
  | 'throttled for 3 s'
  | 'unreachable'
  | 'unauthorised'
  | 'ambiguous, never carried out'
  /** As before, and nobody answers until the process gives up. */
  | 'unanswered'
  | 'ambiguous, carried out'
  | 'ambiguous, carried out later'
  | 'slow'

/** Trouble, from `atMs` after the start. */
export type Fault = { readonly atMs: number } & (
  | {
      /** `machine`: what was not synced is lost, `share` of it. */
      readonly type: 'crash'
      readonly process: number
      readonly downMs: number
      readonly machine: boolean
      readonly share: number
    }
  | {
      readonly type: 'crash at'
      readonly process: number
      readonly effect: Effect | 'any'
      readonly nth: number
      readonly when: When
      readonly downMs: number
      readonly machine: boolean
      readonly share: number
    }
  | { readonly type: 'stop'; readonly process: number; readonly downMs: number }
  | { readonly type: 'freeze'; readonly process: number; readonly forMs: number }
  /** Stands still right after it asked for something, and hears of the answer when it goes on. */
  | {
      readonly type: 'freeze at'
      readonly process: number
      readonly what: Asked
      readonly nth: number
      readonly forMs: number
    }
  | { readonly type: 'rebalances'; readonly group: Group; readonly count: number; readonly everyMs: number }
  | { readonly type: 'compact'; readonly topic: CompactedTopic }
  | {
      readonly type: 'slow'
      readonly operation: 'produce' | 'commit' | 'fetch' | 'heartbeat' | 'any'
      readonly forMs: number
      readonly latencyMs: number
    }
  | { readonly type: 'lost acknowledgements'; readonly count: number }
  | { readonly type: 'stale commits'; readonly count: number }
  /** Kafka answers nobody; with `process`, not this one. */
  | { readonly type: 'outage'; readonly forMs: number; readonly process: number | null }
  | { readonly type: 'zendesk'; readonly answer: Answer; readonly forMs: number; readonly share: number }
  /** Somebody removes a contact in Zendesk by hand; `which` (at least 0, below 1) is its place among all. */
  | { readonly type: 'removal'; readonly which: number }
  | { readonly type: 'registry'; readonly forMs: number }
  | {
      readonly type: 'store'
      readonly process: number
      readonly stage: Stage
      readonly partition: number
      readonly damage: 'lost' | 'corrupt' | 'full'
      readonly forMs: number
    }
  /** All processes stop, an operator sets the group's offsets back, all start. */
  | { readonly type: 'reset'; readonly group: Group; readonly by: number }
)

/** The stages, and so the groups. */
export type Stage = 'assemble' | 'deliver'
export type Group = Stage
export type CompactedTopic = 'persons' | 'contacts' | 'ledger'

/** A run: what it is made of, what comes in, what goes wrong. Together with the seed it decides everything. */
export interface Plan {
  readonly seed: number
  readonly partitions: number
  /** When each process starts, in milliseconds after the start. */
  readonly processes: readonly { readonly startMs: number; readonly skewMs: number }[]
  /** When the last input and the last fault are over. */
  readonly spanMs: number
  readonly inputs: readonly Input[]
  readonly faults: readonly Fault[]
}
