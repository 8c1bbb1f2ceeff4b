import type { DeadLetterReason } from '../domain/record.ts'
import { exhaustedClasses, poisonClasses, rejectedClasses } from './error-classes.ts'
import type { Instruments } from './instruments.ts'
import { errorClasses, oneOf } from './label-values.ts'

/** What the process writes to Kafka. */
export interface OutputMetrics {
  /** Records were acknowledged by all in-sync replicas. */
  produced(topic: string, records: number): void
  /** A record or a contact was put aside. */
  deadLettered(reason: Pick<DeadLetterReason, 'disposition' | 'errorClass'>): void
}

/** Metrics of what is produced to `topics`. */
export function createOutputMetrics(instruments: Instruments, topics: readonly string[]): OutputMetrics {
  const produced = instruments.counter({
    name: 'records_produced_total',
    help:
      'Records written to the internal topics and acknowledged by all in-sync replicas. Standing still while a stage ' +
      'has lag means that Kafka does not take writes.',
    labels: { topic: oneOf(topics) },
  })
  const deadLetters = instruments.counter({
    name: 'dead_letters_total',
    help:
      'Records put aside in the dead-letter topic: poison (an input that cannot be used), rejected (a contact that ' +
      'Zendesk refused) or exhausted (one that failed too often). Every increase is worth a look into the topic; nothing there is tried again by itself.',
    labels: {
      disposition: oneOf(['poison', 'rejected', 'exhausted'] as const),
      error_class: errorClasses([...poisonClasses, ...rejectedClasses, ...exhaustedClasses]),
    },
    initial: [
      ...poisonClasses.map((name) => ({ disposition: 'poison' as const, error_class: name })),
      ...rejectedClasses.map((name) => ({ disposition: 'rejected' as const, error_class: name })),
      ...exhaustedClasses.map((name) => ({ disposition: 'exhausted' as const, error_class: name })),
    ],
  })

  return {
    produced: (topic, records) => produced.add({ topic }, records),
    deadLettered: ({ disposition, errorClass }) => deadLetters.add({ disposition, error_class: errorClass }),
  }
}
