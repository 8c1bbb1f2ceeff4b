import type { SellError } from '../deliver/contact-writer.ts'
import { customFieldName } from '../domain/sell-fields.ts'
import type { RawError } from './answer-body.ts'

/** Most errors reported for one refusal. */
const maxErrors = 16
/** Longest pointer reported. */
const maxFieldLength = 256

// 40 characters are ample for Sell's names and too few for a token, should an answer ever echo one.
const codeForm = /^[A-Za-z][A-Za-z0-9_]{0,39}$/
const pointerForm = /^\/?[A-Za-z_][A-Za-z0-9_]{0,39}(\/([A-Za-z_][A-Za-z0-9_]{0,39}|\d{1,4})){0,5}$/

/**
 * What may be passed on of Sell's errors: code and field. Both come from outside, so a code that is no identifier
 * becomes `unrecognised`, and a field is kept only where it cannot carry a person's data: it is a pointer made of
 * identifiers, or it names one of `fieldsSent`, which come from the configuration.
 */
export function toSafeErrors(
  errors: readonly RawError[],
  fieldsSent: readonly string[],
): readonly SellError[] {
  return errors
    .slice(0, maxErrors)
    .map(({ code, field }) => ({ code: toSafeCode(code), field: toSafeField(field, fieldsSent) }))
}

/** An error code of Sell's form, or `unrecognised`. */
export function toSafeCode(code: string | undefined): string {
  return code !== undefined && codeForm.test(code) ? code : 'unrecognised'
}

function toSafeField(field: string | undefined, fieldsSent: readonly string[]): string | null {
  if (field === undefined || field.length > maxFieldLength) return null
  return pointerForm.test(field) || namesCustomField(field, fieldsSent) ? field : null
}

/**
 * Custom fields have free names (`Size; v.2`), which no pattern tells from data. The prefix before them varies
 * (`/custom_fields/x`, `/data/custom_fields/x`; facts: error envelope), and so may the escapes of RFC 6901.
 */
function namesCustomField(field: string, fieldsSent: readonly string[]): boolean {
  const pointer = /^(?:\/?data)?\/?custom_fields\/(.+)$/s.exec(field)?.[1]
  if (pointer === undefined) return false
  const unescaped = pointer.replaceAll('~1', '/').replaceAll('~0', '~')
  return fieldsSent.some((sent) => {
    const name = customFieldName(sent)
    return name !== undefined && (name === pointer || name === unescaped)
  })
}
