import { readFile } from 'node:fs/promises'
import type { StoredPerson } from '../assemble/stored-person.ts'
import type { DesiredContact, ExclusionReason, FieldClaim } from '../domain/contact.ts'
import { isJsonObject, type JsonObject } from '../domain/json.ts'
import type { MembershipStatus } from '../domain/membership.ts'
import type { LedgerEntry } from '../domain/ledger.ts'
import { addressParts } from '../domain/sell-fields.ts'
import type { DecodeResult } from './decoder.ts'

/** The schemas of our own topics, in `schemas/`. */
export type ContractName = 'person' | 'contact' | 'ledger-entry' | 'retry'

/** The schema `name` as shipped with this release. */
export async function readContract(name: ContractName): Promise<object> {
  const file = new URL(`../../schemas/${name}.avsc`, import.meta.url)
  return JSON.parse(await readFile(file, 'utf8')) as object
}

/** A codec of one of our own topics, whose values nobody else writes: what does not decode stops the process. */
export interface StrictCodec<T> {
  encode(value: T): Uint8Array
  decode(bytes: Uint8Array): Promise<T>
}

interface ResultCodec<T> {
  encode(value: T): Uint8Array
  decode(bytes: Uint8Array): Promise<DecodeResult<T>>
}

/** `codec` for a topic that is ours alone; an undecodable value rejects, and the message names `what`. */
export function strict<T>(codec: ResultCodec<T>, what: string): StrictCodec<T> {
  return {
    encode: (value) => codec.encode(value),
    async decode(bytes) {
      const result = await codec.decode(bytes)
      if (result.type === 'decoded') return result.value
      throw new Error(
        `a ${what} does not decode (${result.reason}: ${result.detail}); nobody else may write that topic`,
      )
    },
  }
}

/** {@link StoredPerson} as `schemas/person.avsc` has it: versions flat, attributes as JSON text. */
export interface PersonValue {
  readonly profile: (FlatVersion & { readonly attributes: string }) | null
  readonly memberships: readonly (FlatVersion & {
    readonly namespace: string
    readonly segmentId: string
    readonly status: MembershipStatus
    readonly validUntilMs: number | null
  })[]
  readonly erasedAtMs: number | null
  readonly emitted: { readonly email: string; readonly digest: string } | null
  readonly left: readonly string[]
  readonly excluded: string | null
  readonly revision: number
  readonly nextChangeMs: number | null
}

interface FlatVersion {
  readonly timeMs: number
  readonly rank: number
  readonly offset: number
}

/** The codec of persons over that of their Avro form. */
export function personCodec(codec: ResultCodec<PersonValue>): StrictCodec<StoredPerson> {
  const values = strict(codec, 'person')
  return {
    encode: (stored) => values.encode(toPersonValue(stored)),
    decode: async (bytes) => fromPersonValue(await values.decode(bytes)),
  }
}

function toPersonValue({ person, ...rest }: StoredPerson): PersonValue {
  const { profile, memberships, erasedAtMs } = person
  return {
    profile: profile === null ? null : { ...profile.version, attributes: JSON.stringify(profile.attributes) },
    memberships: memberships.map(({ version, ...membership }) => ({ ...membership, ...version })),
    erasedAtMs,
    ...rest,
  }
}

function fromPersonValue(value: PersonValue): StoredPerson {
  const { profile } = value
  return {
    person: {
      profile:
        profile === null
          ? null
          : { version: versionOf(profile), attributes: parseAttributes(profile.attributes) },
      memberships: value.memberships.map(({ namespace, segmentId, status, validUntilMs, ...version }) => ({
        namespace,
        segmentId,
        status,
        validUntilMs,
        version: versionOf(version),
      })),
      erasedAtMs: value.erasedAtMs,
    },
    emitted: value.emitted,
    left: value.left,
    excluded: toExclusionReason(value.excluded),
    revision: value.revision,
    nextChangeMs: value.nextChangeMs,
  }
}

function versionOf({ timeMs, rank, offset }: FlatVersion): FlatVersion {
  return { timeMs, rank, offset }
}

function parseAttributes(text: string): JsonObject {
  const attributes: unknown = JSON.parse(text)
  if (!isJsonObject(attributes)) throw new Error('a person holds attributes that are no JSON object')
  return attributes
}

const exclusionReasons: readonly ExclusionReason[] = ['no_profile', 'no_email', 'no_last_name']

/** A reason of another release counts as none: it is found anew when the person is looked at. */
function toExclusionReason(text: string | null): ExclusionReason | null {
  return exclusionReasons.find((reason) => reason === text) ?? null
}

/** A codec of a topic that is open to others: what does not decode is a result. */
export interface OpenCodec<T> {
  encode(value: T): Uint8Array
  read(bytes: Uint8Array): Promise<DecodeResult<T>>
}

/** `codec` for a topic that is open to others. */
export function open<T>(codec: ResultCodec<T>): OpenCodec<T> {
  return { encode: (value) => codec.encode(value), read: async (bytes) => codec.decode(bytes) }
}

/** {@link DesiredContact} as `schemas/contact.avsc` has it: what is no scalar in members of its own. */
export type ContactValue = Omit<DesiredContact, 'fields'> & {
  readonly fields: Readonly<Record<string, ClaimValue>>
}

interface ClaimValue {
  readonly value: string | number | boolean | null
  readonly timeMs: number
  readonly list: readonly string[] | null
  readonly address: Readonly<Record<string, string>> | null
}

/** The codec of contacts over that of their Avro form. */
export function contactCodec(codec: ResultCodec<ContactValue>): OpenCodec<DesiredContact> {
  return {
    encode: ({ fields, ...rest }) => codec.encode({ ...rest, fields: mapValues(fields, toClaimValue) }),
    async read(bytes) {
      const result = await codec.decode(bytes)
      if (result.type !== 'decoded') return result
      const { fields } = result.value
      return { ...result, value: { ...result.value, fields: mapValues(fields, fromClaimValue) } }
    },
  }
}

function toClaimValue({ value, timeMs }: FieldClaim): ClaimValue {
  if (typeof value !== 'object' || value === null) return { value, timeMs, list: null, address: null }
  return isList(value)
    ? { value: null, timeMs, list: value, address: null }
    : { value: null, timeMs, list: null, address: value }
}

/** In the order of the address's parts, whatever order a map came in: the ledger compares texts. */
function fromClaimValue({ value, timeMs, list, address }: ClaimValue): FieldClaim {
  if (list !== null) return { value: list, timeMs }
  if (address === null) return { value, timeMs }
  const parts = addressParts.flatMap((part) => {
    const text = Object.hasOwn(address, part) ? address[part] : undefined
    return text === undefined ? [] : [[part, text] as const]
  })
  return { value: Object.fromEntries(parts), timeMs }
}

function isList(value: readonly string[] | Readonly<Record<string, string>>): value is readonly string[] {
  return Array.isArray(value)
}

function mapValues<A, B>(
  record: Readonly<Record<string, A>>,
  change: (value: A) => B,
): Readonly<Record<string, B>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}

/** The codec of ledger entries. */
export function ledgerCodec(codec: ResultCodec<LedgerEntry>): StrictCodec<LedgerEntry> {
  return strict(codec, 'ledger entry')
}
