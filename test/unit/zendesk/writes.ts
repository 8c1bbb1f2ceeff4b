import type { Write } from '../../../src/domain/plan.ts'
import type { FieldValues } from '../../../src/domain/sell-fields.ts'

/** An upsert of `fields`, by default a complete one. */
export function upsertOf(fields: FieldValues = { last_name: 'Doe' }, email = 'jane@example.com'): Write {
  return { type: 'upsert', email, fields, digest: 'digest' }
}

/** An update of contact 42, by default of one field. */
export function updateOf(fields: FieldValues = { last_name: 'Doe' }, contactId = 42): Write {
  return { type: 'update', email: 'jane@example.com', contactId, fields, digest: 'digest' }
}

/** Sell's envelope around `errors`, each with a message that quotes personal data. */
export function errorBody(...errors: readonly object[]): string {
  const personal = { message: 'jane@example.com is wrong', details: "The value 'jane@example.com' is wrong." }
  return JSON.stringify({
    errors: errors.map((error) => ({ error: { ...personal, ...error }, meta: { type: 'error' } })),
    meta: { type: 'errors' },
  })
}
