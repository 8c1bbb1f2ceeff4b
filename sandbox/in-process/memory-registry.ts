import avro from 'avsc'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Where the Confluent API begins. */
export const registryBase = '/apis/ccompat/v7'

/** What a registry answers. */
export interface RegistryReply {
  readonly status: number
  readonly body: unknown
}

/** The schemas of a registry, and its answers. */
export interface RegistryRoutes {
  /** Answers by schema id. */
  readonly answers: Map<number, object>
  /** Compatibility by subject; what is absent was never set. */
  readonly levels: Map<string, string>
  /** Adds a version to a subject unseen by any check; its id. */
  readonly add: (subject: string, schema: unknown) => number
  /** `path` without the base. */
  readonly route: (method: string, path: string, body: unknown) => RegistryReply
}

/** A schema registry on loopback, in this process. */
export interface MemoryRegistry {
  readonly url: string
  stop(): Promise<void>
}

/** Starts a registry without schemas on a free port: enough of Confluent's API for this program and its loader. */
export async function startMemoryRegistry(): Promise<MemoryRegistry> {
  const { route } = createRegistryRoutes('confluent')
  const server = createServer((request, response) => {
    const path = registryPath(request)
    readJson(request).then(
      (body) => sendReply(response, route(request.method ?? '', path, body)),
      (thrown: unknown) => sendReply(response, refusal(422, 422, String(thrown))),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${registryBase}`,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The path of a request, without base and query. */
export function registryPath({ url = '' }: IncomingMessage): string {
  return url.replace(registryBase, '').replace(/\?.*/, '')
}

/** A registry without schemas that answers as Confluent's, or in the one way that matters as Apicurio's. */
export function createRegistryRoutes(kind: 'confluent' | 'apicurio'): RegistryRoutes {
  const levels = new Map<string, string>()
  const answers = new Map<number, object>()
  const subjects = new Map<string, { id: number; schema: string }[]>()

  const add = (subject: string, schema: unknown): number => {
    const text = JSON.stringify(schema)
    const versions = subjects.get(subject) ?? []
    const known = versions.find((version) => version.schema === text)
    if (known !== undefined) return known.id
    const id = answers.size + 1
    answers.set(id, { schema: text })
    subjects.set(subject, [...versions, { id, schema: text }])
    return id
  }

  const register = (subject: string, body: { schema: string }): RegistryReply => {
    const schema = JSON.parse(body.schema) as avro.Schema
    const last = subjects.get(subject)?.at(-1)
    const checked = (levels.get(subject) ?? (kind === 'confluent' ? 'BACKWARD' : 'NONE')) !== 'NONE'
    if (checked && last !== undefined && !canRead(schema, JSON.parse(last.schema) as avro.Schema)) {
      return refusal(
        409,
        409,
        `Schema being registered is incompatible with an earlier schema for subject "${subject}"`,
      )
    }
    return { status: 200, body: { id: add(subject, schema) } }
  }

  const getLevel = (subject: string): RegistryReply => {
    const level = levels.get(subject) ?? (kind === 'apicurio' && subjects.has(subject) ? 'NONE' : undefined)
    return level === undefined
      ? refusal(404, 40408, `Subject '${subject}' does not have subject-level compatibility configured`)
      : { status: 200, body: { compatibilityLevel: level } }
  }

  const getSchema = (id: number): RegistryReply => {
    const answer = answers.get(id)
    return answer === undefined ? refusal(404, 40403, 'Schema not found') : { status: 200, body: answer }
  }

  const getVersion = (subject: string, wanted: string): RegistryReply => {
    const versions = subjects.get(subject) ?? []
    const number = wanted === 'latest' ? versions.length : Number(wanted)
    const version = versions[number - 1]
    return version === undefined
      ? refusal(404, 40401, `Subject '${subject}' not found.`)
      : { status: 200, body: { subject, version: number, ...version } }
  }

  const route = (method: string, path: string, body: unknown): RegistryReply => {
    const [, root = '', name = '', , number] = path.split('/').map(decodeURIComponent)
    switch (`${method} ${root}`) {
      case 'GET schemas':
        return getSchema(Number(path.split('/').at(-1)))
      case 'GET subjects':
        return getVersion(name, number ?? '')
      case 'POST subjects':
        return register(name, body as { schema: string })
      case 'GET config':
        return getLevel(name)
      case 'PUT config':
        levels.set(name, (body as { compatibility: string }).compatibility)
        return { status: 200, body }
      default:
        return refusal(405, 405, 'HTTP 405 Method Not Allowed')
    }
  }

  return { answers, levels, add, route }
}

function refusal(status: number, code: number, message: string): RegistryReply {
  return { status, body: { error_code: code, message } }
}

/** Sends what the registry answers. */
export function sendReply(response: ServerResponse, { status, body }: RegistryReply): void {
  response
    .writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' })
    .end(JSON.stringify(body))
}

/** The JSON of a request, undefined where it has none. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text === '' ? undefined : JSON.parse(text)
}

/** BACKWARD: what was written with one schema can be read with the other. */
function canRead(reader: avro.Schema, writer: avro.Schema): boolean {
  try {
    avro.Type.forSchema(reader).createResolver(avro.Type.forSchema(writer))
    return true
  } catch {
    return false
  }
}
