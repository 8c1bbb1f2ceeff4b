/** A JSON value without `null`: absent and `null` mean the same in a profile. */
export type Json = string | number | boolean | readonly Json[] | JsonObject

/** A JSON object whose members are read through {@link ownMember} alone, since its keys come from outside. */
export interface JsonObject {
  readonly [key: string]: Json
}

/** True for a plain JSON object: neither an array nor a scalar. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The own property `key` of `object`; inherited ones (`constructor`, `__proto__`) do not exist for us. */
export function ownMember(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

/**
 * The JSON of a decoded Avro value: `null`s left out, bytes as base64, non-finite numbers left out.
 * Keys are defined as own properties, so a map key `__proto__` stays data.
 */
export function toJson(value: unknown): Json | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) ? value : undefined
    case 'bigint':
      return value.toString()
    case 'object':
      return value === null ? undefined : objectToJson(value)
    default:
      return undefined
  }
}

function objectToJson(value: object): Json {
  if (value instanceof Uint8Array) return toBase64(value)
  if (Array.isArray(value)) return value.map(toJson).filter((item) => item !== undefined)
  const object: Record<string, Json> = {}
  for (const [key, member] of Object.entries(value)) {
    const json = toJson(member)
    if (json !== undefined) {
      Object.defineProperty(object, key, {
        value: json,
        enumerable: true,
        configurable: true,
        writable: true,
      })
    }
  }
  return object
}

function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary)
}

/** Text that is equal exactly when two values are equal, whatever the order of their keys. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    isJsonObject(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  )
}
