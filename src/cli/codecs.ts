import { type AvroCodec, createAvroCodec, createAvroReader } from '../avro/codec.ts'
import {
  contactCodec,
  type ContactValue,
  type ContractName,
  ledgerCodec,
  open,
  personCodec,
  type PersonValue,
  readContract,
} from '../avro/contracts.ts'
import type { SchemaRegistryAdapter } from '../avro/registry.ts'
import type { Config } from '../config/config.ts'
import { internalTopics } from '../config/topics.ts'
import type { LedgerEntry } from '../domain/ledger.ts'
import type { RetryPointer } from '../domain/retry.ts'
import { maxInternalBytes } from './topics.ts'

/** Registers the schemas of our own topics, under `<topic>-value`, and gives their codecs. */
export async function createCodecs(config: Config, registry: SchemaRegistryAdapter) {
  const topics = internalTopics(config.applicationId)
  const create = async <T>(topic: string, contract: ContractName): Promise<AvroCodec<T>> =>
    createAvroCodec<T>({
      subject: `${topic}-value`,
      schema: await readContract(contract),
      registry,
      compatibility: config.schemaRegistry.compatibility,
      maxBytes: maxInternalBytes,
    })
  return {
    person: personCodec(await create<PersonValue>(topics.persons, 'person')),
    contact: contactCodec(await create<ContactValue>(topics.contacts, 'contact')),
    ledger: ledgerCodec(await create<LedgerEntry>(topics.ledger, 'ledger-entry')),
    retry: open(await create<RetryPointer>(topics.retry, 'retry')),
  }
}

/** Reads the values of our own topics. Registers nothing, for commands that leave no trace. */
export async function createReadingCodecs({ applicationId }: Config, registry: SchemaRegistryAdapter) {
  const topics = internalTopics(applicationId)
  const create = async <T>(topic: string, contract: ContractName): Promise<AvroCodec<T>> => {
    const subject = `${topic}-value`
    const schema = await readContract(contract)
    const reader = createAvroReader<T>({ subject, schema, registry, maxBytes: maxInternalBytes })
    return { ...reader, encode: () => unwritable(subject) }
  }
  return {
    person: personCodec(await create<PersonValue>(topics.persons, 'person')),
    contact: contactCodec(await create<ContactValue>(topics.contacts, 'contact')),
    ledger: ledgerCodec(await create<LedgerEntry>(topics.ledger, 'ledger-entry')),
  }
}

function unwritable(subject: string): never {
  throw new Error(`values of ${subject} are only read here`)
}

/** {@link createCodecs}' result. */
export type Codecs = Awaited<ReturnType<typeof createCodecs>>
