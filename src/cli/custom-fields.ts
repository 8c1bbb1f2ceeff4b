import type { Config } from '../config/config.ts'
import type { FieldMapping } from '../domain/mapping.ts'
import { customFieldName } from '../domain/sell-fields.ts'
import type { CustomField } from '../zendesk/answer-body.ts'
import type { Problem } from './check/finding.ts'

/** Sell types that take no value but one of a form of their own. */
const structuredTypes = new Set(['multi_select_list', 'address'])

/** Sell types that can hold a status word. */
const statusTypes = new Set(['string', 'text', 'list'])

/**
 * What is wrong with the custom fields that the configuration names, given those that Sell has. Each would make Sell
 * refuse every contact, so it is found before the first is sent.
 */
export function checkCustomFields(config: Config, fields: readonly CustomField[]): readonly Problem[] {
  const byName = new Map(fields.map((field) => [field.name, field]))
  const audiences = config.audiences.flatMap(({ mappingId, retired }, index) => {
    const place = `audiences[${index}].mappingId`
    const field = byName.get(mappingId)
    if (field === undefined)
      return [retired ? describeCleared(place, mappingId) : describeMissing(place, mappingId, fields)]
    const words = Object.values(config.statusWords)
    return [...checkPersons(place, field), ...(retired ? [] : checkStatus(place, field, words))]
  })
  const mapped = config.fieldMappings.flatMap((row, index) => {
    const name = customFieldName(row.target)
    if (name === undefined) return []
    const place = `mapping to ${row.target} (row ${index + 1} without e-mail)`
    const field = byName.get(name)
    return field === undefined
      ? [describeMissing(place, name, fields)]
      : [
          ...checkPersons(place, field),
          ...checkType(place, field, row.type ?? null),
          ...checkChoices(place, field, row),
        ]
  })
  return [...audiences, ...mapped]
}

function describeMissing(place: string, name: string, fields: readonly CustomField[]): Problem {
  const known = fields.filter(({ forContact }) => forContact).map((field) => `"${field.name}"`)
  const list = known.length === 0 ? 'It has none' : `It has ${known.slice(0, 20).join(', ')}`
  const message =
    `Sell has no custom field "${name}" for contacts. ${list}. ` +
    'Create it in Sell under Settings > Customize > Custom Fields, or correct the name.'
  return { subject: place, message }
}

function describeCleared(place: string, name: string): Problem {
  const message = `Sell has no custom field "${name}" any more, so there is nothing left to clear. Remove this retired audience.`
  return { subject: place, message }
}

function checkPersons(place: string, field: CustomField): Problem[] {
  return field.forContact
    ? []
    : [
        {
          subject: place,
          message: `the custom field "${field.name}" is for companies alone. Tick "people" for it in Sell's settings.`,
        },
      ]
}

function checkType(place: string, field: CustomField, type: string | null): Problem[] {
  // Some accounts say boolean (facts: custom fields).
  const inSell = field.type === 'boolean' ? 'bool' : field.type
  const fits = type === null ? !structuredTypes.has(inSell) : type === inSell
  if (fits) return []
  const found = type === null ? 'no type' : `the type ${type}`
  const message =
    `the custom field "${field.name}" is of type ${field.type} in Sell, and the mapping has ${found}. ` +
    `Write type: ${inSell}.`
  return [{ subject: place, message }]
}

function checkChoices(
  place: string,
  { name, choices }: CustomField,
  { choices: chosen = [], type }: FieldMapping,
): Problem[] {
  const missing =
    choices === null || type === null ? [] : chosen.filter((choice) => !choices.includes(choice))
  return describeLacking(place, name, missing)
}

function checkStatus(
  place: string,
  { name, type, choices }: CustomField,
  words: readonly string[],
): Problem[] {
  if (!statusTypes.has(type)) {
    const message = `the custom field "${name}" is of type ${type}, which cannot hold a status. Use single-line text.`
    return [{ subject: place, message }]
  }
  const missing = choices === null ? [] : words.filter((word) => !choices.includes(word))
  return describeLacking(place, name, missing)
}

function describeLacking(place: string, name: string, missing: readonly string[]): Problem[] {
  if (missing.length === 0) return []
  const message = `the custom field "${name}" lacks the choices ${missing.join(', ')}. Add them in Sell's settings.`
  return [{ subject: place, message }]
}
