import type { Instruments } from './instruments.ts'
import { oneOf } from './label-values.ts'

/** One request to Zendesk that was tried. */
export interface TriedRequest {
  readonly operation: 'upsert' | 'update' | 'users_self' | 'contact' | 'contacts' | 'custom_fields'
  /** HTTP status, or `null` where no answer began. */
  readonly status: number | null
  readonly durationMs: number
}

/** Seconds; a request is given up after 15 by default. */
const durationBuckets = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30]

/** Metrics of the requests to Zendesk. */
export function createRequestMetrics(instruments: Instruments): (request: TriedRequest) => void {
  const labels = {
    operation: oneOf(['upsert', 'update', 'users_self', 'contact', 'contacts', 'custom_fields'] as const),
    code_class: oneOf<string>(['2xx', '3xx', '4xx', '5xx', 'none']),
  }
  const requests = instruments.counter({
    name: 'requests_total',
    help:
      'Requests to Zendesk, by class of the HTTP status, or none where no answer began. Over all processes the rate has ' +
      'to stay below 10 per second for one token.',
    labels,
  })
  const duration = instruments.histogram(
    {
      name: 'request_duration_seconds',
      help:
        'Time from sending a request to Zendesk to the end of its answer. Above 1.6 s at 10 per second the default of ' +
        'zendesk.maxConcurrentRequests (16) begins to limit the rate.',
      labels,
      initial: [],
    },
    durationBuckets,
  )

  return ({ operation, status, durationMs }) => {
    const values = { operation, code_class: status === null ? 'none' : `${Math.floor(status / 100)}xx` }
    requests.add(values)
    duration.observe(values, durationMs / 1000)
  }
}
