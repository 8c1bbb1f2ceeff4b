import type { WriteOutcome } from '../../../src/deliver/contact-writer.ts'
import type { Send, Write } from '../../../src/domain/plan.ts'
import { asWrite, outcomeOf } from '../as-update.ts'
import { createAccount, type HeldContact } from './account.ts'
import type { Dice } from './dice.ts'
import type { Life } from './life.ts'
import type { Answer } from './plan.ts'
import type { Scheduler } from './scheduler.ts'
import { treat } from './treatment.ts'

/** One request. Times in epoch milliseconds. */
export interface Request {
  readonly email: string
  readonly write: Write
  /** It reads the contact. */
  readonly isLook: boolean
  readonly life: Life
  readonly sentMs: number
  /** When Zendesk answers, and when it is surely done with it. */
  readonly answersMs: number
  readonly overMs: number
  outcome: WriteOutcome['type']
  /** True where it was carried out and changed nothing. */
  isNoop: boolean
}

/** A write in the order in which Zendesk carried them out, whenever they were sent. */
export interface CarriedOutWrite {
  readonly request: Request
  readonly contactId: number
}

/** A contact that somebody removed by hand, as it was then. */
export interface Removal {
  readonly contact: HeldContact
  readonly atMs: number
}

/**
 * Zendesk Sell as a reconciler sees it. It finds the contact of an upsert when the request comes, and makes what it did not
 * find when it carries the request out: two at once for a new e-mail make two contacts.
 */
export interface SimulatedZendesk {
  /** Sends a request of a process, which hears of the answer if it is there then. */
  write(life: Life, send: Send): Promise<WriteOutcome>
  /** Somebody removes the contact that this chooses of all there are, if there are any. */
  remove(choose: (contacts: readonly HeldContact[]) => HeldContact): void
  readonly requests: readonly Request[]
  readonly carriedOut: readonly CarriedOutWrite[]
  readonly removals: readonly Removal[]
  contacts(): readonly HeldContact[]
}

/** What Zendesk needs of its world. */
export interface ZendeskPorts {
  readonly scheduler: Scheduler
  readonly dice: Dice
  /** A process gives up after this time. */
  readonly requestDeadlineMs: number
  /** How it treats the next request, `null` for well. */
  answer(): Answer | null
  /** How long the next request takes, where nothing is wrong with it. */
  answersMs(write: Write): number
  /** A request is about to leave. */
  sends(request: Request): void
  /** Its process hears how a request ended. */
  hears(request: Request, outcome: WriteOutcome): void
  trace(what: string): void
}

/** An account without contacts. */
export function createSimulatedZendesk(ports: ZendeskPorts): SimulatedZendesk {
  const { scheduler, dice } = ports
  const account = createAccount()
  const requests: Request[] = []
  const carriedOut: CarriedOutWrite[] = []
  const removals: Removal[] = []

  function carryOut(request: Request, found: HeldContact | undefined): WriteOutcome {
    const { write } = request
    const { outcome, isNoop } = account.carryOut(write, found)
    if (outcome.type !== 'written') return outcome
    const { contactId } = outcome
    if (request.isLook) return outcome
    request.isNoop = isNoop
    carriedOut.push({ request, contactId })
    ports.trace(`zendesk writes ${contactId} ${JSON.stringify(write.fields)}`)
    return outcome
  }

  /** A process hears of an answer when it runs; one that stood still beyond its deadline may find the deadline first. */
  function hear(request: Request, answer: WriteOutcome): WriteOutcome {
    const { life, sentMs, email } = request
    const isLate = scheduler.nowMs() - sentMs > ports.requestDeadlineMs
    const heard: WriteOutcome = isLate && dice.chance(0.5) ? { type: 'ambiguous', reason: 'timeout' } : answer
    request.outcome = heard.type
    ports.trace(`${life.name} hears ${heard.type} ${email}`)
    ports.hears(request, heard)
    return heard
  }

  return {
    requests,
    carriedOut,
    removals,
    contacts: () => account.contacts(),
    remove(choose) {
      const contacts = account.contacts()
      if (contacts.length === 0) return
      const contact = choose(contacts)
      account.remove(contact)
      removals.push({ contact, atMs: scheduler.nowMs() })
      ports.trace(`somebody removes ${contact.id} ${contact.email}`)
    },
    async write(life, send) {
      const write = asWrite(send)
      const death = life.meets('request')
      if (death === 'before') life.end('before a request')
      if (life.isOver()) return new Promise(() => undefined)
      const { answersMs, outcome, carriedOutMs } = treat(
        ports.answer(),
        ports.answersMs(write),
        ports.requestDeadlineMs,
        dice,
      )
      const sentMs = scheduler.nowMs()
      const isKnown = outcome !== null && outcome.type !== 'ambiguous'
      const isLook = send.type === 'look'
      const surelyOverMs = outcome === null || isKnown ? answersMs : ports.requestDeadlineMs
      const request: Request = {
        email: write.email,
        write,
        isLook,
        life,
        sentMs,
        answersMs: sentMs + answersMs,
        // A look changes nothing, whenever it is carried out.
        overMs: sentMs + (isLook ? answersMs : Math.max(surelyOverMs, carriedOutMs ?? 0)),
        outcome: outcome?.type ?? 'written',
        isNoop: false,
      }
      ports.trace(`${life.name} sends ${send.type} ${write.email} ${JSON.stringify(write.fields)}`)
      ports.sends(request)
      requests.push(request)
      life.asked('request')
      if (death === 'midway') life.end('while a request is under way')
      let found: HeldContact | undefined
      let done: WriteOutcome | null = null
      scheduler.at(Math.floor((carriedOutMs ?? 0) / 2), () => (found = account.find(write)))
      if (carriedOutMs !== null) {
        scheduler.at(carriedOutMs, () => {
          done = carryOut(request, found)
          // Whoever sent it may hear of it later than Zendesk is done.
          request.outcome = outcome?.type ?? done.type
        })
      }
      return new Promise((resolve) => {
        scheduler.at(answersMs, () => {
          if (death === 'after') life.end('after a request')
          const answer = outcome ?? done ?? { type: 'ambiguous' as const, reason: 'timeout' }
          const held = account.find(write)?.fields ?? {}
          life.later(1, () => resolve(outcomeOf(send, hear(request, answer), held)))
        })
      })
    },
  }
}
