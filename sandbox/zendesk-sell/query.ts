import type { ParameterProblem } from './errors.ts'

/** Decoded query parameters, each once, in the order sent; or everything that is wrong with them. */
export type ReadQuery =
  | { readonly ok: true; readonly parameters: ReadonlyMap<string, string> }
  | { readonly ok: false; readonly problems: readonly ParameterProblem[] }

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

/**
 * Splits a raw query (`a=1&b=2`, no question mark) under the ordinary rules: `+` is a blank, the rest is
 * percent-encoded UTF-8. Refused: a bad encoding, a name given twice, an empty value, and what `isKnown` does not
 * know.
 */
export function readQuery(raw: string, isKnown: (name: string) => boolean): ReadQuery {
  const parameters = new Map<string, string>()
  const problems: ParameterProblem[] = []
  for (const part of raw === '' ? [] : raw.split('&')) {
    const at = part.includes('=') ? part.indexOf('=') : part.length
    const name = decode(part.slice(0, at))
    const value = decode(part.slice(at + 1))
    if (name === undefined || value === undefined)
      problems.push({ name: name ?? part.slice(0, at), reason: 'bad percent-encoding' })
    else if (!isKnown(name)) problems.push({ name, reason: 'unknown parameter' })
    else if (parameters.has(name)) problems.push({ name, reason: 'given more than once' })
    else if (value === '') problems.push({ name, reason: 'empty' })
    else parameters.set(name, value)
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, parameters }
}

/** The parameters as a log shows them: decoded where possible, a list where one is given several times. */
export function describeQuery(raw: string): Readonly<Record<string, string | readonly string[]>> {
  const values = new Map<string, string[]>()
  for (const [name, value] of new URLSearchParams(raw)) values.set(name, [...(values.get(name) ?? []), value])
  return Object.fromEntries(
    [...values].map(([name, [first, ...others]]) => [
      name,
      others.length === 0 ? (first ?? '') : [first ?? '', ...others],
    ]),
  )
}
