import { COMPATIBILITY, SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry'
import type { Type } from 'avsc'
import { compileType } from './compiled-schema.ts'
import type { CompiledSchema } from './compiled-schema.ts'
import { createPlainTypeOptions } from './plain-types.ts'
import { RegistryRefusal, RegistryUnavailable, sendToRegistry } from './registry-transport.ts'
import type { RegistryAddress, RegistryRequest } from './registry-transport.ts'

/** What the registry has under an id. `detail` says why a schema cannot be decoded with; it quotes the schema at most. */
export type SchemaLookup =
  | { readonly type: 'schema'; readonly schema: CompiledSchema }
  | { readonly type: 'unknown' }
  | { readonly type: 'unusable'; readonly detail: string }

/** What the registry checks a subject's next schema against. */
export type Compatibility = keyof typeof COMPATIBILITY

/**
 * The id a schema is registered under and the compatibility in force for its subject; or the registry's refusal, as
 * `detail` gives it, because of the subject's earlier schemas.
 */
export type Registration =
  | { readonly type: 'registered'; readonly id: number; readonly compatibility: string }
  | { readonly type: 'incompatible'; readonly subject: string; readonly detail: string }

type Answer = Readonly<Record<string, unknown>>
type ClientMiddleware = NonNullable<ConstructorParameters<typeof SchemaRegistry>[0]['middlewares']>[number]
type ClientResponse = Awaited<ReturnType<NonNullable<ReturnType<ClientMiddleware>['response']>>>

const MAX_REQUESTS_PER_LOOKUP = 50
const MAX_DETAIL_LENGTH = 300

/**
 * Asks the registry for a schema and those it refers to. Throws RegistryUnavailable. The client serves one call, as it
 * keeps every schema it ever saw.
 */
export async function lookUpSchema(address: RegistryAddress, id: number): Promise<SchemaLookup> {
  const signal = AbortSignal.timeout(address.timeoutMs)
  let requests = 0
  const client = createClient(address, async (request) => {
    requests++
    if (requests > MAX_REQUESTS_PER_LOOKUP) {
      throw new Error(`refers to over ${MAX_REQUESTS_PER_LOOKUP} other schemas`)
    }
    return readWriterSchema(await sendToRegistry(address, request, signal), request.url)
  })
  try {
    const type: unknown = await client.getSchema(id)
    return { type: 'schema', schema: compileType(type as Type) }
  } catch (error) {
    if (error instanceof RegistryUnavailable) throw error
    if (error instanceof RegistryRefusal && error.status === 404 && requests === 1) return { type: 'unknown' }
    // What is left is the schema's fault: the client and avsc throw plain errors at what they cannot make sense of.
    const reason = error instanceof Error ? error.message : String(error)
    return { type: 'unusable', detail: `schema ${id}: ${reason}`.slice(0, MAX_DETAIL_LENGTH) }
  }
}

/** Checked before the client sees it: for other kinds of schema it would run their compilers. */
function readWriterSchema(answer: Answer, url: string): Answer {
  const { schema, schemaType = 'AVRO', references } = answer
  if (typeof schema !== 'string') {
    throw new RegistryUnavailable(`schema registry: ${url}: answered without a schema`)
  }
  if (schemaType !== 'AVRO') throw new Error(`is of type ${String(schemaType)}, not AVRO`)
  if (!areReferences(references ?? [])) throw new Error('has malformed references')
  // Writers' defaults take no part in reading, and avsc refuses schemas over defaults that registries let through.
  const relevant: unknown = JSON.parse(schema, (key, part: unknown) =>
    key === 'default' || key === 'doc' ? undefined : part,
  )
  return { schema: JSON.stringify(relevant), schemaType, references: references ?? [] }
}

function areReferences(references: unknown): boolean {
  if (!Array.isArray(references)) return false
  return (references as Partial<Answer>[]).every(
    ({ name, subject, version }) =>
      typeof name === 'string' && typeof subject === 'string' && Number.isInteger(version),
  )
}

/** A schema, its subject, and what the subject's next schemas are to be checked against. */
interface WantedSchema {
  readonly subject: string
  readonly schemaJson: string
  readonly compatibility: Compatibility
}

/**
 * Registers a schema under a subject, and gives the subject the compatibility unless it has one. Repeating it changes
 * nothing. Throws RegistryUnavailable.
 */
export async function registerSchema(address: RegistryAddress, wanted: WantedSchema): Promise<Registration> {
  const signal = AbortSignal.timeout(address.timeoutMs)
  const send = async (request: RegistryRequest): Promise<Answer> => sendToRegistry(address, request, signal)
  const first = await tryToRegister(send, address, wanted)
  // Apicurio says 409 too where another replica sets the same at the same moment: then it is set the second time.
  return first.type === 'registered' ? first : tryToRegister(send, address, wanted)
}

async function tryToRegister(
  send: (request: RegistryRequest) => Promise<Answer>,
  address: RegistryAddress,
  { subject, schemaJson, compatibility }: WantedSchema,
): Promise<Registration> {
  try {
    const url = `${address.url}/config/${encodeURIComponent(subject)}`
    const level = await settleCompatibility(send, url, compatibility)
    // The client asks for the level too, and throws unless it is the wanted one; it gets the answer we go by.
    const client = createClient(address, async (request) => {
      if (request.method !== 'GET') return send(request)
      if (level === undefined) throw new RegistryRefusal(404, 'no compatibility is set')
      return { compatibilityLevel: level }
    })
    const wanted = COMPATIBILITY[level ?? compatibility]
    const { id } = await client.register(
      { type: SchemaType.AVRO, schema: schemaJson },
      { subject, compatibility: wanted },
    )
    if (!Number.isInteger(id)) {
      throw new RegistryUnavailable('schema registry: registered a schema without an id')
    }
    return { type: 'registered', id, compatibility: wanted }
  } catch (error) {
    if (!(error instanceof RegistryRefusal)) throw error
    if (error.status === 409 || error.status === 422) {
      return { type: 'incompatible', subject, detail: error.message }
    }
    throw new RegistryUnavailable(`schema registry: registering under ${subject}: ${error.message}`, {
      cause: error,
    })
  }
}

/**
 * The compatibility in force for a subject; undefined when none is, which the client then sets once the subject exists.
 * Apicurio reports NONE for a subject without a rule (facts: local-stack B1): ours is set before the schema is, so that
 * it is checked.
 */
async function settleCompatibility(
  send: (request: RegistryRequest) => Promise<Answer>,
  url: string,
  wanted: Compatibility,
): Promise<Compatibility | undefined> {
  let level: string
  try {
    level = String((await send({ method: 'GET', url }))['compatibilityLevel']).toUpperCase()
  } catch (error) {
    if (error instanceof RegistryRefusal && error.status === 404) return undefined
    throw error
  }
  if (!isCompatibility(level)) {
    throw new RegistryUnavailable(`schema registry: ${url}: answered without a level`)
  }
  if (level !== 'NONE' || wanted === 'NONE') return level
  await send({ method: 'PUT', url, body: JSON.stringify({ compatibility: wanted }) })
  return wanted
}

function isCompatibility(level: string): level is Compatibility {
  return Object.hasOwn(COMPATIBILITY, level)
}

/** The registry's client on our transport. Its middleware may answer in place of its HTTP. */
function createClient(
  address: RegistryAddress,
  answer: (request: RegistryRequest) => Promise<Answer>,
): SchemaRegistry {
  const middleware: ClientMiddleware = () => ({
    response: async (_next, _renew, request) => {
      const method = request.method().toUpperCase() as RegistryRequest['method']
      const body = request.body()
      const data = await answer({
        method,
        url: request.url(),
        body: typeof body === 'string' ? body : undefined,
      })
      // All that the client takes from a response.
      return { data: () => data } as unknown as ClientResponse
    },
  })
  const options = { [SchemaType.AVRO]: createPlainTypeOptions() }
  return new SchemaRegistry({ host: address.url, middlewares: [middleware] }, options)
}
