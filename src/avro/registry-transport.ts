import { request } from 'undici'

/**
 * The registry could not answer: unreachable, too slow, an error of its own, or it refuses our credentials. No record is
 * at fault; try again later.
 */
export class RegistryUnavailable extends Error {
  override readonly name = 'RegistryUnavailable'
}

/**
 * The registry works and denies: it has no such thing (404), refuses ours (409, 422), or answers at more length than we
 * take (413, ours). `status` is what its client reads.
 */
export class RegistryRefusal extends Error {
  override readonly name = 'RegistryRefusal'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** How to reach the registry. */
export interface RegistryAddress {
  readonly url: string
  readonly auth?: { readonly username: string; readonly password: string } | undefined
  /** For one call of ours with all the requests it takes. */
  readonly timeoutMs: number
  /** An answer may not be longer. */
  readonly maxAnswerBytes: number
}

/** One request; `url` is whole. */
export interface RegistryRequest {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly url: string
  readonly body?: string | undefined
}

/**
 * Sends one request and gives the JSON object the registry answers. Throws RegistryRefusal or RegistryUnavailable.
 * Stands in for the registry client's own HTTP, which never settles on a truncated answer, ends the process on an error
 * whose body is `null`, reports a refused connection as status 400, and limits neither time nor size.
 */
export async function sendToRegistry(
  address: RegistryAddress,
  { method, url, body }: RegistryRequest,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  const unavailable = (problem: string, cause?: unknown): RegistryUnavailable =>
    new RegistryUnavailable(`schema registry: ${method} ${url}: ${problem}`, { cause })
  let status: number
  let text: string
  try {
    const response = await request(url, { method, headers: headersOf(address), body: body ?? null, signal })
    status = response.statusCode
    text = await readText(response.body, address.maxAnswerBytes)
  } catch (error) {
    if (error instanceof RegistryRefusal) throw error
    const problem = signal.aborted
      ? `no whole answer within ${address.timeoutMs} ms`
      : `${messageOf(error)}${adviceForTls(error)}`
    throw unavailable(problem, error)
  }
  const answer = parseObject(text)
  if (status >= 200 && status < 300 && answer !== undefined) return answer
  if (answer?.['error_code'] !== undefined && [404, 409, 422].includes(status)) {
    throw new RegistryRefusal(status, `${status}: ${String(answer['message']).slice(0, 500)}`)
  }
  throw unavailable(`HTTP ${status}${adviceFor(status)}`)
}

function headersOf({ auth }: RegistryAddress): Record<string, string> {
  const type = 'application/vnd.schemaregistry.v1+json'
  const headers = { accept: `${type}, application/json`, 'content-type': type }
  if (auth === undefined) return headers
  const credentials = Buffer.from(`${auth.username}:${auth.password}`).toString('base64')
  return { ...headers, authorization: `Basic ${credentials}` }
}

async function readText(body: AsyncIterable<Buffer>, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > maxBytes) throw new RegistryRefusal(413, `answer exceeds ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function adviceFor(status: number): string {
  if (status === 401 || status === 403)
    return ': check schemaRegistry.usernameFile and schemaRegistry.passwordFile'
  if (status >= 500 || status === 429) return ''
  return ' and no answer of a schema registry: check its url (for Apicurio it ends in /apis/ccompat/v7)'
}

/** Codes of Node and OpenSSL for a certificate that nobody vouches for. */
const untrusted = /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+)$/

function adviceForTls(error: unknown): string {
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' && untrusted.test(code)
    ? ': name the PEM of its authority in the environment variable NODE_EXTRA_CA_CERTS'
    : ''
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error)
}
