import type { Operation } from '../../../sandbox/memory-kafka/link.ts'
import type { MemoryKafka } from '../../../sandbox/memory-kafka/memory-kafka.ts'
import type { InternalTopics } from '../../../src/config/topics.ts'
import type { Life } from './life.ts'
import type { Stage } from './plan.ts'
import type { SimulatedProcess } from './process.ts'
import type { Report } from './violation.ts'

/** What the check of owners knows. */
export interface OwnerWorld {
  readonly kafka: MemoryKafka
  readonly topics: InternalTopics
  readonly applicationId: string
  readonly running: () => readonly SimulatedProcess[]
  readonly report: Report
}

/** Looks at what leaves a process: whatever it writes to a partition, or to Zendesk for one, it must own then. */
export interface OwnerCheck {
  sends(life: Life, operation: Operation): void
  sendsTo(life: Life, email: string): void
}

/** The check of one run. */
export function createOwnerCheck({ kafka, topics, applicationId, running, report }: OwnerWorld): OwnerCheck {
  function check(life: Life, stage: Stage, partition: number, what: string): void {
    const process = running().find((candidate) => candidate.life === life)
    const memberId = process?.memberId(stage) ?? ''
    const owner = kafka.group(`${applicationId}.${stage}`).ownerOf(partition)
    if (owner === memberId) return
    const whose = owner === undefined ? 'nobody owns' : `${owner} owns`
    report('ownership', `${life.name} as "${memberId}" ${what} of ${stage}/${partition}, which ${whose}`)
  }

  return {
    sends(life, operation) {
      if (operation.type !== 'produce') return
      const { topic, partition } = operation
      if (topic === topics.persons) check(life, 'assemble', partition, 'writes a person')
      if (topic === topics.ledger) check(life, 'deliver', partition, 'writes the ledger')
      if (topic === topics.retry) check(life, 'deliver', partition, 'writes a retry')
    },
    sendsTo(life, email) {
      const partition = kafka.topics.partitionFor(topics.contacts, new TextEncoder().encode(email))
      check(life, 'deliver', partition, `sends to ${email}`)
    },
  }
}
