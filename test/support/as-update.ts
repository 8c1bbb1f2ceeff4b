import type { WriteOutcome } from '../../src/deliver/contact-writer.ts'
import type { ReadFields, Send, Write } from '../../src/domain/plan.ts'
import { type FieldValues, tagsField } from '../../src/domain/sell-fields.ts'

/** A request as a model of Zendesk takes it: a look finds the contact like an update, and changes nothing. */
export function asWrite(send: Send): Write {
  if (send.type !== 'look') return send
  const { email, contactId } = send
  return { type: 'update', email, contactId, fields: {}, digest: 'look' }
}

/** How `send` ended, of which `outcome` is what became of {@link asWrite}, and which was for a contact that holds `fields`. */
export function outcomeOf(send: Send, outcome: WriteOutcome, fields: FieldValues): WriteOutcome {
  if (send.type !== 'look') return outcome
  // A read that is not answered may be repeated at once.
  if (outcome.type === 'ambiguous') return { type: 'unreachable', reason: outcome.reason }
  return outcome.type === 'written' ? { type: 'looked', fields: readBy(send, fields) } : outcome
}

function readBy({ names }: ReadFields, fields: FieldValues): FieldValues {
  return Object.fromEntries(names.map((name) => [name, fields[name] ?? (name === tagsField ? [] : null)]))
}
