import type { SellError, WriteOutcome } from '../deliver/contact-writer.ts'
import type { Write } from '../domain/plan.ts'
import { type FoundContact, readContacts } from './answer-body.ts'
import { classifyWrite } from './classify.ts'
import type { Exchange } from './exchange.ts'
import { classifyRead } from './sell-reads.ts'
import { lookUpRequest, requestOf, type SellRequest } from './sell-request.ts'

/** What is done where contacts and e-mail addresses are not one to one. Sell does not see to it (facts: upsert). */
export interface ContactPolicy {
  /**
   * Several contacts have the e-mail: write `any` of them (the one that Sell takes, the oldest where it refuses to take
   * one), the `oldest`, the `newest`, or `refuse`. All but `any` look the e-mail up before the first write.
   */
  readonly severalMatches: 'any' | 'oldest' | 'newest' | 'refuse'
  /** A company has the e-mail and no person: `ignore` it and create a person, or `refuse`, after looking the e-mail up. */
  readonly companyMatches: 'ignore' | 'refuse'
  /** Somebody deleted the contact: `create` it again at its next change, or `leave` it unless its e-mail has another. */
  readonly deletedContacts: 'create' | 'leave'
}

/** No request more than a write needs, and nothing is put aside for what people did in Sell. */
export const defaultContactPolicy: ContactPolicy = {
  severalMatches: 'any',
  companyMatches: 'ignore',
  deletedContacts: 'create',
}

/** One request, and what its exchange means for the write that it was sent for. */
export interface IdentityStep {
  readonly request: SellRequest
  /** `nowMs` is wall-clock time. */
  readonly judge: (exchange: Exchange, nowMs: number) => WriteOutcome
}

/**
 * The next request for a write, by what is known of its e-mail. It finds out, one request at a time, which contact a write
 * is for: each turn of a contact is one request, so that each is paced and none overlaps. It is the write itself, unless the
 * policy wants the e-mail looked up first, or Sell refused the write for what may be several matches. What is known between
 * two turns is kept here alone: after a restart the contact begins anew.
 */
export type NextStep = (write: Write) => IdentityStep

type Refusal = Extract<WriteOutcome, { type: 'rejected' }>

/** What the last request for an e-mail left to do: look it up, on account of a refusal, or write, as nobody has it. */
type Pending = { readonly type: 'look_up'; readonly refusal: Refusal } | { readonly type: 'free' }

/** Most e-mails and contact ids that are remembered. A forgotten one costs its contact some requests more. */
const maxRemembered = 10_000

/** {@link NextStep} that knows nothing of any e-mail yet. */
export function createContactIdentity(policy: ContactPolicy): NextStep {
  const pending = createMemory<string, Pending>()
  /** Contacts that Sell said are gone: its index may still list them. */
  const gone = createMemory<number, true>()

  function looksUp(write: Write): boolean {
    if (write.type === 'update') return false
    const known = pending.get(write.email)
    return known === undefined ? looksUpFirst(policy, write) : known.type === 'look_up'
  }

  function judgeLookUp(write: Write, exchange: Exchange, nowMs: number): WriteOutcome {
    const known = pending.get(write.email)
    const refusal = known?.type === 'look_up' ? known.refusal : undefined
    const read = classifyRead(exchange, nowMs)
    // Without the scope to look, the refusal that made it look is all there is; it must not stop everything.
    const mayNotLook = read.type === 'unauthorised' && read.code === 'insufficient_scope'
    if (mayNotLook && refusal !== undefined) return settle(write, refusal)
    if (read.type === 'unclear') return { type: 'unreachable', reason: read.reason }
    if (read.type !== 'read') return read
    const contacts = readContacts(read.json)
    if (contacts === undefined) return { type: 'unreachable', reason: 'unreadable_answer' }
    const matches = contacts.filter(({ id, email }) => isSameEmail(email, write.email) && !gone.has(id))
    return decide(write, matches, refusal)
  }

  function decide(
    write: Write,
    matches: readonly FoundContact[],
    refusal: Refusal | undefined,
  ): WriteOutcome {
    const persons = matches.filter(({ isOrganisation }) => !isOrganisation).map(({ id }) => id)
    const [only, ...others] = persons
    if (only !== undefined) {
      if (others.length === 0) return settle(write, { type: 'found', contactId: only })
      if (policy.severalMatches === 'refuse') return settle(write, refused('several_matches'))
      const contactId = policy.severalMatches === 'newest' ? Math.max(...persons) : Math.min(...persons)
      return settle(write, { type: 'chosen', contactId })
    }
    if (policy.companyMatches === 'refuse' && matches.length > 0)
      return settle(write, refused('company_match'))
    if (isLeftAlone(policy, write)) return settle(write, { type: 'absent' })
    if (refusal !== undefined) return settle(write, refusal)
    pending.set(write.email, { type: 'free' })
    return { type: 'undecided' }
  }

  function judgeWrite(write: Write, exchange: Exchange, nowMs: number): WriteOutcome {
    const outcome = classifyWrite(write, exchange, nowMs)
    if (write.type === 'update') {
      if (outcome.type === 'missing') gone.set(write.contactId, true)
      return outcome
    }
    // Nothing was done: what is known of the e-mail still holds.
    if (['throttled', 'unauthorised', 'unreachable'].includes(outcome.type)) return outcome
    const looksUpNext =
      outcome.type === 'rejected' && policy.severalMatches !== 'refuse' && mayMeanSeveral(outcome)
    if (!looksUpNext) return settle(write, outcome)
    pending.set(write.email, { type: 'look_up', refusal: outcome })
    return { type: 'undecided' }
  }

  function settle(write: Write, outcome: WriteOutcome): WriteOutcome {
    pending.delete(write.email)
    return outcome
  }

  return (write) =>
    looksUp(write)
      ? {
          request: lookUpRequest(write.email, policy.companyMatches === 'ignore'),
          judge: (exchange, nowMs) => judgeLookUp(write, exchange, nowMs),
        }
      : {
          request: requestOf(write),
          judge: (exchange, nowMs) => judgeWrite(write, exchange, nowMs),
        }
}

function looksUpFirst(policy: ContactPolicy, write: Write): boolean {
  return policy.severalMatches !== 'any' || policy.companyMatches === 'refuse' || isLeftAlone(policy, write)
}

function isLeftAlone({ deletedContacts }: ContactPolicy, write: Write): boolean {
  return deletedContacts === 'leave' && write.type === 'upsert' && write.deleted === true
}

/**
 * How Sell refuses an upsert that several contacts match is not documented (facts: many matches); but it cannot be the
 * fault of a field other than the e-mail.
 */
function mayMeanSeveral({ status, errors }: Refusal): boolean {
  return [400, 409, 422].includes(status) && errors.every(({ field }) => /(^|\/)email$|^$/.test(field ?? ''))
}

function refused(code: string): Refusal {
  const errors: readonly SellError[] = [{ code, field: null }]
  return { type: 'rejected', status: 0, errors }
}

/** Sell may keep and match e-mails as somebody typed them (facts: case and trimming). */
function isSameEmail(email: string, wanted: string): boolean {
  return email.trim().toLowerCase() === wanted.trim().toLowerCase()
}

/** A map that forgets its oldest entries beyond {@link maxRemembered}. */
function createMemory<K, V>(): Pick<Map<K, V>, 'get' | 'has' | 'delete'> & { set(key: K, value: V): void } {
  const entries = new Map<K, V>()
  return {
    get: (key) => entries.get(key),
    has: (key) => entries.has(key),
    delete: (key) => entries.delete(key),
    set(key, value) {
      entries.delete(key)
      entries.set(key, value)
      const [oldest] = entries.keys()
      if (entries.size > maxRemembered && oldest !== undefined) entries.delete(oldest)
    },
  }
}
