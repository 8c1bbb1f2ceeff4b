import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createAvroCodec } from '../../../src/avro/codec.ts'
import { ledgerCodec, readContract } from '../../../src/avro/contracts.ts'
import { createSchemaRegistry, type SchemaRegistryAdapter } from '../../../src/avro/registry.ts'
import type { LedgerEntry } from '../../../src/domain/ledger.ts'
import { type RegistryFake, startRegistryFake } from './registry-fake.ts'

let fake: RegistryFake
let registry: SchemaRegistryAdapter

beforeEach(async () => {
  fake = await startRegistryFake()
  registry = createSchemaRegistry({ url: fake.url, timeoutMs: 10_000, negativeCacheMs: 0 })
})

afterEach(async () => fake.close())

interface Contract {
  readonly fields: readonly { readonly name: string; readonly type: unknown }[]
}

async function create(schema: object) {
  return ledgerCodec(
    await createAvroCodec<LedgerEntry>({
      subject: 'ledger-value',
      schema,
      registry,
      compatibility: 'BACKWARD',
      maxBytes: 10_000,
    }),
  )
}

const entry: LedgerEntry = {
  email: 'jane@example.com',
  contactId: 42,
  fields: { title: { hash: 'abc', timeMs: 5 } },
  rejected: null,
  writtenAtMs: 9,
}

/** What is absent comes back as it is by default. */
const decoded = {
  ...entry,
  fields: { title: { hash: 'abc', timeMs: 5, doubts: [], own: [] } },
  deleted: false,
}

interface OfValues {
  readonly type: { readonly values: Contract }
}

/** The contract of a release in which what was written of a field had no members of these names. */
function without(names: readonly string[], { fields, ...contract }: Contract): object {
  const older = fields.map((field) => {
    if (field.name !== 'fields') return field
    const { type, ...rest } = field as typeof field & OfValues
    const values = { ...type.values, fields: type.values.fields.filter(({ name }) => !names.includes(name)) }
    return { ...rest, type: { ...type, values } }
  })
  return { ...contract, fields: older }
}

describe('a ledger entry', () => {
  it('comes back as it was, deleted or not, in doubt or not', async () => {
    const codec = await create(await readContract('ledger-entry'))
    expect(await codec.decode(codec.encode(entry))).toEqual(decoded)
    const fields = { title: { hash: 'abc', timeMs: 5, doubts: ['def', 'ghi'], own: ['jkl'] } }
    const gone = { ...entry, fields, contactId: null, deleted: true }
    expect(await codec.decode(codec.encode(gone))).toEqual(gone)
  })

  it('of a release that knew of no deletions is of a contact that is there', async () => {
    const contract = (await readContract('ledger-entry')) as Contract
    const older = await create({
      ...contract,
      fields: contract.fields.filter(({ name }) => name !== 'deleted'),
    })
    const codec = await create(contract)
    expect(await codec.decode(older.encode(entry))).toEqual(decoded)
  })

  it.each([
    ['doubts', ['doubts', 'own']],
    ['tags', ['own']],
  ])('of a release that knew of no %s has none', async (_what, names) => {
    const contract = (await readContract('ledger-entry')) as Contract
    const older = await create(without(names, contract))
    const codec = await create(contract)
    expect(await codec.decode(older.encode(entry))).toEqual(decoded)
  })
})
