import { createReader } from './input.ts'
import type { InputReader } from './input.ts'
import { foldEmail } from './store.ts'

/** What happens to a request instead of, or besides, being served. Times in ms. */
export type FaultPlan =
  /** Answers with `status`; `apply` says whether the request takes effect all the same. */
  | {
      readonly kind: 'respond'
      readonly status: number
      readonly body: 'html' | 'json' | 'empty'
      readonly apply: boolean
      readonly retryAfter?: string
    }
  /** Waits, then serves. */
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** Resets the connection; the request takes no effect. */
  | { readonly kind: 'drop-before' }
  /** Serves, and resets the connection instead of answering: for the client the outcome is open. */
  | { readonly kind: 'drop-after' }
  /** Never answers, and takes effect after the delay, whether or not the client is still there. */
  | { readonly kind: 'apply-late'; readonly delayMs: number }
  /** Serves, and sends the answer's body in pieces with pauses. */
  | { readonly kind: 'slow-body'; readonly chunkBytes: number; readonly intervalMs: number }
  /** 429 as the switches `rateLimitBody` and `retryAfter` say. */
  | { readonly kind: 'rate-limit' }
  /** 401 from now on for everything, until the control endpoint sets a token. */
  | { readonly kind: 'expired-token' }
  /** Serves, and pads the answer's body with blanks to a length. */
  | { readonly kind: 'huge-body'; readonly bytes: number }
  /** 302; the request takes no effect. */
  | { readonly kind: 'redirect'; readonly location: string }

/** Which requests a fault is for; what is not given matches everything. */
export interface FaultMatch {
  readonly method?: string
  /** A regular expression tested against the path without the query. */
  readonly path?: string
  readonly email?: string
}

/** A fault that was set. It fires `count` times, for `durationMs`, or until it is deleted. */
export interface Fault {
  readonly id: number
  readonly plan: FaultPlan
  readonly match: FaultMatch
  /** Matching requests that pass before the first hit. */
  readonly after: number
  readonly count: number | null
  readonly durationMs: number | null
  readonly setAtMs: number
}

/** A fault as the control endpoint shows it. */
export type FaultReport = Fault & { readonly seen: number; readonly hits: number; readonly active: boolean }

/** The parts of a request that faults look at. */
export interface FaultTarget {
  readonly method: string
  readonly path: string
  readonly email: string | null
}

/** A fault that was added, or what is wrong with the request for one. */
export type AddedFault =
  | { readonly ok: true; readonly fault: FaultReport }
  | { readonly ok: false; readonly problems: readonly string[] }

/** Holds the faults. At most 1000, used-up ones included, so that their hits can be read. */
export interface FaultBoard {
  add(input: unknown, nowMs: number): AddedFault
  /** The first active fault that matches; this counts as one of its hits. */
  take(target: FaultTarget, nowMs: number): FaultPlan | undefined
  list(nowMs: number): readonly FaultReport[]
  /** Deletes one fault, or all; false when there is none with that id. */
  remove(id?: number): boolean
  /** A new token was set: expired-token faults are over. */
  tokenRenewed(): void
}

const maximumFaults = 1000
const anyDelay = { minimum: 0, maximum: 3_600_000 }
const kinds = [
  'respond',
  'delay',
  'drop-before',
  'drop-after',
  'apply-late',
  'slow-body',
  'rate-limit',
  'expired-token',
  'huge-body',
  'redirect',
] as const

function readPlan(reader: InputReader): FaultPlan {
  const kind = reader.choice('kind', kinds)
  switch (kind) {
    case 'respond': {
      const retryAfter = reader.optionalText('retryAfter')
      return {
        kind,
        status: reader.integer('status', { minimum: 200, maximum: 599 }),
        body: reader.choice('body', ['html', 'json', 'empty'], 'html'),
        apply: reader.flag('apply', false),
        ...(retryAfter === undefined ? {} : { retryAfter }),
      }
    }
    case 'delay':
    case 'apply-late':
      return { kind, delayMs: reader.integer('delayMs', anyDelay) }
    case 'slow-body':
      return {
        kind,
        chunkBytes: reader.integer('chunkBytes', { minimum: 1, maximum: 65_536 }, 16),
        intervalMs: reader.integer('intervalMs', anyDelay, 100),
      }
    case 'huge-body':
      return { kind, bytes: reader.integer('bytes', { minimum: 1, maximum: 1_073_741_824 }) }
    case 'redirect':
      return { kind, location: reader.optionalText('location') ?? '/v2/moved' }
    case 'drop-before':
    case 'drop-after':
    case 'rate-limit':
    case 'expired-token':
      return { kind }
  }
}

function readMatch(reader: InputReader): { match: FaultMatch; problems: readonly string[] } {
  const [method, path, email] = ['method', 'path', 'email'].map((name) => reader.optionalText(name))
  const match = {
    ...(method === undefined ? {} : { method: method.toUpperCase() }),
    ...(path === undefined ? {} : { path }),
    ...(email === undefined ? {} : { email: foldEmail(email) }),
  }
  try {
    new RegExp(path ?? '')
    return { match, problems: [] }
  } catch (error) {
    return { match, problems: [`fault.match.path is no regular expression: ${String(error)}`] }
  }
}

function readFault(input: unknown, id: number, nowMs: number): { fault: Fault; problems: readonly string[] } {
  const reader = createReader(input, 'fault')
  const { match, problems } = readMatch(reader.object('match'))
  const many = { minimum: 1, maximum: 1_000_000_000 }
  const plan = readPlan(reader)
  const fault = {
    id,
    plan,
    match,
    after: reader.integer('after', { ...many, minimum: 0 }, 0),
    count: reader.optionalInteger('count', many) ?? null,
    durationMs: reader.optionalInteger('durationMs', many) ?? null,
    setAtMs: nowMs,
  }
  const isLimited = fault.count !== null || fault.durationMs !== null || Object.keys(match).length > 0
  const extra =
    plan.kind === 'expired-token' && isLimited
      ? ['fault: expired-token lasts until a token is set; count, durationMs and match do not go with it']
      : []
  return { fault, problems: [...reader.problems(), ...problems, ...extra] }
}

interface Standing {
  readonly fault: Fault
  readonly path: RegExp
  seen: number
  hits: number
}

function isActive({ fault, hits }: Standing, nowMs: number): boolean {
  const isSpent = fault.count !== null && hits >= fault.count
  return !isSpent && (fault.durationMs === null || nowMs < fault.setAtMs + fault.durationMs)
}

function matches({ fault: { match }, path }: Standing, target: FaultTarget): boolean {
  if (match.method !== undefined && match.method !== target.method) return false
  if (match.email !== undefined && match.email !== foldEmail(target.email ?? '')) return false
  return path.test(target.path)
}

function report(standing: Standing, nowMs: number): FaultReport {
  const { fault, seen, hits } = standing
  return { ...fault, seen, hits, active: isActive(standing, nowMs) }
}

/** A board without faults. */
export function createFaultBoard(): FaultBoard {
  let standing: Standing[] = []
  let nextId = 1
  return {
    add(input, nowMs) {
      const { fault, problems } = readFault(input, nextId, nowMs)
      if (problems.length > 0) return { ok: false, problems }
      if (standing.length >= maximumFaults)
        return {
          ok: false,
          problems: [`there are ${maximumFaults} faults already; DELETE /_control/faults first`],
        }
      nextId += 1
      const added = { fault, path: new RegExp(fault.match.path ?? ''), seen: 0, hits: 0 }
      standing.push(added)
      return { ok: true, fault: report(added, nowMs) }
    },
    take(target, nowMs) {
      for (const candidate of standing) {
        if (!isActive(candidate, nowMs) || !matches(candidate, target)) continue
        candidate.seen += 1
        if (candidate.seen <= candidate.fault.after) continue
        candidate.hits += 1
        return candidate.fault.plan
      }
      return undefined
    },
    list: (nowMs) => standing.map((one) => report(one, nowMs)),
    remove(id) {
      const before = standing.length
      standing = id === undefined ? [] : standing.filter(({ fault }) => fault.id !== id)
      return id === undefined || standing.length < before
    },
    tokenRenewed() {
      standing = standing.filter(({ fault }) => fault.plan.kind !== 'expired-token')
    },
  }
}
