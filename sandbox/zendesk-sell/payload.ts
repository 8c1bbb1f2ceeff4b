import type { IncomingHttpHeaders } from 'node:http'

import type { RecordInput } from './contacts.ts'
import { incorrectPayload, invalidHeader, invalidPayload } from './errors.ts'
import type { Refusal } from './errors.ts'
import { isObject } from './input.ts'

/** A request body as received, or the fact that it was larger than `maximumBodyBytes` and is not kept. */
export type Body = Uint8Array | 'too-large'

/** The `data` of a body, or why the body is refused. */
export type ReadPayload =
  { readonly ok: true; readonly data: RecordInput } | { readonly ok: false; readonly refusal: Refusal }

/** The size cap of request bodies; Sell documents none. */
export const maximumBodyBytes = 1_048_576

const json = 'application/json'

function contentProblem(headers: IncomingHttpHeaders): string | undefined {
  const [type = '', ...parameters] = (headers['content-type'] ?? '')
    .split(';')
    .map((part) => part.trim().toLowerCase())
  const isUtf8 = parameters.every((part) => !part.startsWith('charset=') || /^charset="?utf-8"?$/.test(part))
  if (type !== json || !isUtf8)
    return `The request header 'Content-Type' must be '${json}', given: '${headers['content-type'] ?? ''}'`
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding === 'identity') return undefined
  return `The request header 'Content-Encoding' is not supported, given: '${encoding}'`
}

/** Whether an Accept header allows JSON; a missing one allows everything. */
export function acceptsJson(accept: string | undefined): boolean {
  if (accept === undefined) return true
  return accept.split(',').some((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const isRefused = parameters.some((part) => /^q=0(\.0*)?$/.test(part))
    return ['*/*', 'application/*', json].includes(type) && !isRefused
  })
}

function decode(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    return undefined
  }
}

/** Parses JSON of unknown shape; undefined when it is none. */
export function parseJson(body: Uint8Array): unknown {
  const text = decode(body)
  try {
    return text === undefined ? undefined : (JSON.parse(text) as unknown)
  } catch {
    return undefined
  }
}

/** Reads `{"data":{...}}` (and `meta`, which is ignored) out of a body in JSON. */
export function readPayload(headers: IncomingHttpHeaders, body: Body): ReadPayload {
  const problem = contentProblem(headers)
  if (problem !== undefined) return { ok: false, refusal: invalidHeader(problem) }
  if (body === 'too-large') {
    const details = `The request body is larger than ${maximumBodyBytes} bytes.`
    return { ok: false, refusal: invalidPayload(details, 413) }
  }
  const payload = parseJson(body)
  if (payload === undefined)
    return { ok: false, refusal: invalidPayload('The request body is not valid JSON in UTF-8.') }
  const data = isObject(payload) ? payload['data'] : undefined
  if (!isObject(payload) || !isObject(data))
    return {
      ok: false,
      refusal: incorrectPayload("The request body must be an object with an object 'data'."),
    }
  const extra = Object.keys(payload).find((name) => name !== 'data' && name !== 'meta')
  if (extra === undefined) return { ok: true, data }
  return { ok: false, refusal: incorrectPayload(`The request body has an unknown member '${extra}'.`) }
}
