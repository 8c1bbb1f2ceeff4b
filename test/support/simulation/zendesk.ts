import type { WriteOutcome } from '../../../src/deliver/contact-writer.ts'
import type { FieldValues, Write } from '../../../src/domain/plan.ts'
import type { Dice } from './dice.ts'
import type { Life } from './life.ts'
import type { Answer } from './plan.ts'
import type { Scheduler } from './scheduler.ts'

/** A contact as Zendesk holds it. */
export interface HeldContact {
  readonly id: number
  readonly email: string
  fields: FieldValues
}

/** One request. Times in epoch milliseconds. */
export interface Request {
  readonly email: string
  readonly write: Write
  readonly life: Life
  readonly sentMs: number
  /** When Zendesk answers, and when it is surely done with it. */
  readonly answersMs: number
  readonly overMs: number
  readonly outcome: WriteOutcome['type']
  /** True where it was carried out and changed nothing. */
  isNoop: boolean
}

/**
 * Zendesk Sell as a reconciler sees it. It finds the contact of an upsert when the request comes, and makes what it did not
 * find when it carries the request out: two at once for a new e-mail make two contacts.
 */
export interface SimulatedZendesk {
  /** Sends a request of a process, which hears of the answer if it is there then. */
  write(life: Life, write: Write): Promise<WriteOutcome>
  readonly requests: readonly Request[]
  readonly contacts: readonly HeldContact[]
}

/** What Zendesk needs of its world. */
export interface ZendeskPorts {
  readonly scheduler: Scheduler
  readonly dice: Dice
  /** A process gives up after this time. */
  readonly requestDeadlineMs: number
  /** How it treats the next request, `null` for well. */
  answer(): Answer | null
  /** A request is about to leave, with those that left before. */
  sends(request: Request, earlier: readonly Request[]): void
  trace(what: string): void
}

/** How one request is treated. */
interface Treatment {
  readonly latencyMs: number
  /** `null` where the answer is what was done. */
  readonly outcome: WriteOutcome | null
  /** How long after it was sent it is carried out, `null` for never. */
  readonly carriedOutMs: number | null
}

/** An account without contacts. */
export function createSimulatedZendesk(ports: ZendeskPorts): SimulatedZendesk {
  const { scheduler, dice } = ports
  const requests: Request[] = []
  const contacts: HeldContact[] = []
  let lastId = 1000

  function find(write: Write): HeldContact | undefined {
    return contacts.find(({ id, email }) =>
      write.type === 'update' ? id === write.contactId : email === write.email,
    )
  }

  function carryOut(request: Request, known: HeldContact | undefined): WriteOutcome {
    const { write } = request
    if (known === undefined && write.type === 'update') return { type: 'missing' }
    if (known === undefined && typeof write.fields['last_name'] !== 'string')
      return { type: 'rejected', status: 422, errors: [{ code: 'missing', field: '/last_name' }] }
    const contact = known ?? { id: (lastId += 1), email: write.email, fields: {} }
    if (known === undefined) contacts.push(contact)
    const before = JSON.stringify(contact.fields)
    contact.fields = { ...contact.fields, ...write.fields }
    request.isNoop = known !== undefined && JSON.stringify(contact.fields) === before
    ports.trace(`zendesk writes ${contact.id} ${JSON.stringify(write.fields)}`)
    return { type: 'written', contactId: contact.id }
  }

  return {
    requests,
    contacts,
    async write(life, write) {
      const death = life.meets('request')
      if (death === 'before') life.end('before a request')
      if (life.isOver()) return new Promise(() => undefined)
      const { latencyMs, outcome, carriedOutMs } = treat(ports.answer(), dice)
      const sentMs = scheduler.nowMs()
      const isKnown = outcome !== null && outcome.type !== 'ambiguous'
      const surelyOverMs = outcome === null || isKnown ? latencyMs : ports.requestDeadlineMs
      const request: Request = {
        email: write.email,
        write,
        life,
        sentMs,
        answersMs: sentMs + latencyMs,
        overMs: sentMs + Math.max(surelyOverMs, carriedOutMs ?? 0),
        outcome: outcome?.type ?? 'written',
        isNoop: false,
      }
      ports.trace(`${life.name} sends ${write.type} ${write.email} ${JSON.stringify(write.fields)}`)
      ports.sends(request, requests)
      requests.push(request)
      life.asked('request')
      if (death === 'midway') life.end('while a request is under way')
      let found: HeldContact | undefined
      let done: WriteOutcome | null = null
      scheduler.at(Math.floor((carriedOutMs ?? 0) / 2), () => (found = find(write)))
      if (carriedOutMs !== null) {
        scheduler.at(carriedOutMs, () => {
          done = carryOut(request, found)
          // Whoever sent it may hear of it later than Zendesk is done.
          Object.assign(request, { outcome: outcome?.type ?? done.type })
        })
      }
      return new Promise((resolve) => {
        scheduler.at(latencyMs, () => {
          if (death === 'after') life.end('after a request')
          const answer = outcome ?? done ?? { type: 'ambiguous' as const, reason: 'timeout' }
          life.later(1, () => {
            // One that stood still beyond its deadline may find the deadline first.
            const isLate = scheduler.nowMs() - sentMs > ports.requestDeadlineMs
            const heard: WriteOutcome =
              isLate && dice.chance(0.5) ? { type: 'ambiguous', reason: 'timeout' } : answer
            Object.assign(request, { outcome: heard.type })
            ports.trace(`${life.name} hears ${heard.type} ${write.email}`)
            resolve(heard)
          })
        })
      })
    },
  }
}

const lostAnswer: WriteOutcome = { type: 'ambiguous', reason: 'timeout' }

function treat(answer: Answer | null, dice: Dice): Treatment {
  const latencyMs = dice.int(40, 400)
  const soon = Math.max(1, latencyMs - 1)
  switch (answer) {
    case null:
      return { latencyMs, outcome: null, carriedOutMs: soon }
    case 'slow':
      return { latencyMs: 9000, outcome: null, carriedOutMs: 8999 }
    case 'throttled':
      return { latencyMs, outcome: { type: 'throttled', retryAfterMs: null }, carriedOutMs: null }
    case 'throttled for 3 s':
      return { latencyMs, outcome: { type: 'throttled', retryAfterMs: 3000 }, carriedOutMs: null }
    case 'unreachable':
      return { latencyMs, outcome: { type: 'unreachable', reason: 'refused' }, carriedOutMs: null }
    case 'unauthorised':
      return {
        latencyMs,
        outcome: { type: 'unauthorised', status: 401, code: 'unauthorized' },
        carriedOutMs: null,
      }
    case 'ambiguous, never carried out':
      return { latencyMs, outcome: lostAnswer, carriedOutMs: null }
    case 'ambiguous, carried out':
      return { latencyMs, outcome: lostAnswer, carriedOutMs: soon }
    case 'ambiguous, carried out later':
      return { latencyMs, outcome: lostAnswer, carriedOutMs: dice.int(500, 14_000) }
  }
}
