import { redactText } from './redaction.ts'

/** The label value that stands for every value that is not let through. */
export const otherValue = 'other'

/** Most error classes that get a series of their own, per metric and process. */
const maxErrorClasses = 64

/**
 * The values that one label can have: a bounded set, none of which can carry somebody's data. `initial` are those known
 * from the start, whose series begin at 0.
 */
export interface LabelValues<T extends string = string> {
  readonly initial: readonly T[]
  /** `value` where it belongs to the set, `other` where it does not. */
  admit(value: T): string
}

/** A closed set. A value of the configuration that looks like an e-mail address or a token becomes `other`. */
export function oneOf<T extends string>(values: readonly T[]): LabelValues<T> {
  const initial = values.filter((value) => redactText(value) === value)
  const known: ReadonlySet<string> = new Set(initial)
  return { initial, admit: (value) => (known.has(value) ? value : otherValue) }
}

/**
 * Short words of the form `[a-z0-9_-]{1,40}`, 64 of them at most: error codes come from outside and must not grow the
 * number of series without end.
 */
export function errorClasses(initial: readonly string[]): LabelValues {
  const known = new Set(initial)
  return {
    initial,
    admit(value) {
      if (known.has(value)) return value
      if (known.size >= maxErrorClasses || !/^[a-z0-9_-]{1,40}$/.test(value)) return otherValue
      known.add(value)
      return value
    },
  }
}

/** Partition numbers. Their series begin with the assignment. */
export const partitionNumbers: LabelValues = {
  initial: [],
  admit: (value) => (/^\d{1,9}$/.test(value) ? value : otherValue),
}
