import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A schema registry on loopback that behaves as Confluent's, or in the one way that matters as Apicurio's. */
export interface RegistryFake {
  readonly url: string
  /** `METHOD path` of every request so far, without the base path. */
  readonly requests: string[]
  /** Compatibility by subject; what is absent was never set. */
  readonly levels: Map<string, string>
  /** Puts an answer in the place of a schema, such as one with references. */
  put(id: number, answer: object): void
  /** Adds a version to a subject unseen by any check; its id. */
  add(subject: string, schema: unknown): number
  /** Handles every request from now on, in place of the registry; undefined gives it back. */
  interfere(handler: ((request: IncomingMessage, response: ServerResponse) => void) | undefined): void
  close(): Promise<void>
}

/** How the registry is to behave. */
export interface RegistryFakeOptions {
  /** Apicurio answers NONE for a subject that exists without a compatibility, Confluent 404. */
  readonly kind?: 'confluent' | 'apicurio'
  readonly auth?: string
}

const BASE = '/apis/ccompat/v7'

/** Starts one on a free port. */
export async function startRegistryFake({
  kind = 'confluent',
  auth,
}: RegistryFakeOptions = {}): Promise<RegistryFake> {
  const requests: string[] = []
  const { answers, levels, add, route } = createRoutes(kind)
  let interference: ((request: IncomingMessage, response: ServerResponse) => void) | undefined

  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(BASE, '').replace(/\?.*/, '')
    requests.push(`${request.method ?? ''} ${path}`)
    if (interference !== undefined) {
      interference(request, response)
      return
    }
    if (
      auth !== undefined &&
      request.headers.authorization !== `Basic ${Buffer.from(auth).toString('base64')}`
    ) {
      send(response, { status: 401, body: { error_code: 401, message: 'Unauthorized' } })
      return
    }
    void readJson(request).then((body) => send(response, route(request.method ?? '', path, body)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${BASE}`,
    requests,
    levels,
    put: (id, answer) => void answers.set(id, answer),
    add,
    interfere: (handler) => (interference = handler),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** What the registry holds, and what it answers. */
function createRoutes(kind: 'confluent' | 'apicurio') {
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

  const register = (subject: string, body: { schema: string }): Reply => {
    const schema = JSON.parse(body.schema) as Record
    const last = subjects.get(subject)?.at(-1)
    const checked = (levels.get(subject) ?? (kind === 'confluent' ? 'BACKWARD' : 'NONE')) !== 'NONE'
    if (checked && last !== undefined && !canRead(schema, JSON.parse(last.schema) as Record)) {
      return error(
        409,
        409,
        `Schema being registered is incompatible with an earlier schema for subject "${subject}"`,
      )
    }
    return { status: 200, body: { id: add(subject, schema) } }
  }

  const getLevel = (subject: string): Reply => {
    const level = levels.get(subject) ?? (kind === 'apicurio' && subjects.has(subject) ? 'NONE' : undefined)
    return level === undefined
      ? error(404, 40408, `Subject '${subject}' does not have subject-level compatibility configured`)
      : { status: 200, body: { compatibilityLevel: level } }
  }

  const getSchema = (id: number): Reply => {
    const answer = answers.get(id)
    return answer === undefined ? error(404, 40403, 'Schema not found') : { status: 200, body: answer }
  }

  const getVersion = (subject: string, number: number): Reply => {
    const version = subjects.get(subject)?.[number - 1]
    return version === undefined
      ? error(404, 40401, `Subject '${subject}' not found.`)
      : { status: 200, body: { subject, ...version } }
  }

  const route = (method: string, path: string, body: unknown): Reply => {
    const [, root = '', name = '', , number] = path.split('/').map(decodeURIComponent)
    switch (`${method} ${root}`) {
      case 'GET schemas':
        return getSchema(Number(path.split('/').at(-1)))
      case 'GET subjects':
        return getVersion(name, Number(number))
      case 'POST subjects':
        return register(name, body as { schema: string })
      case 'GET config':
        return getLevel(name)
      case 'PUT config':
        levels.set(name, (body as { compatibility: string }).compatibility)
        return { status: 200, body }
      default:
        return error(405, 405, 'HTTP 405 Method Not Allowed')
    }
  }

  return { answers, levels, add, route }
}

interface Reply {
  readonly status: number
  readonly body: unknown
}

interface Record {
  readonly fields: readonly { name: string; type: unknown; default?: unknown }[]
}

function error(status: number, code: number, message: string): Reply {
  return { status, body: { error_code: code, message } }
}

function send(response: ServerResponse, { status, body }: Reply): void {
  response
    .writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' })
    .end(JSON.stringify(body))
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text === '' ? undefined : JSON.parse(text)
}

/** Enough of BACKWARD for flat records: fields of one name have one type, and a field that is new has a default. */
function canRead(reader: Record, writer: Record): boolean {
  return reader.fields.every((field) => {
    const written = writer.fields.find(({ name }) => name === field.name)
    return written === undefined
      ? field.default !== undefined
      : JSON.stringify(written.type) === JSON.stringify(field.type)
  })
}
