import type { AssembleMetrics } from '../assemble/ports.ts'
import type { ExclusionReason } from '../domain/contact.ts'
import { misfits } from '../domain/custom-field-value.ts'
import type { AvoidedCounter } from './avoided-counter.ts'
import type { Instruments } from './instruments.ts'
import { oneOf } from './label-values.ts'

/** {@link AssembleMetrics}, and what the share of a partition needs to stay true across assignments. */
export interface AssembleRecorder extends AssembleMetrics {
  /** The partition is here from now on, with nobody excluded so far. */
  partitionArrived(partition: number): void
  /** The partition is not here any more, nor are its persons. */
  partitionLeft(partition: number): void
}

const exclusionReasons: readonly ExclusionReason[] = ['no_profile', 'no_email', 'no_last_name']

/** Metrics of the assemble stage. Series of the topics and targets named begin at 0; others count as `other`. */
export function createAssembleMetrics(
  instruments: Instruments,
  inputTopics: readonly string[],
  targets: readonly string[],
  avoided: AvoidedCounter,
): AssembleRecorder {
  const received = instruments.counter({
    name: 'profiles_received_total',
    help:
      'Input records read, profiles and memberships alike, by what came of them: folded into a person, unchanged, or ' +
      'dead_letter. Compare with the rate of the producers; look into the dead-letter topic when dead_letter grows.',
    labels: { topic: oneOf(inputTopics), outcome: oneOf(['folded', 'unchanged', 'dead_letter'] as const) },
  })
  const exclusions = instruments.counter({
    name: 'exclusions_total',
    help:
      'Times that a person became excluded, or excluded for another reason. A sudden rate of no_email or no_last_name ' +
      'says that a producer stopped sending what every contact needs.',
    labels: { reason: oneOf(exclusionReasons) },
  })
  const emitted = instruments.counter({
    name: 'contacts_emitted_total',
    help:
      'Desired contacts written to the contacts topic: active, or released where the person left the e-mail. Many more ' +
      'than profiles that changed means that a mapped source changes all the time.',
    labels: { state: oneOf(['active', 'released'] as const) },
  })
  const unusable = instruments.counter({
    name: 'fields_unusable_total',
    help:
      'Mapped values that the Sell field cannot hold, by target and reason: the field stays as it is, or is cleared where ' +
      'the mapping says so. Correct the source, the type, or give the mapping row a transform.',
    labels: { target: oneOf(targets), reason: oneOf(misfits) },
  })
  const excluded = createExcluded(instruments)

  return {
    profileReceived: (topic, outcome) => received.add({ topic, outcome }),
    exclusionChanged(partition, from, to) {
      if (from !== null) excluded.change(partition, from, -1)
      if (to === null) return
      excluded.change(partition, to, 1)
      exclusions.add({ reason: to })
    },
    contactEmitted: (state) => emitted.add({ state }),
    requestAvoided: avoided,
    fieldUnusable: (target, misfit) => unusable.add({ target, reason: misfit }),
    exclusionsRestored: (partition, reason, persons) => excluded.change(partition, reason, persons),
    partitionArrived: (partition) => excluded.arrive(partition),
    partitionLeft: (partition) => excluded.leave(partition),
  }
}

/**
 * Persons excluded now, kept per partition so that a partition's share leaves with it. A partition that is not here is
 * not counted: a batch that was running when it left reports its changes afterwards.
 */
function createExcluded(instruments: Instruments) {
  const gauge = instruments.gauge({
    name: 'identities_excluded',
    help:
      'Persons without a contact now, since what every contact needs is missing, in the partitions of this process. Sum ' +
      'over all processes; excluded is not failed, the contact is made once the data arrives.',
    labels: { reason: oneOf(exclusionReasons) },
  })
  const shares = new Map<number, Map<ExclusionReason, number>>()

  function publish(reason: ExclusionReason): void {
    let persons = 0
    for (const share of shares.values()) persons += share.get(reason) ?? 0
    gauge.set({ reason }, persons)
  }

  return {
    arrive(partition: number) {
      shares.set(partition, new Map())
      exclusionReasons.forEach(publish)
    },
    leave(partition: number) {
      shares.delete(partition)
      exclusionReasons.forEach(publish)
    },
    change(partition: number, reason: ExclusionReason, difference: number) {
      const share = shares.get(partition)
      if (share === undefined) return
      // Below 0 would be a person who was excluded before this process knew of the partition.
      share.set(reason, Math.max(0, (share.get(reason) ?? 0) + difference))
      publish(reason)
    },
  }
}
