// Where Zendesk documents nothing, no single guess is right: each open question is a switch, and the product has to
// hold under every position of every switch. The table below is the one place that names them.

interface Choice<V extends string | number> {
  readonly values: readonly V[]
  readonly initial: V
  readonly meaning: string
}

interface Span {
  readonly maximumMs: number
  readonly initial: number
  readonly meaning: string
}

function choice<const V extends string | number>(
  values: readonly V[],
  initial: NoInfer<V>,
  meaning: string,
): Choice<V> {
  return { values, initial, meaning }
}

/** Every switch: its values (or, for a span, its longest length in ms), its initial position and what it decides. */
export const switchTable = {
  manyMatches: choice(
    ['error', 'first', 'newest'],
    'error',
    'upsert whose filters match several contacts: refuse, write the oldest one (lowest id), or the newest one',
  ),
  manyMatchesStatus: choice([422, 409], 422, 'status of that refusal when manyMatches=error'),
  upsertCreatedStatus: choice([200, 201], 200, 'status of an upsert that created a contact'),
  emailMatch: choice(
    ['exact', 'case-insensitive', 'trimmed-case-insensitive'],
    'exact',
    'how the email filter compares with stored e-mails',
  ),
  dropdownUnknown: choice(
    ['reject', 'accept'],
    'reject',
    'list value that is no choice: 422 incorrect_value, or stored as sent',
  ),
  unknownCustomField: choice(
    ['reject', 'ignore'],
    'reject',
    'custom field without a definition: 422 unknown, or dropped in silence',
  ),
  maxLengths: choice(
    ['off', 'on'],
    'off',
    'refuse texts longer than 255 characters with 422 incorrect_value',
  ),
  blankCode: choice(
    ['missing', 'blank'],
    'missing',
    'code for a required attribute that is absent, null or blank',
  ),
  addressMerge: choice(
    ['merge', 'replace'],
    'merge',
    'update with a part of an address: other parts kept, or cleared',
  ),
  pointerPrefix: choice(
    ['short', 'data'],
    'short',
    'how errors point at an attribute: /last_name or /data/last_name',
  ),
  choicesKey: choice(['choices', 'options'], 'choices', 'member of a list definition that holds its choices'),
  rateLimitBody: choice(['empty', 'json'], 'empty', 'body of a 429'),
  retryAfter: choice(
    ['none', 'seconds', 'date', 'garbage', 'huge'],
    'none',
    'Retry-After of a 429: absent, 1, an HTTP date 2 s ahead, no number at all, or 86400000',
  ),
  scopes: choice(
    ['read+write+profile', 'read+write', 'read+profile', 'write+profile', 'read', 'write', 'profile'],
    'read+write+profile',
    'what the token may do; anything else is 403 insufficient_scope',
  ),
  indexLagMs: {
    maximumMs: 600_000,
    initial: 0,
    meaning:
      'lists, filters and upserts see a create or update only this much later; get by id sees it at once',
  },
} as const satisfies Record<string, Choice<string | number> | Span>

type SwitchTable = typeof switchTable

/** A name in the table. */
export type SwitchName = keyof SwitchTable

/** The position of every switch; `indexLagMs` in milliseconds. */
export type SellSwitches = {
  readonly [N in SwitchName]: SwitchTable[N] extends Choice<infer V> ? V : number
}

/** Positions read from outside, or what is wrong with them, one sentence each. */
export type ReadSwitches =
  | { readonly ok: true; readonly switches: Partial<SellSwitches> }
  | { readonly ok: false; readonly problems: readonly string[] }

/** Names of all switches in the order of the table. */
export const switchNames = Object.keys(switchTable) as readonly SwitchName[]

/** Every switch in its initial position. */
export const initialSwitches = Object.fromEntries(
  switchNames.map((name) => [name, switchTable[name].initial]),
) as unknown as SellSwitches

/**
 * The allowed values of a switch in words, as error messages and the README give them: `first|newest`, or
 * `0..600000 (ms)`.
 */
export function allowedValues(name: SwitchName): string {
  const row = switchTable[name]
  return 'values' in row ? row.values.join('|') : `0..${row.maximumMs} (ms)`
}

function isSwitchName(name: string): name is SwitchName {
  return Object.hasOwn(switchTable, name)
}

function readValue(name: SwitchName, given: unknown): string | number | undefined {
  if (typeof given !== 'string' && typeof given !== 'number') return undefined
  const text = String(given)
  const row = switchTable[name]
  if ('values' in row) return row.values.find((value) => String(value) === text)
  return /^\d+$/.test(text) && Number(text) <= row.maximumMs ? Number(text) : undefined
}

function unknownName(name: string): string {
  return `unknown switch '${name}'; known are ${switchNames.join(', ')}`
}

/**
 * Reads positions given as name and value, from JSON or from text; numbers may be given as text. All problems are
 * reported at once, each with what is allowed.
 */
export function readSwitches(given: Iterable<readonly [string, unknown]>): ReadSwitches {
  const positions = new Map<SwitchName, string | number>()
  const problems: string[] = []
  for (const [name, value] of given) {
    if (!isSwitchName(name)) {
      problems.push(unknownName(name))
      continue
    }
    if (positions.has(name)) problems.push(`switch '${name}' is given twice`)
    const position = readValue(name, value)
    if (position !== undefined) positions.set(name, position)
    else problems.push(`switch '${name}' cannot be ${JSON.stringify(value)}; allowed: ${allowedValues(name)}`)
  }
  if (problems.length > 0) return { ok: false, problems }
  // Sound because readValue returns members of the named row alone.
  return { ok: true, switches: Object.fromEntries(positions) }
}

/** Reads positions written as `name=value`, one text each, as on a command line. */
export function parseSwitches(texts: readonly string[]): ReadSwitches {
  const malformed = texts.filter((text) => !text.includes('='))
  if (malformed.length > 0) {
    const problems = malformed.map(
      (text) => `'${text}' is not name=value; known switches are ${switchNames.join(', ')}`,
    )
    return { ok: false, problems }
  }
  return readSwitches(
    texts.map((text) => {
      const at = text.indexOf('=')
      return [text.slice(0, at).trim(), text.slice(at + 1).trim()] as const
    }),
  )
}
