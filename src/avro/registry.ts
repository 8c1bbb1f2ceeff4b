import { createBoundedCache } from './bounded-cache.ts'
import { readLatestSchema, type SubjectReader } from './latest-schema.ts'
import { lookUpSchema, registerSchema } from './registry-calls.ts'
import type { Compatibility, Registration, SchemaLookup } from './registry-calls.ts'

/** Where schemas come from. */
export interface SchemaSource {
  /** What is registered under an id. Throws RegistryUnavailable. */
  getById(id: number): Promise<SchemaLookup>
}

/** The schema registry, asked as seldom as possible. */
export interface SchemaRegistryAdapter extends SchemaSource {
  /**
   * Registers an Avro schema, given as JSON text, under a subject; gives the subject the compatibility if it has none
   * (Apicurio cannot tell that from NONE), else leaves what is set. Idempotent. Throws RegistryUnavailable.
   */
  registerAvro(subject: string, schemaJson: string, compatibility: Compatibility): Promise<Registration>
}

/** How to reach the registry, and how much of it to remember. */
export interface SchemaRegistryOptions {
  /** With the path of the Confluent API, such as `http://registry:8080/apis/ccompat/v7`; without credentials. */
  readonly url: string
  readonly auth?: { readonly username: string; readonly password: string }
  /** For one look-up or registration, all its requests together. */
  readonly timeoutMs: number
  /** For how long an id that was unknown or unusable is not asked for again. */
  readonly negativeCacheMs: number
  /** Schemas kept; 500 unless given. */
  readonly maxSchemas?: number
  /** Unknown or unusable ids remembered; 10 000 unless given. */
  readonly maxUnknownIds?: number
  /** Length of an answer, hence of a schema; 1 MiB unless given. */
  readonly maxAnswerBytes?: number
  /** Milliseconds from any origin, never going back. */
  readonly now?: () => number
}

/**
 * Schemas by id: one request per id, however many ask at once; ids are immutable, so a schema is kept until displaced by
 * others, while "unknown" and "unusable" are kept for `negativeCacheMs`. A failed look-up is not kept.
 */
export function createSchemaRegistry(options: SchemaRegistryOptions): SchemaRegistryAdapter & SubjectReader {
  const { timeoutMs, negativeCacheMs, auth, now = () => performance.now() } = options
  const { maxSchemas = 500, maxUnknownIds = 10_000, maxAnswerBytes = 1024 * 1024 } = options
  const address = { url: readUrl(options.url), auth, timeoutMs, maxAnswerBytes }
  const schemas = createBoundedCache<number, SchemaLookup>(maxSchemas)
  const negatives = createBoundedCache<number, { lookup: SchemaLookup; untilMs: number }>(maxUnknownIds)
  const pending = new Map<number, Promise<SchemaLookup>>()

  const remembered = (id: number): SchemaLookup | undefined => {
    const negative = negatives.get(id)
    return negative !== undefined && now() < negative.untilMs ? negative.lookup : undefined
  }

  const lookUp = async (id: number): Promise<SchemaLookup> => {
    try {
      const lookup = await lookUpSchema(address, id)
      if (lookup.type === 'schema') schemas.set(id, lookup)
      else negatives.set(id, { lookup, untilMs: now() + negativeCacheMs })
      return lookup
    } finally {
      pending.delete(id)
    }
  }

  return {
    async getById(id) {
      const known = schemas.get(id) ?? remembered(id) ?? pending.get(id)
      if (known !== undefined) return known
      const asked = lookUp(id)
      pending.set(id, asked)
      return asked
    },
    registerAvro: async (subject, schemaJson, compatibility) =>
      registerSchema(address, { subject, schemaJson, compatibility }),
    latest: async (subject) => readLatestSchema(address, subject),
  }
}

function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new Error(`schema registry url '${text}' is not an http or https address`)
  }
  if (url.username !== '' || url.password !== '') {
    throw new Error('schema registry url holds credentials: give them as user name and password')
  }
  return text.replace(/\/+$/, '')
}
