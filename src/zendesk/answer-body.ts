import { z } from 'zod'

import type { AnswerBody } from './exchange.ts'

/**
 * One error of Sell's `errors[]` as it came. `details` can quote personal data: it is for telling cases apart and
 * leaves this adapter in no form.
 */
export interface RawError {
  readonly code: string | undefined
  readonly field: string | undefined
  readonly details: string | undefined
}

/** A custom field of contacts as Sell describes it (facts: custom fields). */
export interface CustomField {
  /** Exact name, which is also its key in a record. */
  readonly name: string
  /** Sell's type, for example `string`, `list`, `multi_select_list`; new types may appear. */
  readonly type: string
  /** Whether persons have this field; some are for organisations alone. */
  readonly forContact: boolean
  /** Names of the choices of a list, or `null` for a field without choices. */
  readonly choices: readonly string[] | null
}

/** One page of the custom fields, and the address of the next page as Sell gave it, if there is one. */
export interface CustomFieldPage {
  readonly fields: readonly CustomField[]
  readonly nextPage: string | null
}

/** The JSON of a body; `undefined` where it is broken, empty or no JSON. */
export function readJson(body: AnswerBody): unknown {
  if (body.type === 'broken') return undefined
  try {
    return JSON.parse(body.text)
  } catch {
    return undefined
  }
}

// Whole numbers beyond 2^53 are refused too: parsing has already rounded them to another record's id.
const record = z.object({ data: z.object({ id: z.int().positive() }) })

/** `data.id` of a record envelope, or `undefined` where there is no usable one. */
export function readRecordId(json: unknown): number | undefined {
  return record.safeParse(json).data?.data.id
}

const tagged = z.object({ data: z.object({ tags: z.array(z.string()).nullable() }) })

/** The tags of a record envelope, `undefined` where it does not show them. */
export function readRecordTags(json: unknown): readonly string[] | undefined {
  const { data } = tagged.safeParse(json)
  return data === undefined ? undefined : (data.data.tags ?? [])
}

const list = z.object({ items: z.array(z.unknown()) })

/** True for the envelope of a list. */
export function isList(json: unknown): boolean {
  return list.safeParse(json).success
}

/** The record envelopes of a list, each with its id, or `undefined` where the JSON is no list of records. */
export function readRecords(
  json: unknown,
): readonly { readonly id: number; readonly envelope: unknown }[] | undefined {
  const records: { id: number; envelope: unknown }[] = []
  const { data } = list.safeParse(json)
  for (const envelope of data?.items ?? []) {
    const id = readRecordId(envelope)
    if (id === undefined) return undefined
    records.push({ id, envelope })
  }
  return data === undefined ? undefined : records
}

/** A contact of a list, as far as it tells whose it is. */
export interface FoundContact {
  readonly id: number
  readonly email: string
  readonly isOrganisation: boolean
}

const contactPage = z.object({
  items: z.array(
    z.object({
      data: z.object({
        id: z.int().positive(),
        email: z.string().nullish(),
        is_organization: z.boolean().nullish(),
      }),
    }),
  ),
})

/** The contacts of one page of a list that have an e-mail, or `undefined` where the JSON is no such page. */
export function readContacts(json: unknown): readonly FoundContact[] | undefined {
  return contactPage
    .safeParse(json)
    .data?.items.flatMap(({ data: { id, email, is_organization } }) =>
      typeof email === 'string' ? [{ id, email, isOrganisation: is_organization === true }] : [],
    )
}

const optionalText = z.string().optional().catch(undefined)
const errorBody = z.object({ code: optionalText, field: optionalText, details: optionalText })
const errorEnvelope = z.object({ errors: z.array(z.unknown()) })
const errorItem = z.object({ error: errorBody })

/** Every error of an error envelope; empty where the body is none (a proxy's HTML, nothing at all). */
export function readErrors(json: unknown): readonly RawError[] {
  const envelope = errorEnvelope.safeParse(json)
  return (envelope.data?.errors ?? []).flatMap((item) => {
    const { data } = errorItem.safeParse(item)
    return data === undefined
      ? []
      : [{ code: undefined, field: undefined, details: undefined, ...data.error }]
  })
}

const choice = z.union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)])
const choices = z.array(choice).nullish()
const customField = z
  .object({
    name: z.string(),
    type: z.string(),
    for_contact: z.boolean().nullish(),
    // Both names occur in Zendesk's own code (facts: custom fields).
    choices,
    options: choices,
  })
  .transform((data): CustomField => ({
    name: data.name,
    type: data.type,
    forContact: data.for_contact !== false,
    choices: data.choices ?? data.options ?? null,
  }))
const customFieldPage = z.object({
  items: z.array(z.object({ data: customField })),
  meta: z.object({ links: z.object({ next_page: z.string().nullish() }).nullish() }).nullish(),
})

/** A page of custom-field definitions, or `undefined` where the JSON is not one. */
export function readCustomFieldPage(json: unknown): CustomFieldPage | undefined {
  const page = customFieldPage.safeParse(json).data
  return page === undefined
    ? undefined
    : {
        fields: page.items.map(({ data }) => data),
        nextPage: page.meta?.links?.next_page ?? null,
      }
}
