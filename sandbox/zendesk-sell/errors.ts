import { STATUS_CODES } from 'node:http'

import type { SellSwitches } from './switches.ts'

/** Something wrong with one attribute of a request body; `pointer` is a JSON pointer from the record (`/email`). */
export interface Problem {
  readonly pointer: string
  readonly code: 'unknown' | 'missing' | 'blank' | 'invalid_type' | 'incorrect_value'
  /** Replaces the standard sentence in `details`. */
  readonly details?: string
}

/** One member of `errors` in Sell's error envelope. */
export interface SellError {
  readonly code: string
  readonly message: string
  readonly details: string
  readonly resource?: string
  readonly field?: string
}

/** A request that Sell turns down. `metaType` and `logref` differ between real samples (facts: error envelope). */
export interface Refusal {
  readonly status: number
  readonly errors: readonly SellError[]
  readonly metaType: 'errors' | 'collection'
  readonly logref: boolean
}

const moreInfo = { more_info: 'https://developers.getbase.com/docs/rest/articles/errors' }

function refuse(status: number, error: SellError): Refusal {
  return { status, errors: [error], metaType: 'errors', logref: true }
}

/** The error envelope of a refusal; `requestId` becomes `meta.logref`. */
export function errorBody(refusal: Refusal, requestId: string): unknown {
  return {
    errors: refusal.errors.map((error) => ({ error, meta: { type: 'error', links: moreInfo } })),
    meta: {
      type: refusal.metaType,
      http_status: `${refusal.status} ${STATUS_CODES[refusal.status] ?? 'Unknown'}`,
      ...(refusal.logref ? { logref: requestId } : {}),
      links: moreInfo,
    },
  }
}

function standardDetails(pointer: string, code: Problem['code']): string {
  const attribute = `The attribute '${pointer}'`
  switch (code) {
    case 'unknown':
      return `${attribute} is not a known attribute for the 'contact' resource.`
    case 'incorrect_value':
      return `${attribute} value is not included in the list`
    case 'missing':
      return `${attribute} is required.`
    case 'blank':
      return `${attribute} can't be blank.`
    case 'invalid_type':
      return `${attribute} value has a wrong type.`
  }
}

const problemMessages = {
  unknown: 'unknown attribute',
  incorrect_value: 'attribute value is incorrect',
  missing: 'attribute is missing',
  blank: "attribute can't be blank",
  invalid_type: 'attribute value has an invalid type',
} as const

/** One step of a JSON pointer: `~` and `/` inside a name are escaped (RFC 6901). */
export function pointerStep(name: string): string {
  return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
}

/** 422 with every problem of a record at once. */
export function invalidRecord(problems: readonly Problem[], prefix: SellSwitches['pointerPrefix']): Refusal {
  const errors = problems.map(({ pointer, code, details }) => {
    const field = prefix === 'data' ? `/data${pointer}` : pointer
    return {
      resource: 'contact',
      field,
      code,
      message: problemMessages[code],
      details: details ?? standardDetails(field, code),
    }
  })
  return { status: 422, errors, metaType: 'errors', logref: true }
}

/** A query parameter that is not known, given twice or has a bad value. */
export interface ParameterProblem {
  readonly name: string
  readonly reason?: string
}

/** 400 for query parameters, all of them at once; like the captured sample it carries no logref. */
export function invalidParameters(problems: readonly ParameterProblem[]): Refusal {
  const errors = problems.map(({ name, reason }) => {
    const tail = reason === undefined ? '' : ` (${reason})`
    return {
      code: 'invalid_param',
      message: 'invalid request query parameter',
      details: `The request query parameter '${name}' is malformed, missing, or has an invalid value${tail}`,
    }
  })
  return { status: 400, errors, metaType: 'errors', logref: false }
}

/** 400 for an upsert without a filter (the documentation says error and names no code). */
export function missingFilter(): Refusal {
  const error = {
    code: 'invalid_param',
    message: 'invalid request query parameter',
    details: 'At least a single filter - query parameter - is required.',
  }
  return { ...refuse(400, error), logref: false }
}

/** 400 for a header other than User-Agent. */
export function invalidHeader(details: string): Refusal {
  return refuse(400, { code: 'invalid_header', message: 'invalid request header', details })
}

/** 400 for a missing or empty User-Agent. */
export function invalidUserAgent(): Refusal {
  return refuse(400, {
    code: 'invalid_user_agent',
    message: 'invalid user agent',
    details: "The request header 'User-Agent' is missing or empty.",
  })
}

/** 400 for a body that is no JSON; 413 for one above the size cap, which Sell does not document. */
export function invalidPayload(details: string, status: 400 | 413 = 400): Refusal {
  return refuse(status, { code: 'invalid_payload', message: 'invalid request payload', details })
}

/** 422 for JSON that is not the `{"data":{...}}` envelope. */
export function incorrectPayload(details: string): Refusal {
  return refuse(422, { code: 'incorrect_payload', message: 'incorrect request payload', details })
}

/** 401, details as a live probe gave them. */
export function unauthorized(): Refusal {
  return refuse(401, {
    code: 'unauthorized',
    message: 'Unauthorized',
    details: 'Required access token is missing, malformed, expired, or invalid.',
  })
}

/** 403 for a token without the scope an operation needs. */
export function insufficientScope(scope: string): Refusal {
  return refuse(403, {
    code: 'insufficient_scope',
    message: 'Insufficient scope',
    details: `The request requires higher privileges than provided by the access token (scope '${scope}').`,
  })
}

/** 404 for a path that is no operation, details as a live probe gave them. */
export function pathNotFound(): Refusal {
  return refuse(404, { code: 'not_found', message: 'Not Found', details: 'Requested path was not found.' })
}

/** 404 for a contact; like the captured sample its `meta.type` is `collection`. */
export function contactNotFound(id: string): Refusal {
  const error = {
    code: 'not_found',
    message: 'resource you are looking for was not found',
    resource: 'contact',
    details: `Resource of the type 'contact' with the id '${id}' was not found.`,
  }
  return { ...refuse(404, error), metaType: 'collection' }
}

/** Refusal of an upsert whose filters match several contacts; neither status nor code is documented. */
export function severalMatches(count: number, status: 409 | 422): Refusal {
  return refuse(status, {
    resource: 'contact',
    code: 'already_exists',
    message: 'several resources match',
    details: `The filters match ${count} resources of the type 'contact'; at most one may match.`,
  })
}

/** 429 in the variant that has a body at all. */
export function rateLimitExceeded(): Refusal {
  return refuse(429, {
    code: 'rate_limit_exceeded',
    message: 'rate limit exceeded',
    details: 'The number of requests allowed in a second for this access token is exceeded.',
  })
}

const faultCodes: Readonly<Record<number, string>> = {
  400: 'invalid_payload',
  401: 'unauthorized',
  403: 'insufficient_scope',
  404: 'not_found',
  422: 'incorrect_value',
  429: 'rate_limit_exceeded',
  503: 'temporarily_unavailable',
}

/** The envelope for a status that a fault asks for. */
export function faultRefusal(status: number): Refusal {
  const message = STATUS_CODES[status] ?? 'Unknown'
  const code = faultCodes[status] ?? 'server_error'
  return refuse(status, { code, message, details: `The sandbox was asked to answer with ${status}.` })
}
