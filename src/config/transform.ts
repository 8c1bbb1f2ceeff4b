import { z } from 'zod'

import type { Transform } from '../domain/mapping.ts'
import { memberOf, showValue } from './problems.ts'
import { didYouMean } from './suggestion.ts'

const plain = ['trim', 'lowercase', 'uppercase', 'date'] as const
const withText = ['join', 'constant', 'default'] as const
const all: readonly string[] = [...plain, 'e164', ...withText]
/** The countries there are, as far as the platform knows; their names do not matter. */
const regions = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' })
const forms =
  'trim, lowercase, uppercase, date, e164, {e164: DE}, {join: ", "}, {constant: x} or {default: x}'

/** One transform as written (`trim`, `{join: ", "}`), which becomes the domain's. */
export const transformOption = z.unknown().transform((raw, context): Transform => {
  const transform = typeof raw === 'string' ? parseName(raw) : parsePair(raw)
  if (typeof transform !== 'string') return transform
  context.addIssue({ code: 'custom', message: transform })
  return z.NEVER
})

/** The transform, or what is wrong with it. */
function parseName(name: string): Transform | string {
  const type = plain.find((known) => known === name)
  if (type !== undefined) return { type }
  if (name === 'e164') return { type: name, country: null }
  if (withText.some((known) => known === name)) return `${name} needs a text: {${name}: "..."}.`
  return `must be ${forms}, found ${showValue(name)}.${didYouMean(name, all)}`
}

function parsePair(raw: unknown): Transform | string {
  const keys = typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? Object.keys(raw) : []
  const name = keys[0]
  if (name === undefined || keys.length > 1) {
    const found = keys.length > 1 ? `a map of ${keys.length}; begin each with a dash` : showValue(raw)
    return `must be ${forms}, found ${found}.`
  }
  const value = memberOf(raw, name)
  if (name === 'e164') return parseCountry(value)
  const type = withText.find((known) => known === name)
  if (type === undefined) {
    const bare = plain.some((known) => known === name)
    return bare ? `${name} takes no value; write it alone.` : parseName(name)
  }
  if (typeof value !== 'string')
    return `{${type}: ...} takes a text, found ${showValue(value)}. Put it in quotes.`
  if (type === 'join') return { type, separator: value }
  return value === ''
    ? `{${type}: ""} would write nothing, as Sell keeps what it has. Remove it.`
    : { type, value }
}

function parseCountry(country: unknown): Transform | string {
  if (typeof country === 'string' && isCountry(country)) return { type: 'e164', country }
  return `{e164: ...} takes a country in two capital letters such as DE, found ${showValue(country)}. Or write e164 alone.`
}

/** A country by its present code: `UK` is known to the platform, but as another name of `GB`. */
function isCountry(code: string): boolean {
  if (!/^[A-Z]{2}$/.test(code) || code === 'ZZ' || regions.of(code) === undefined) return false
  return new Intl.Locale(`und-${code}`).region === code
}
