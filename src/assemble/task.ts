import type { ExclusionReason } from '../domain/contact.ts'
import type { SourceRecord } from '../domain/record.ts'
import { allPersons, type ChangedPerson, personKeyOf, personStoreKey } from './people.ts'
import { openPersonIndex, type PersonIndex } from './person-index.ts'
import type { AssemblePorts, StoreWrite } from './ports.ts'
import { type AssembleRules, emitLastBatch, publishPersons } from './publish.ts'
import { restorePersons } from './restore-persons.ts'
import type { StoredPerson } from './stored-person.ts'
import { openUnemitted, type Unemitted } from './unemitted.ts'

/** The assemble stage of one partition: what the runtime drives. */
export interface AssembleTask {
  /** Puts changelog records into the store. */
  restore(records: readonly SourceRecord[], position: readonly StoreWrite[]): Promise<void>
  /** Once the changelog is restored: emits the last batch again, then what other rules make of persons that did not change. */
  restored(): Promise<void>
  process(records: readonly SourceRecord[], position: readonly StoreWrite[]): Promise<void>
  /** Emits what the passing of time changed: memberships that ran out, audiences that started. */
  tick(): Promise<void>
  close(): void
}

/** The topology's step for one batch. */
export type Assemble = (
  index: PersonIndex,
  records: readonly SourceRecord[],
  position: readonly StoreWrite[],
) => Promise<void>

/** Persons published at once. */
const chunkSize = 500
/** Most chunks of due persons in one tick: an audience that starts makes all of its members due, and live records wait. */
const chunksPerTick = 4

/** A task over the store of `ports`. */
export function createAssembleTask(
  ports: AssemblePorts,
  rules: AssembleRules,
  assemble: Assemble,
): AssembleTask {
  let opened: Promise<{ readonly index: PersonIndex; readonly unemitted: Unemitted }> | null = null

  async function open() {
    opened ??= (async () => ({
      index: await openPersonIndex(ports.store),
      unemitted: await openUnemitted(ports.store),
    }))()
    return opened
  }

  async function emitUnemitted({ index, unemitted }: Awaited<ReturnType<typeof open>>): Promise<void> {
    const persons = await readPersons(unemitted.personKeys())
    await emitLastBatch(ports, rules, persons)
    const writes = unemitted.clear()
    if (writes.length > 0) await ports.store.batch(writes)
    for (const [reason, count] of Object.entries(index.summary().excluded)) {
      ports.metrics.exclusionsRestored(rules.partition, reason as ExclusionReason, count)
    }
  }

  async function readPersons(
    personKeys: readonly string[],
  ): Promise<readonly (readonly [string, StoredPerson])[]> {
    const values = await ports.store.getMany(personKeys.map(personStoreKey))
    const persons: [string, StoredPerson][] = []
    for (const [at, personKey] of personKeys.entries()) {
      const value = values[at]
      if (value !== undefined) persons.push([personKey, await ports.personCodec.decode(value)])
    }
    return persons
  }

  async function publishAgain(
    index: PersonIndex,
    persons: readonly (readonly [string, StoredPerson])[],
    also: readonly StoreWrite[] = [],
  ): Promise<void> {
    const changed = persons.map(([personKey, before]): ChangedPerson => {
      return { personKey, person: before.person, before, changes: 0, replayed: false }
    })
    await publishPersons(ports, rules, index, changed, also)
  }

  async function compareAll(index: PersonIndex): Promise<void> {
    let chunk: [string, StoredPerson][] = []
    for await (const [key, value] of ports.store.range(allPersons)) {
      chunk.push([personKeyOf(key), await ports.personCodec.decode(value)])
      if (chunk.length < chunkSize) continue
      await publishAgain(index, chunk)
      chunk = []
    }
    await publishAgain(index, chunk)
    await ports.store.batch([index.comparedBy(rules.digest)])
  }

  return {
    async restore(records, position) {
      const { index, unemitted } = await open()
      await restorePersons(ports, index, unemitted, records, position)
    },
    async restored() {
      const state = await open()
      await emitUnemitted(state)
      if (state.index.summary().rules !== rules.digest) await compareAll(state.index)
    },
    async process(records, position) {
      const { index } = await open()
      await assemble(index, records, position)
    },
    async tick() {
      const { index } = await open()
      const nowMs = ports.nowMs()
      for (let chunk = 0; chunk < chunksPerTick; chunk += 1) {
        const due = await index.due(nowMs, chunkSize)
        if (due.length === 0) return
        const persons = await readPersons(due.map(({ personKey }) => personKey))
        await publishAgain(
          index,
          persons,
          due.map((person) => index.settle(person)),
        )
      }
    },
    close: () => undefined,
  }
}
