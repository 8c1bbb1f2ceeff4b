import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from '@jest/globals'
import { SandboxError } from '../../../sandbox/errors.ts'
import { registerSchema } from '../../../sandbox/load/registry.ts'

const schema = '{ "type": "record", "name": "R", "fields": [] }'

interface Subject {
  rule?: string
  schema?: string
}

/** How a registry differs from others of its kind. */
interface Kind {
  /** The rule it states for a subject that exists without one; Confluent states none (404). */
  readonly ruleless?: string
  readonly refuses?: boolean
}

interface Registry {
  readonly url: string
  readonly subjects: Map<string, Subject>
  readonly calls: string[]
}

const servers: Server[] = []

async function stopServers(): Promise<void> {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

afterEach(stopServers)

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return JSON.parse(text === '' ? '{}' : text) as Record<string, unknown>
}

async function startRegistry(kind: Kind, subjects: Record<string, Subject> = {}): Promise<Registry> {
  const known = new Map(Object.entries(subjects))
  const calls: string[] = []
  const answer = async (request: IncomingMessage): Promise<[number, object]> => {
    const [, resource = '', name = ''] = (request.url ?? '').split('/')
    const subject = known.get(decodeURIComponent(name))
    const body = await bodyOf(request)
    calls.push(`${request.method ?? ''} ${resource}`)
    if (resource === 'subjects') {
      if (kind.refuses === true)
        return [409, { error_code: 409, message: 'Schema is incompatible with an earlier one' }]
      known.set(decodeURIComponent(name), { ...subject, schema: String(body['schema']) })
      return [200, { id: 7 }]
    }
    if (request.method === 'PUT') {
      known.set(decodeURIComponent(name), { ...subject, rule: String(body['compatibility']) })
      return [200, { compatibility: body['compatibility'] }]
    }
    const rule = subject?.rule ?? (subject === undefined ? undefined : kind.ruleless)
    return rule === undefined
      ? [404, { error_code: 40408, message: 'no rule' }]
      : [200, { compatibilityLevel: rule }]
  }
  const server = createServer((request, response) => {
    void answer(request).then(([status, body]) => {
      response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' })
      response.end(JSON.stringify(body))
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, subjects: known, calls }
}

async function problemOf(registering: Promise<unknown>): Promise<unknown> {
  try {
    return await registering
  } catch (thrown) {
    return thrown
  }
}

describe('registerSchema', () => {
  it('registers a new subject and makes its rule BACKWARD', async () => {
    const { url, subjects } = await startRegistry({})
    const reported: string[] = []
    expect(await registerSchema(`${url}/`, 'a/b-value', schema, (line) => reported.push(line))).toBe(7)
    expect(subjects.get('a/b-value')).toEqual({
      rule: 'BACKWARD',
      schema: '{"type":"record","name":"R","fields":[]}',
    })
    expect(reported).toEqual([])
  })

  it.each([['BACKWARD'], ['FULL_TRANSITIVE']])(
    'registers once more where the rule is %s, and keeps it',
    async (rule) => {
      const { url, subjects, calls } = await startRegistry({ ruleless: 'NONE' }, { s: { rule } })
      expect(await registerSchema(url, 's', schema, () => undefined)).toBe(7)
      expect(subjects.get('s')?.rule).toBe(rule)
      expect(calls.filter((call) => call.startsWith('PUT'))).toEqual([])
    },
  )

  it('sets the rule of a subject that exists without one, as Apicurio states it, and says so', async () => {
    const { url, subjects } = await startRegistry({ ruleless: 'NONE' }, { s: {} })
    const reported: string[] = []
    expect(await registerSchema(url, 's', schema, (line) => reported.push(line))).toBe(7)
    expect(subjects.get('s')?.rule).toBe('BACKWARD')
    expect(reported).toEqual(['registry: subject s had no compatibility rule; it is BACKWARD now'])
  })

  it('says what the registry refuses', async () => {
    const { url } = await startRegistry({ refuses: true })
    const problem = await problemOf(registerSchema(url, 's', schema, () => undefined))
    expect(problem).toBeInstanceOf(SandboxError)
    expect(problem).toHaveProperty('message', expect.stringContaining(`registry at ${url}: subject s: `))
    expect(problem).toHaveProperty('message', expect.stringContaining('incompatible with an earlier one'))
  })

  it('says that something else answers', async () => {
    const { url } = await startRegistry({ ruleless: 'SOMETIMES' }, { s: {} })
    const problem = await problemOf(registerSchema(url, 's', schema, () => undefined))
    expect(problem).toHaveProperty(
      'message',
      expect.stringMatching(/GET .*\/config\/s answers 200: .*SOMETIMES/),
    )
  })

  it('says that nothing answers', async () => {
    const { url } = await startRegistry({})
    await stopServers()
    const problem = await problemOf(registerSchema(url, 's', schema, () => undefined))
    expect(problem).toBeInstanceOf(SandboxError)
    expect(problem).toHaveProperty('message', expect.stringContaining(`registry at ${url}: subject s: `))
    expect(problem).toHaveProperty('message', expect.stringContaining('ECONNREFUSED'))
  })
})
