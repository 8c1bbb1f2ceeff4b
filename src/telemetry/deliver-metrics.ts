import type { DeliverMetrics } from '../deliver/ports.ts'
import { urgencies } from '../domain/urgency.ts'
import { rejectedClasses } from './error-classes.ts'
import type { AvoidedCounter } from './avoided-counter.ts'
import type { Instruments } from './instruments.ts'
import { errorClasses, oneOf } from './label-values.ts'

/** Seconds, from one record's way through to a day; 60 and 300 are the usual objectives for freshness. */
const freshnessBuckets = [
  0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 14_400, 43_200, 86_400,
]

/** Metrics of the deliver stage. */
export function createDeliverMetrics(instruments: Instruments, avoided: AvoidedCounter): DeliverMetrics {
  const operation = oneOf(['upsert', 'update'] as const)
  const received = instruments.counter({
    name: 'contacts_received_total',
    help:
      'Records read from the contacts topic: dirty (differs from what was written last), unchanged, or dead_letter. ' +
      'A dead_letter means that something else writes to the topic.',
    labels: { outcome: oneOf(['dirty', 'unchanged', 'dead_letter'] as const) },
  })
  const activated = instruments.counter({
    name: 'identities_activated_total',
    help:
      'Contacts that Zendesk acknowledged, created or found by e-mail (upsert) or changed by id (update). A rate of 0 ' +
      'with dirty contacts means that delivery stands still: see authorised and write_outcomes_total.',
    labels: { operation },
  })
  const freshness = instruments.histogram(
    {
      name: 'freshness_seconds',
      help:
        'Age of the newest change in a contact when Zendesk acknowledged it, by how urgent it was: from event time to CRM. ' +
        'The measure for a service objective; old data in a backfill counts with its age.',
      labels: { operation, class: oneOf(urgencies) },
    },
    freshnessBuckets,
  )
  const failed = instruments.counter({
    name: 'identities_failed_total',
    help:
      'Contacts whose content Zendesk refused, by the error code of the first error. Each is in the dead-letter topic ' +
      'with all its errors; a newer version of the contact is tried by itself.',
    labels: { error_class: errorClasses(rejectedClasses) },
  })
  const outcomes = instruments.counter({
    name: 'write_outcomes_total',
    help:
      'Writes by how they ended. throttled: lower zendesk.requestsPerSecond if others use the token. unauthorised: ' +
      'replace the token. unreachable, ambiguous: network or Zendesk trouble. missing: deleted or merged in Zendesk; ' +
      'absent: and left so. chosen: several contacts have the e-mail; found, undecided: looked up by e-mail. ' +
      'looked: read some time after an ambiguous write, which may have been carried out late.',
    labels: {
      type: oneOf([
        'written',
        'throttled',
        'unauthorised',
        'unreachable',
        'ambiguous',
        'missing',
        'rejected',
        'undecided',
        'found',
        'chosen',
        'looked',
        'absent',
      ] as const),
    },
  })
  const conflicts = instruments.counter({
    name: 'identity_conflicts_total',
    help:
      'Times that an e-mail came from another person than before: two persons share it and their data merges by time. ' +
      'Find the duplicate profiles at their source.',
    labels: {},
  })
  const retries = instruments.counter({
    name: 'retries_total',
    help:
      'Contacts that fail again and again. scheduled: the next attempt is written down in the retry topic. superseded: it ' +
      'was not needed any more. exhausted: put aside in the dead-letter topic after deliver.retry.maxAttempts.',
    labels: { outcome: oneOf(['scheduled', 'superseded', 'exhausted'] as const) },
  })

  return {
    contactReceived: (outcome) => received.add({ outcome }),
    requestAvoided: avoided,
    identityActivated(name, urgency, freshnessMs) {
      activated.add({ operation: name })
      freshness.observe({ operation: name, class: urgency }, freshnessMs / 1000)
    },
    identityFailed: (errorClass) => failed.add({ error_class: errorClass }),
    outcome: (type) => outcomes.add({ type }),
    identityConflict: () => conflicts.add({}),
    retry: (outcome) => retries.add({ outcome }),
  }
}
