import type { AssembleAvoidedReason } from '../assemble/ports.ts'
import type { AvoidedReason } from '../deliver/ports.ts'
import type { Instruments } from './instruments.ts'
import { oneOf } from './label-values.ts'

/** Counts changes that needed no request of their own; both stages avoid them, each for its reasons. */
export type AvoidedCounter = (reason: AssembleAvoidedReason | AvoidedReason) => void

const reasons: readonly (AssembleAvoidedReason | AvoidedReason)[] = [
  'unchanged',
  'batched',
  'unmapped',
  'noop',
  'coalesced',
  'rejected_before',
  'no_contact',
]

/** The counter of avoided requests. */
export function createAvoidedCounter(instruments: Instruments): AvoidedCounter {
  const avoided = instruments.counter({
    name: 'requests_avoided_total',
    help:
      'Changes that needed no request of their own: unchanged (the record says nothing new), batched (more came with it), ' +
      'unmapped (nothing mapped changed), noop (nothing differs from what was written), coalesced (one was due already), ' +
      'rejected_before (the same content was refused), no_contact (nothing to update). Explains a low request rate.',
    labels: { reason: oneOf(reasons) },
  })
  return (reason) => avoided.add({ reason })
}
