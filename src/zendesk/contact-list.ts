import type { FieldValues } from '../domain/sell-fields.ts'
import { type FoundContact, readContacts, readRecords } from './answer-body.ts'
import { readFields } from './contact-look.ts'
import type { ReadFailure, SendRead } from './sell-reads.ts'
import { contactPageRequest, contactsRequest } from './sell-request.ts'

/** A contact of a list, as Sell has it or had it a little earlier: lists lag behind writes (facts: read-after-write lag). */
export interface ListedContact {
  readonly id: number
  readonly email: string | null
  /** What it holds in these fields, in the form in which we write it; `null` for those that are empty. */
  values(names: readonly string[]): FieldValues
}

/** Contacts by id. One that was asked for and is not among them is gone. */
export type ContactList =
  { readonly type: 'listed'; readonly contacts: ReadonlyMap<number, ListedContact> } | ReadFailure

/** A page of all contacts: those that have an e-mail, and how many there are with and without. Fewer than a hundred: the last. */
export type ContactPage =
  { readonly type: 'page'; readonly contacts: readonly FoundContact[]; readonly count: number } | ReadFailure

/** Reads a page of all contacts, from 1 on, in one request. */
export async function listContactPage(send: SendRead, page: number): Promise<ContactPage> {
  const result = await send(contactPageRequest(page))
  if (result.type !== 'read') return result
  const [records, contacts] = [readRecords(result.json), readContacts(result.json)]
  if (records === undefined || contacts === undefined) return { type: 'unclear', reason: 'unreadable_answer' }
  return { type: 'page', contacts, count: records.length }
}

/** Reads the contacts with these ids, at most `contactsPerRequest`, in one request. */
export async function listContacts(send: SendRead, ids: readonly number[]): Promise<ContactList> {
  const result = await send(contactsRequest(ids))
  if (result.type !== 'read') return result
  const records = readRecords(result.json)
  if (records === undefined) return { type: 'unclear', reason: 'unreadable_answer' }
  const asked = records.filter(({ id }) => ids.includes(id))
  // A filter that something on the way took off: believing it would make everything look deleted.
  if (records.length > 0 && asked.length === 0) return { type: 'unclear', reason: 'other_contacts' }
  return {
    type: 'listed',
    contacts: new Map(asked.map(({ id, envelope }) => [id, listedContact(id, envelope)])),
  }
}

function listedContact(id: number, envelope: unknown): ListedContact {
  const email = readFields(envelope, ['email'])['email']
  return {
    id,
    email: typeof email === 'string' ? email : null,
    values: (names) => readFields(envelope, names),
  }
}
