import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  createRegistryRoutes,
  readJson,
  registryBase,
  registryPath,
  sendReply,
} from '../../../sandbox/in-process/memory-registry.ts'

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
  /** Answers the next request of this method so, once. */
  answerNext(method: string, reply: { readonly status: number; readonly body: object }): void
  close(): Promise<void>
}

/** How the registry is to behave. */
export interface RegistryFakeOptions {
  /** Apicurio answers NONE for a subject that exists without a compatibility, Confluent 404. */
  readonly kind?: 'confluent' | 'apicurio'
  readonly auth?: string
}

/** Starts one on a free port. */
export async function startRegistryFake({
  kind = 'confluent',
  auth,
}: RegistryFakeOptions = {}): Promise<RegistryFake> {
  const requests: string[] = []
  const { answers, levels, add, route } = createRegistryRoutes(kind)
  const next = new Map<string, { readonly status: number; readonly body: object }>()
  let interference: ((request: IncomingMessage, response: ServerResponse) => void) | undefined

  const server = createServer((request, response) => {
    const path = registryPath(request)
    requests.push(`${request.method ?? ''} ${path}`)
    if (interference !== undefined) {
      interference(request, response)
      return
    }
    if (
      auth !== undefined &&
      request.headers.authorization !== `Basic ${Buffer.from(auth).toString('base64')}`
    ) {
      sendReply(response, { status: 401, body: { error_code: 401, message: 'Unauthorized' } })
      return
    }
    const reply = next.get(request.method ?? '')
    if (reply !== undefined) {
      next.delete(request.method ?? '')
      sendReply(response, reply)
      return
    }
    void readJson(request).then((body) => sendReply(response, route(request.method ?? '', path, body)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${registryBase}`,
    requests,
    levels,
    put: (id, answer) => void answers.set(id, answer),
    add,
    answerNext: (method, reply) => void next.set(method, reply),
    interfere: (handler) => (interference = handler),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
