import type { SourceRecord } from '../domain/record.ts'
import { allPersons, type ChangedPerson, personKeyOf, personStoreKey } from './people.ts'
import type { AssemblePorts } from './ports.ts'
import { type AssembleRules, emitLastBatch, type NextChange, publishPersons } from './publish.ts'
import type { StoredPerson } from './stored-person.ts'

/** The assemble stage of one partition: what the runtime drives. */
export interface AssembleTask {
  /** Puts changelog records into the store. */
  restore(records: readonly SourceRecord[]): Promise<void>
  /** Once the changelog is restored: emits the last batch again, then what changed meanwhile by time or a new mapping. */
  restored(): Promise<void>
  process(records: readonly SourceRecord[]): Promise<void>
  /** Emits what the passing of time changed: memberships that ran out, audiences that started. */
  tick(): Promise<void>
  close(): void
}

/** Persons published at once while all of them are compared with what was last emitted. */
const chunkSize = 500

/** A task over an empty store. `assemble` is the topology's step for one batch. */
export function createAssembleTask(
  ports: AssemblePorts,
  rules: AssembleRules,
  assemble: (records: readonly SourceRecord[]) => Promise<readonly NextChange[]>,
): AssembleTask {
  /** When each person's statuses change next by themselves, in epoch milliseconds. */
  const due = new Map<string, number>()

  function schedule(changes: readonly NextChange[]): void {
    for (const { personKey, atMs } of changes) {
      if (atMs === null) due.delete(personKey)
      else due.set(personKey, atMs)
    }
  }

  async function publishAgain(entries: readonly (readonly [string, Uint8Array])[]): Promise<void> {
    const persons: ChangedPerson[] = []
    for (const [personKey, value] of entries) {
      const before = await ports.personCodec.decode(value)
      persons.push({ personKey, person: before.person, before, changes: 0 })
    }
    schedule(await publishPersons(ports, rules, persons))
  }

  /** The persons with the highest revision of all. */
  async function readLastBatch(): Promise<readonly (readonly [string, StoredPerson])[]> {
    let last: [string, StoredPerson][] = []
    for await (const [key, value] of ports.store.range(allPersons)) {
      const stored = await ports.personCodec.decode(value)
      ports.revisions.observe(stored.revision)
      if (stored.excluded !== null) ports.metrics.exclusionRestored(rules.partition, stored.excluded)
      const revision = last[0]?.[1].revision ?? 1
      if (stored.revision > revision) last = []
      if (stored.revision >= revision) last.push([personKeyOf(key), stored])
    }
    return last
  }

  return {
    async restore(records) {
      await ports.store.batch(
        records.flatMap(({ key, value }) =>
          key === null ? [] : [{ key: personStoreKey(new TextDecoder().decode(key)), value }],
        ),
      )
    },
    async restored() {
      await emitLastBatch(ports, rules, await readLastBatch())
      let chunk: [string, Uint8Array][] = []
      for await (const [key, value] of ports.store.range(allPersons)) {
        chunk.push([personKeyOf(key), value])
        if (chunk.length < chunkSize) continue
        await publishAgain(chunk)
        chunk = []
      }
      await publishAgain(chunk)
    },
    async process(records) {
      schedule(await assemble(records))
    },
    async tick() {
      const nowMs = ports.nowMs()
      const keys = [...due].filter(([, atMs]) => atMs <= nowMs).map(([personKey]) => personKey)
      if (keys.length === 0) return
      const values = await ports.store.getMany(keys.map(personStoreKey))
      await publishAgain(
        keys.flatMap((key, index) => (values[index] === undefined ? [] : [[key, values[index]] as const])),
      )
    },
    close: () => due.clear(),
  }
}
