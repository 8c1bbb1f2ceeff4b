/** A buffer being checked: what is left of its allowances and, once it failed, why and where. */
export interface Cursor {
  readonly bytes: Uint8Array
  readonly end: number
  /** What `readLong` read last. */
  value: number
  /** How many more values the buffer may decode to. */
  valuesLeft: number
  /** How many more records, arrays and maps may be open at once. */
  levelsLeft: number
  problem: string
  /** Where in the schema it failed, innermost first: names of fields, never of map keys. */
  readonly path: string[]
}

/** Checks the value that starts at `at`: the position after it, or FAILED with the reason in the cursor. */
export type Check = (cursor: Cursor, at: number) => number

/** Stands in for a position. */
export const FAILED = -1

/** Notes why a check failed; `problem` must quote no value. */
export function fail(cursor: Cursor, at: number, problem: string): number {
  cursor.problem = `${problem} at byte ${at}`
  return FAILED
}

/**
 * Reads a long into `cursor.value`: exact up to 2^52 either way. Beyond, size and sign are rounded, which is enough for
 * a count, length or index: all of them are then far past any limit.
 */
export function readLong(cursor: Cursor, at: number): number {
  const first = at < cursor.end ? (cursor.bytes[at] ?? 0) : 0x80
  if (first >= 0x80) return readLongVarint(cursor, at)
  cursor.value = (first >> 1) ^ -(first & 1)
  return at + 1
}

function readLongVarint(cursor: Cursor, at: number): number {
  const next = checkLong(cursor, at)
  if (next === FAILED) return FAILED
  let zigzag = 0
  for (let i = next - 1; i >= at; i--) zigzag = zigzag * 128 + ((cursor.bytes[i] ?? 0) & 0x7f)
  cursor.value = zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2
  return next
}

function checkVarint(cursor: Cursor, at: number, maxBytes: number, lastByteMax: number): number {
  const last = at + maxBytes - 1
  for (let i = at; i <= last; i++) {
    if (i >= cursor.end) return fail(cursor, i, 'ends within a number')
    const byte = cursor.bytes[i] ?? 0
    if (byte < 0x80 && (i < last || byte <= lastByteMax)) return i + 1
  }
  return fail(cursor, at, `number exceeds ${maxBytes === 5 ? 32 : 64} bits`)
}

/** An int: at most 5 bytes and 32 bits. */
export const checkInt: Check = (cursor, at) => checkVarint(cursor, at, 5, 0x0f)

/** A long: at most 10 bytes and 64 bits. */
export const checkLong: Check = (cursor, at) => checkVarint(cursor, at, 10, 0x01)

/** No bytes at all. */
export const checkNull: Check = (_cursor, at) => at

/** One byte, 0 or 1. */
export const checkBoolean: Check = (cursor, at) => {
  if (at >= cursor.end) return fail(cursor, at, 'ends before a boolean')
  return (cursor.bytes[at] ?? 0) <= 1 ? at + 1 : fail(cursor, at, 'boolean is neither 0 nor 1')
}

/** String or bytes: a length, and as many bytes. Whether they are valid UTF-8 is not looked at. */
export const checkString: Check = (cursor, at) => {
  const start = readLong(cursor, at)
  if (start === FAILED) return FAILED
  const length = cursor.value
  if (length < 0) return fail(cursor, at, 'negative length')
  if (length <= cursor.end - start) return start + length
  return fail(cursor, at, `declares ${length} bytes of ${cursor.end - start} left`)
}

/** Exactly `size` bytes. */
export function createSizeCheck(size: number): Check {
  return (cursor, at) =>
    size <= cursor.end - at ? at + size : fail(cursor, at, `needs ${size} bytes of ${cursor.end - at} left`)
}

/** The index of one of `count` symbols. */
export function createEnumCheck(count: number): Check {
  return (cursor, at) => {
    const next = readLong(cursor, at)
    if (next === FAILED) return FAILED
    return cursor.value >= 0 && cursor.value < count ? next : fail(cursor, at, 'no such symbol of the enum')
  }
}
