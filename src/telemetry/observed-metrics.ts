import { type Urgency, urgencies } from '../domain/urgency.ts'
import type { Instruments } from './instruments.ts'
import { oneOf } from './label-values.ts'

/** Where the gauges that are read at each scrape come from. A process gives those that it has. */
export interface Observations {
  /** Contacts that may differ from Zendesk, in the partitions of this process: all, or those with `urgency`. */
  readonly dirtyContacts?: (urgency?: Urgency) => number
  /** Age of the contact that is dirty longest, of all or of those with `urgency`; 0 where none is. */
  readonly oldestDirtyAgeMs?: (urgency?: Urgency) => number
  /** Whether Zendesk accepts the token. */
  readonly authorised?: () => boolean
  readonly ready?: () => boolean
  /** Requests per second that this process may send now. */
  readonly requestsPerSecondShare?: () => number
  /** Time since the token's file changed, or `null` where that is not known. */
  readonly tokenFileAgeMs?: () => number | null
}

const byClass = { class: oneOf(urgencies) }

/** Gauges of `observations()`, asked at each scrape. What is not given has no series. */
export function createObservedMetrics(instruments: Instruments, observations: () => Observations): void {
  instruments.pulledGauge(
    {
      name: 'dirty_contacts',
      help:
        'Contacts that may differ from Zendesk and wait to be sent, by how urgent they are: the real backlog is their sum. ' +
        'One that grows for hours needs fewer changes or a higher limit at Zendesk; backfill may be long for a day.',
      labels: byClass,
    },
    ({ class: urgency }) => observations().dirtyContacts?.(urgency),
  )
  instruments.pulledGauge(
    {
      name: 'oldest_dirty_age_seconds',
      help:
        'How long the contact that waits longest has waited, by how urgent it is, 0 where none waits. The alert for ' +
        'delivery: exit over a minute or entry over five, look at authorised, write_outcomes_total and the rate share.',
      labels: byClass,
    },
    ({ class: urgency }) => seconds(observations().oldestDirtyAgeMs?.(urgency)),
  )
  instruments.pulledGauge(
    {
      name: 'drain_eta_seconds',
      help:
        'Time to send all dirty contacts of this process at its present share of the rate; the longest of all processes ' +
        'counts. No series while something waits and nothing may be sent: then there is no estimate.',
      labels: {},
    },
    () => drainSeconds(observations()),
  )
  instruments.pulledGauge(
    {
      name: 'authorised',
      help:
        '1 while Zendesk accepts the token, 0 from a refusal to the next accepted request. At 0 nothing is delivered ' +
        'and nothing is lost: replace the token in its file.',
      labels: {},
    },
    () => flag(observations().authorised?.()),
  )
  instruments.pulledGauge(
    {
      name: 'ready',
      help:
        '1 while this process has its partitions, their state and an accepted token, as GET /ready says, which also ' +
        'names the reasons of a 0.',
      labels: {},
    },
    () => flag(observations().ready?.()),
  )
  instruments.pulledGauge(
    {
      name: 'requests_per_second_share',
      help:
        'Requests per second that this process may send: its share of zendesk.requestsPerSecond by partitions owned. ' +
        'Compare with the rate of requests_total; 0 where it owns none.',
      labels: {},
    },
    () => observations().requestsPerSecondShare?.(),
  )
  instruments.pulledGauge(
    {
      name: 'token_file_age_seconds',
      help:
        'Time since the file with the token changed. Alert before the token expires, if yours does, and when a ' +
        'rotation did not arrive.',
      labels: {},
    },
    () => seconds(observations().tokenFileAgeMs?.() ?? undefined),
  )
}

/** Dirty contacts over the share of the rate; `undefined` where either is not known, without end where nothing is sent. */
function drainSeconds({ dirtyContacts, requestsPerSecondShare }: Observations): number | undefined {
  if (dirtyContacts === undefined || requestsPerSecondShare === undefined) return undefined
  const dirty = dirtyContacts()
  return dirty === 0 ? 0 : dirty / requestsPerSecondShare()
}

function seconds(durationMs: number | undefined): number | undefined {
  return durationMs === undefined ? undefined : durationMs / 1000
}

function flag(value: boolean | undefined): number | undefined {
  return value === undefined ? undefined : Number(value)
}
