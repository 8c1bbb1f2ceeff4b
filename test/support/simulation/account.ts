import type { WriteOutcome } from '../../../src/deliver/contact-writer.ts'
import type { Write } from '../../../src/domain/plan.ts'
import type { FieldValues } from '../../../src/domain/sell-fields.ts'

/** A contact as Zendesk holds it. */
export interface HeldContact {
  readonly id: number
  readonly email: string
  readonly fields: FieldValues
}

/** What became of a write, and whether it changed anything. */
export interface CarriedOut {
  readonly outcome: WriteOutcome
  readonly isNoop: boolean
}

/** The contacts of an account. */
export interface Account {
  contacts(): readonly HeldContact[]
  /** The contact that a write is for. */
  find(write: Write): HeldContact | undefined
  /** Carries a write out on the contact that was found for it. One that is gone meanwhile was not found. */
  carryOut(write: Write, found: HeldContact | undefined): CarriedOut
  /** Somebody deletes a contact by hand, or merges it into another. */
  remove(contact: HeldContact): void
}

/** An account without contacts. */
export function createAccount(): Account {
  const contacts = new Map<number, HeldContact>()
  /** E-mails are not unique: the first contact is the one that an upsert finds. */
  const byEmail = new Map<string, readonly number[]>()
  let lastId = 1000

  return {
    contacts: () => [...contacts.values()],
    find: (write) =>
      contacts.get(write.type === 'update' ? write.contactId : (byEmail.get(write.email)?.[0] ?? NaN)),
    carryOut(write, found) {
      const known = found === undefined ? undefined : contacts.get(found.id)
      if (known === undefined && write.type === 'update')
        return { outcome: { type: 'missing' }, isNoop: true }
      if (known === undefined && typeof write.fields['last_name'] !== 'string') {
        const errors = [{ code: 'missing', field: '/last_name' }]
        return { outcome: { type: 'rejected', status: 422, errors }, isNoop: true }
      }
      const contact = known ?? { id: (lastId += 1), email: write.email, fields: {} }
      if (known === undefined) byEmail.set(contact.email, [...(byEmail.get(contact.email) ?? []), contact.id])
      const fields = { ...contact.fields, ...write.fields }
      contacts.set(contact.id, { ...contact, fields })
      const isNoop = known !== undefined && JSON.stringify(fields) === JSON.stringify(known.fields)
      return { outcome: { type: 'written', contactId: contact.id }, isNoop }
    },
    remove({ id, email }) {
      contacts.delete(id)
      byEmail.set(
        email,
        (byEmail.get(email) ?? []).filter((other) => other !== id),
      )
    },
  }
}
