import type { Instruments } from './instruments.ts'

/** Where the gauges that are read at each scrape come from. A process gives those that it has. */
export interface Observations {
  /** Contacts that may differ from Zendesk, in the partitions of this process. */
  readonly dirtyContacts?: () => number
  /** Age of the contact that is dirty longest, 0 where none is. */
  readonly oldestDirtyAgeMs?: () => number
  /** Whether Zendesk accepts the token. */
  readonly authorised?: () => boolean
  readonly ready?: () => boolean
  /** Requests per second that this process may send now. */
  readonly requestsPerSecondShare?: () => number
  /** Time since the token's file changed, or `null` where that is not known. */
  readonly tokenFileAgeMs?: () => number | null
}

/** Gauges of `observations()`, asked at each scrape. What is not given has no series. */
export function createObservedMetrics(instruments: Instruments, observations: () => Observations): void {
  instruments.pulledGauge(
    {
      name: 'dirty_contacts',
      help:
        'Contacts that may differ from Zendesk and wait to be sent: the real backlog. Divided by the request rate it is ' +
        'the time to drain; one that grows for hours needs fewer changes or a higher limit at Zendesk.',
    },
    () => observations().dirtyContacts?.(),
  )
  instruments.pulledGauge(
    {
      name: 'oldest_dirty_age_seconds',
      help:
        'How long the contact that waits longest has waited. The alert for delivery as a whole: over five minutes ' +
        'without a backfill, look at authorised, write_outcomes_total and the rate share.',
    },
    () => seconds(observations().oldestDirtyAgeMs?.()),
  )
  instruments.pulledGauge(
    {
      name: 'authorised',
      help:
        '1 while Zendesk accepts the token, 0 from a refusal to the next accepted request. At 0 nothing is delivered ' +
        'and nothing is lost: replace the token in its file.',
    },
    () => flag(observations().authorised?.()),
  )
  instruments.pulledGauge(
    {
      name: 'ready',
      help:
        '1 while this process has its partitions, their state and an accepted token, as GET /ready says, which also ' +
        'names the reasons of a 0.',
    },
    () => flag(observations().ready?.()),
  )
  instruments.pulledGauge(
    {
      name: 'requests_per_second_share',
      help:
        'Requests per second that this process may send: its share of zendesk.requestsPerSecond by partitions owned. ' +
        'Compare with the rate of requests_total; 0 where it owns none.',
    },
    () => observations().requestsPerSecondShare?.(),
  )
  instruments.pulledGauge(
    {
      name: 'token_file_age_seconds',
      help:
        'Time since the file with the token changed. Alert before the token expires, if yours does, and when a ' +
        'rotation did not arrive.',
    },
    () => seconds(observations().tokenFileAgeMs?.() ?? undefined),
  )
}

function seconds(durationMs: number | undefined): number | undefined {
  return durationMs === undefined ? undefined : durationMs / 1000
}

function flag(value: boolean | undefined): number | undefined {
  return value === undefined ? undefined : Number(value)
}
