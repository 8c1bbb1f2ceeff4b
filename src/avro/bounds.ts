import avro from 'avsc'
import type { Type } from 'avsc'
import {
  checkBoolean,
  checkInt,
  checkLong,
  checkNull,
  checkString,
  createEnumCheck,
  createSizeCheck,
  fail,
  FAILED,
  readLong,
} from './primitive-checks.ts'
import type { Check, Cursor } from './primitive-checks.ts'

/** Limits that no well-formed record of ours comes near. */
export const MAX_LEVELS = 128
/** Items of an array whose items take no bytes (nulls, empty records): nothing else bounds their number. */
export const MAX_EMPTY_ITEMS = 1000
/** Values in a buffer of n bytes: `MAX_VALUES_BASE + n * MAX_VALUES_PER_BYTE`. */
export const MAX_VALUES_BASE = 10_000
export const MAX_VALUES_PER_BYTE = 8

const TOO_MANY_VALUES = 'too many values for so few bytes'

/**
 * Whether the bytes from `start` on are exactly one value of the schema: undefined, or why not (schema names and
 * numbers of bytes, never a value). Never throws. Time and the size of what the bytes decode to are linear in their
 * length, whatever they claim.
 */
export type Bounds = (bytes: Uint8Array, start: number) => string | undefined

/** The check of one type. `minBytes` is a lower bound, and 0 while the type is still being planned. */
interface Plan {
  check: Check
  minBytes: number
}

/**
 * Compiles the structural check that has to pass before avsc may see a buffer. avsc trusts counts: 7 corrupt bytes make
 * it fill an array of 400 million items, which ends the process (facts: reliability 0.1).
 */
export function compileBounds(type: Type): Bounds {
  const root = planOf(type, new Map())
  return (bytes, start) => {
    const end = bytes.length
    const cursor: Cursor = {
      bytes,
      end,
      value: 0,
      valuesLeft: MAX_VALUES_BASE + (end - start) * MAX_VALUES_PER_BYTE,
      levelsLeft: MAX_LEVELS,
      problem: '',
      path: [],
    }
    const next = root.check(cursor, start)
    if (next === end) return undefined
    if (next !== FAILED) return `${end - next} bytes follow the value at byte ${next}`
    return cursor.path.length === 0 ? cursor.problem : `${cursor.path.reverse().join('.')}: ${cursor.problem}`
  }
}

function planOf(type: Type, plans: Map<Type, Plan>): Plan {
  const known = plans.get(type)
  if (known !== undefined) return known
  // Entered before its parts are planned: a recursive type finds itself here.
  const plan: Plan = { check: checkNull, minBytes: 0 }
  plans.set(type, plan)
  return Object.assign(
    plan,
    createPlan(type, (part) => planOf(part, plans)),
  )
}

function createPlan(type: Type, plan: (part: Type) => Plan): Plan {
  const { types } = avro
  if (type instanceof types.RecordType) return planRecord(type, plan)
  if (type instanceof types.UnwrappedUnionType || type instanceof types.WrappedUnionType) {
    return planUnion(type.types.map(plan))
  }
  if (type instanceof types.ArrayType) return planBlocks(plan(type.itemsType), '[]')
  if (type instanceof types.MapType) return planMap(plan(type.valuesType as Type))
  if (type instanceof types.LogicalType) return plan(type.underlyingType)
  if (type instanceof types.EnumType) return { check: createEnumCheck(type.symbols.length), minBytes: 1 }
  if (type instanceof types.FixedType) return { check: createSizeCheck(type.size), minBytes: type.size }
  return planPrimitive(type)
}

function planPrimitive(type: Type): Plan {
  switch (type.typeName) {
    case 'null':
      return { check: checkNull, minBytes: 0 }
    case 'boolean':
      return { check: checkBoolean, minBytes: 1 }
    case 'int':
      return { check: checkInt, minBytes: 1 }
    case 'long':
      return { check: checkLong, minBytes: 1 }
    case 'float':
      return { check: createSizeCheck(4), minBytes: 4 }
    case 'double':
      return { check: createSizeCheck(8), minBytes: 8 }
    case 'string':
    case 'bytes':
      return { check: checkString, minBytes: 1 }
    default:
      throw new Error(`no bounds for type ${type.typeName}`)
  }
}

function planUnion(branches: readonly Plan[]): Plan {
  const check: Check = (cursor, at) => {
    const next = readLong(cursor, at)
    if (next === FAILED) return FAILED
    const branch = branches[cursor.value]
    return branch === undefined ? fail(cursor, at, 'no such branch of the union') : branch.check(cursor, next)
  }
  return { check, minBytes: 1 + Math.min(...branches.map(({ minBytes }) => minBytes)) }
}

function planRecord(type: avro.types.RecordType, plan: (part: Type) => Plan): Plan {
  const names = type.fields.map(({ name }) => name)
  const fields = type.fields.map((field) => plan(field.type))
  const check: Check = (cursor, start) => {
    if (!enter(cursor, start, fields.length)) return FAILED
    let at = start
    for (let i = 0; i < fields.length; i++) {
      at = fields[i]?.check(cursor, at) ?? FAILED
      if (at === FAILED) {
        cursor.path.push(names[i] ?? '')
        return FAILED
      }
    }
    cursor.levelsLeft++
    return at
  }
  return { check, minBytes: fields.reduce((sum, { minBytes }) => sum + minBytes, 0) }
}

/** Opens a level that holds `count` values; false when that exceeds an allowance. */
function enter(cursor: Cursor, at: number, count: number): boolean {
  cursor.valuesLeft -= count
  if (cursor.valuesLeft < 0) fail(cursor, at, TOO_MANY_VALUES)
  else if (--cursor.levelsLeft < 0) fail(cursor, at, `over ${MAX_LEVELS} levels`)
  else return true
  return false
}

function planMap(values: Plan): Plan {
  const check: Check = (cursor, at) => {
    const next = checkString(cursor, at)
    return next === FAILED ? FAILED : values.check(cursor, next)
  }
  const entry = {
    check,
    get minBytes() {
      return 1 + values.minBytes
    },
  }
  return planBlocks(entry, '*')
}

/** An array, or a map as an array of entries: blocks of a count and its items, until a count of 0. */
function planBlocks(item: Plan, step: string): Plan {
  const check: Check = (cursor, start) => {
    if (!enter(cursor, start, 0)) return FAILED
    let at = readLong(cursor, start)
    while (at !== FAILED && cursor.value !== 0) {
      at = checkBlock(cursor, at, item, step)
      if (at !== FAILED) at = readLong(cursor, at)
    }
    cursor.levelsLeft++
    return at
  }
  return { check, minBytes: 1 }
}

/** A block whose count is in `cursor.value`: a negative one means that the block's length in bytes follows. */
function checkBlock(cursor: Cursor, at: number, item: Plan, step: string): number {
  const count = cursor.value
  if (count > 0) return checkItems(cursor, at, count, item, step)
  const start = readLong(cursor, at)
  if (start === FAILED) return FAILED
  const length = cursor.value
  const next = checkItems(cursor, start, -count, item, step)
  // avsc believes the length when it skips the block and the count when it reads it: they have to agree.
  return next === FAILED || next - start === length ? next : fail(cursor, at, 'length of a block is wrong')
}

function checkItems(cursor: Cursor, start: number, count: number, item: Plan, step: string): number {
  const left = cursor.end - start
  if (item.minBytes === 0 ? count > MAX_EMPTY_ITEMS : count * item.minBytes > left) {
    return fail(cursor, start, `declares ${count} items in ${left} bytes`)
  }
  cursor.valuesLeft -= count
  if (cursor.valuesLeft < 0) return fail(cursor, start, TOO_MANY_VALUES)
  let at = start
  for (let i = 0; i < count; i++) {
    at = item.check(cursor, at)
    if (at === FAILED) {
      cursor.path.push(step)
      return FAILED
    }
  }
  return at
}
