import type { WriteOutcome } from '../../../src/deliver/contact-writer.ts'
import type { Send, Write } from '../../../src/domain/plan.ts'
import type { FieldValues } from '../../../src/domain/sell-fields.ts'
import { listIn, tagsField } from '../../../src/domain/sell-fields.ts'
import { asWrite, outcomeOf } from '../as-update.ts'
import type { WorldTime } from './world-time.ts'

/** A contact as Zendesk holds it; the flat field names are the program's. */
export interface HeldContact {
  readonly id: number
  readonly email: string
  readonly fields: FieldValues
}

/** One request as it arrived. */
export interface SentRequest {
  readonly sentMs: number
  readonly write: Write
  /** It reads the contact. */
  readonly isLook: boolean
  /** When it was answered, `null` while it is under way. */
  answeredMs: number | null
  outcome: WriteOutcome['type'] | null
}

/** How Zendesk treats one request. Without `outcome` the answer is what it did: `written`, `missing` or `rejected`. */
export interface Treatment {
  readonly outcome?: WriteOutcome
  /**
   * Whether the write is carried out: with the answer, `afterMs` later than that, or never. By default with the answer
   * where `outcome` is not given, else never.
   */
  readonly applied?: 'with answer' | 'never' | { readonly afterMs: number }
  readonly latencyMs?: number
}

/** Zendesk Sell, as far as the program can tell. */
export interface ZendeskModel {
  write(send: Send): Promise<WriteOutcome>
  readonly requests: readonly SentRequest[]
  /** The fields of the contact with this e-mail, `undefined` where there is none. */
  fields(email: string): FieldValues | undefined
  contacts(): readonly HeldContact[]
  /** Somebody makes a contact by hand. */
  make(email: string, fields: FieldValues): void
  /** Somebody deletes or merges the contact. */
  remove(email: string): void
  /** An agent edits the contact. */
  edit(email: string, fields: FieldValues): void
  /** Treats the next requests so, one each. */
  treatNext(...treatments: readonly Treatment[]): void
  /** Treats all other requests so; by e-mail where a function says how. */
  treatAll(treatment: Treatment | ((email: string) => Treatment)): void
  /** Leaves requests unanswered until {@link ZendeskModel.answer}; `false` answers what waits. */
  hold(holding: boolean): void
  /** Carries out and answers the oldest held request. */
  answer(): void
}

/** An empty account. */
export function createZendeskModel(time: WorldTime): ZendeskModel {
  const contacts = new Map<number, HeldContact>()
  const requests: SentRequest[] = []
  const held: (() => void)[] = []
  const next: Treatment[] = []
  let usual: (email: string) => Treatment = () => ({})
  let holding = false
  let lastId = 1000

  function carryOut(write: Write): WriteOutcome {
    const known =
      write.type === 'update'
        ? contacts.get(write.contactId)
        : [...contacts.values()].find(({ email }) => email === write.email)
    if (known === undefined && write.type === 'update') return { type: 'missing' }
    if (known === undefined && typeof write.fields['last_name'] !== 'string')
      return { type: 'rejected', status: 422, errors: [{ code: 'missing', field: '/last_name' }] }
    lastId += known === undefined ? 1 : 0
    const { id, email, fields } = known ?? { id: lastId, email: write.email, fields: {} }
    const held = { ...fields, ...write.fields }
    contacts.set(id, { id, email, fields: held })
    return { type: 'written', contactId: id, tags: listIn(held[tagsField]) }
  }

  function fieldsOf(write: Write): FieldValues {
    return (write.type === 'update' ? contacts.get(write.contactId)?.fields : undefined) ?? {}
  }

  function finish(send: Send, request: SentRequest, { outcome, applied }: Treatment): WriteOutcome {
    const when = applied ?? (outcome === undefined ? 'with answer' : 'never')
    const done = when === 'with answer' ? carryOut(request.write) : undefined
    if (typeof when === 'object') time.setTimer(when.afterMs, () => void carryOut(request.write))
    const heard = outcome ?? done ?? { type: 'ambiguous', reason: 'timeout' }
    const answer = outcomeOf(send, heard, fieldsOf(request.write))
    request.answeredMs = time.nowMs()
    request.outcome = answer.type
    return answer
  }

  return {
    requests,
    async write(send) {
      const write = asWrite(send)
      const isLook = send.type === 'look'
      const request: SentRequest = { sentMs: time.nowMs(), write, isLook, answeredMs: null, outcome: null }
      requests.push(request)
      const treatment = next.shift() ?? usual(write.email)
      return new Promise((resolve) => {
        const answer = (): void => resolve(finish(send, request, treatment))
        const { latencyMs = 0 } = treatment
        if (holding) held.push(answer)
        else if (latencyMs > 0) time.setTimer(latencyMs, answer)
        else answer()
      })
    },
    fields: (email) => [...contacts.values()].find((contact) => contact.email === email)?.fields,
    contacts: () => [...contacts.values()],
    make(email, fields) {
      lastId += 1
      contacts.set(lastId, { id: lastId, email, fields })
    },
    remove(email) {
      for (const contact of contacts.values()) if (contact.email === email) contacts.delete(contact.id)
    },
    edit(email, changes) {
      for (const contact of contacts.values())
        if (contact.email === email)
          contacts.set(contact.id, { ...contact, fields: { ...contact.fields, ...changes } })
    },
    treatNext: (...treatments) => void next.push(...treatments),
    treatAll(treatment) {
      usual = typeof treatment === 'function' ? treatment : () => treatment
    },
    hold(wanted) {
      holding = wanted
      if (!wanted) for (const answer of held.splice(0)) answer()
    },
    answer() {
      held.shift()?.()
    },
  }
}
