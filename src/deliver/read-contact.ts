import type { DesiredContact } from '../domain/contact.ts'
import { normaliseEmail } from '../domain/identity.ts'
import type { DeadLetterReason, SourceRecord } from '../domain/record.ts'
import type { ContactCodec } from './ports.ts'

/** A record of the contacts topic: a contact, the end of one, or something that is neither. */
export type ReadContact =
  | { readonly type: 'contact'; readonly contact: DesiredContact }
  | { readonly type: 'forgotten'; readonly email: string }
  | { readonly type: 'dead_letter'; readonly reason: DeadLetterReason }

const utf8 = new TextDecoder()

/** True for a record that says something of a contact. */
export function isUsable(read: ReadContact): read is Exclude<ReadContact, { type: 'dead_letter' }> {
  return read.type !== 'dead_letter'
}

/** Reads a record of the contacts topic, which others may write too. */
export async function readContact(record: SourceRecord, codec: ContactCodec): Promise<ReadContact> {
  const email = record.key === null ? undefined : normaliseEmail(utf8.decode(record.key))
  if (email === undefined) return poison('read', 'no-email-key', 'the key is no e-mail address')
  if (record.value === null) return { type: 'forgotten', email }
  const decoded = await codec.read(record.value)
  if (decoded.type === 'undecodable') return poison('decode', decoded.reason, decoded.detail)
  if (decoded.value.email !== email)
    return poison('read', 'key-mismatch', 'the key is not the e-mail of the contact')
  return { type: 'contact', contact: decoded.value }
}

function poison(stage: DeadLetterReason['stage'], errorClass: string, detail: string): ReadContact {
  return { type: 'dead_letter', reason: { disposition: 'poison', stage, errorClass, detail } }
}
