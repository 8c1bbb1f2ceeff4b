import type { StartFacts, StartPlan } from '../../../src/runtime/start-plan.ts'

/** The first offset of a log and the one after its last, or those of a range. */
type Bounds = readonly [start: number, end: number]

/** What is known of a partition. Its inputs are `plain` and `state`, whose past is state too; both lie the same. */
export interface Given {
  readonly changelog: Bounds
  readonly input?: Bounds
  /** As committed by this program. */
  readonly committed?: number
  /** As an operator set it. */
  readonly reset?: number
  /** How far the store goes; without it there is none. */
  readonly store?: { readonly changelog?: number; readonly input?: number }
  readonly unusedMs?: number
  readonly isChangelogNew?: boolean
}

const nowMs = 1_764_000_000_000
/** How long a store may have been out of use. */
export const maxStoreAgeMs = 1000

function bounds([startOffset, endOffset]: Bounds) {
  return { startOffset, endOffset }
}

const allInputs: Bounds = [0, 100]

/** What `given` amounts to. */
export function factsOf({ input = allInputs, store = {}, ...given }: Given): StartFacts {
  const offset = given.reset ?? given.committed
  const committed = offset === undefined ? undefined : { offset, ours: given.reset === undefined }
  const stored = [
    ['log', store.changelog],
    ['plain', store.input],
    ['state', store.input],
  ] as const
  const used = store.changelog === undefined ? null : nowMs - (given.unusedMs ?? 0)
  return {
    changelog: { topic: 'log', log: bounds(given.changelog) },
    inputs: new Map([
      ['plain', { log: bounds(input), committed, isRestored: false }],
      ['state', { log: bounds(input), committed, isRestored: true }],
    ]),
    stored: {
      offsets: new Map(stored.flatMap(([topic, at]) => (at === undefined ? [] : [[topic, at] as const]))),
      usedAtMs: used,
    },
    nowMs,
    maxStoreAgeMs,
    isChangelogNew: given.isChangelogNew ?? false,
  }
}

/** `at` is where both inputs go on, or where the plain one does and then the other. `log` and `past` are restored. */
export interface Begin {
  readonly at: number | readonly [plain: number, state: number]
  readonly log?: Bounds
  readonly past?: Bounds
  readonly lost?: number
  readonly again?: true
}

function rangesOf({ log, past }: Pick<Begin, 'log' | 'past'>) {
  const ranges = [['log', log] as const, ['state', past] as const]
  return new Map(
    ranges.flatMap(([topic, range]) =>
      range === undefined ? [] : [[topic, { startOffset: range[0], untilOffset: range[1] }]],
    ),
  )
}

/** The plan to begin like this, whatever else is `given`. */
export function planOf({ at, lost, again, ...restored }: Begin, given: Given): StartPlan {
  const [plain, state] = typeof at === 'number' ? [at, at] : at
  const ofBoth = (value: number | undefined) =>
    new Map(value === undefined ? [] : [['plain', value] as const, ['state', value] as const])
  return {
    type: 'start',
    mirrorFrom: given.changelog[1],
    ranges: rangesOf(restored),
    positions: new Map([
      ['plain', plain],
      ['state', state],
    ]),
    done: new Map(
      [['plain', plain] as const, ['state', state] as const].filter(([, position]) =>
        isOurs(given, position, again),
      ),
    ),
    ends: new Map(state < (given.input ?? allInputs)[1] ? [['state', (given.input ?? allInputs)[1]]] : []),
    lost: ofBoth(lost),
    rewound: new Map(again === true ? [['plain', plain]] : []),
  }
}

/** What may be committed at once: not what an operator wished, and no offset of a log that was made anew. */
function isOurs({ reset, committed = 0 }: Given, position: number, again?: true): boolean {
  return reset === undefined && (again === true || position >= committed)
}
