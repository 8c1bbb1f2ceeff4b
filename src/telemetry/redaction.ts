/** What stands in the place of something that must not be written. */
export const redacted = '[redacted]'

/** Longest text kept, in characters. */
const maxLength = 2000
/** Longest text looked at, in characters: far beyond what is kept, and still done in a few milliseconds. */
const maxScanned = 65_536

/**
 * Text between characters that no e-mail address of ours can hold (the domain's rule for an address). Runs are found one
 * after another, so the time is linear in the text. An escaped `@` of JSON counts as part of a run.
 */
const run = /(?:[^\s"<>(),;:\\]|\\u0040)+/gi
/** `@` as it stands in text, in a URL (also escaped twice), in JSON and in its full-width form. */
const atSign = /@|%(?:25)*40|\\u0040|\uff20/i
/** The scope of a package in a path of a stack: `node_modules/@kafkajs/`. */
const packageScope = /(?<=node_modules\/)@[a-z0-9-]+\//g

const secrets: readonly (readonly [RegExp, string])[] = [
  [/\bauthorization[\\"']*\s*[:=]\s*[\\"']*(?:\w+\s+)?[^\s\\"',;]+/gi, `authorization ${redacted}`],
  [/\bbearer\s+[\w.~+/=-]{8,}/gi, `bearer ${redacted}`],
  [
    /\b(passw(?:or)?d|secret|client_secret|api[-_]?key|\w{2,12}_token)[\\"']*\s*[:=]\s*[\\"']*[^\s\\"',;&]+/gi,
    `$1 ${redacted}`,
  ],
  // JSON web tokens; then tokens without structure, of which Sell's have 64 characters (facts: checking a token).
  [/\beyJ[\w-]{8,}(?:\.[\w-]+){1,2}/g, redacted],
  [/[A-Za-z0-9]{40,}/g, redacted],
  [/[\w-]{64,}/g, redacted],
]

/**
 * `text` without anything that looks like an e-mail address or a credential, cut to 2000 characters. It errs on the safe
 * side: what merely looks like one is lost too. A name of a person cannot be told from other words.
 */
export function redactText(text: string): string {
  const scanned = text.length > maxScanned ? text.slice(0, maxScanned) : text
  let safe = scanned.replace(run, (word) =>
    word.length > 1 && atSign.test(word.replace(packageScope, '')) ? redacted : word,
  )
  for (const [pattern, replacement] of secrets) safe = safe.replace(pattern, replacement)
  return safe.length > maxLength ? `${safe.slice(0, maxLength)}...` : safe
}

/** JSON data with every text in it redacted, names of members included. */
export function redactData(data: unknown): unknown {
  if (typeof data === 'string') return redactText(data)
  if (typeof data !== 'object' || data === null) return data
  if (Array.isArray(data)) return data.map(redactData)
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [redactText(name), redactData(value)]),
  )
}
