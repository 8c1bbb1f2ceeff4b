import type { Address, Contact } from './contact.ts'
import type { CustomFields } from './custom-fields.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'
import { framePage, link } from './page-frame.ts'
import { notSet, showText, showTime, showValue } from './page-values.ts'

/** What the page of one contact is made from. */
export interface ContactView {
  readonly contact: Contact
  readonly customFields: CustomFields
  readonly refreshes: boolean
  readonly nowEpochMs: number
}

type Row = readonly [label: string, value: Html]

function list(rows: readonly Row[]): Html {
  return html`<dl>
    ${rows.map(
      ([label, value]) =>
        html`<dt>${label}</dt>
          <dd>${value}</dd> `,
    )}
  </dl>`
}

function section(title: string, content: Html): Html {
  return html`<section class="card">
    <h2>${title}</h2>
    ${content}
  </section>`
}

const optionalTexts = [
  ['Title', 'title'],
  ['Industry', 'industry'],
  ['Website', 'website'],
  ['Fax', 'fax'],
  ['Twitter', 'twitter'],
  ['Facebook', 'facebook'],
  ['LinkedIn', 'linkedin'],
  ['Skype', 'skype'],
  ['Description', 'description'],
] as const

function addressRow(label: string, address: Address | null): readonly Row[] {
  return address === null ? [] : [[label, showValue(address)]]
}

function details(contact: Contact): Html {
  const names: readonly Row[] = contact.is_organization
    ? [['Name', showText(contact.name)]]
    : [
        ['First name', showText(contact.first_name)],
        ['Last name', showText(contact.last_name)],
      ]
  const others = optionalTexts.flatMap(([label, attribute]): readonly Row[] =>
    contact[attribute] === null ? [] : [[label, showText(contact[attribute])]],
  )
  return list([
    ...names,
    ['E-mail', showText(contact.email)],
    ['Phone', showText(contact.phone)],
    ['Mobile', showText(contact.mobile)],
    ...others,
    ...addressRow('Address', contact.address),
    ...addressRow('Billing address', contact.billing_address),
    ...addressRow('Shipping address', contact.shipping_address),
    ['Customer status', html`${contact.customer_status}`],
    ['Prospect status', html`${contact.prospect_status}`],
    ['Tags', contact.tags.length === 0 ? notSet : showValue(contact.tags)],
  ])
}

function additionalFields({ contact, customFields }: ContactView): Html {
  const fields = [...customFields.values()].filter((field) =>
    contact.is_organization ? field.for_organisation : field.for_contact,
  )
  if (fields.length === 0) return html`<p class="soft">No fields are defined.</p>`
  return list(
    fields.map(({ name }) => [
      name,
      showValue(Object.hasOwn(contact.custom_fields, name) ? contact.custom_fields[name] : undefined),
    ]),
  )
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== '')
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words
  return ends
    .map((word) => Array.from(word ?? '')[0] ?? '')
    .join('')
    .toUpperCase()
}

/** The page of one contact with its "Additional fields", where people look for the audience statuses. */
export function contactPage(view: ContactView): string {
  const { contact, refreshes, nowEpochMs } = view
  const name = contact.name === null || contact.name === '' ? `Contact ${contact.id}` : contact.name
  const home = link('/', { refresh: refreshes ? undefined : 'off' })
  const content = html`<nav aria-label="Back"><a href="${home}">All contacts</a></nav>
    <div class="who">
      <div class="face" aria-hidden="true">${initials(name)}</div>
      <div>
        <h1>${name}</h1>
        <span class="soft">
          ${contact.is_organization ? 'Organization' : 'Person'} ${contact.id}, updated
          ${showTime(contact.updated_at, nowEpochMs)}, created ${showTime(contact.created_at, nowEpochMs)}
        </span>
      </div>
    </div>
    <div class="cards">
      ${section('Contact details', details(contact))} ${section('Additional fields', additionalFields(view))}
    </div>`
  return framePage({ title: name, address: `/contacts/${contact.id}`, refreshes, content })
}

/** Shown for an id that is not, or no longer, there. */
export function missingPage(refreshes: boolean): string {
  const content = html`<h1>Not found</h1>
    <p>This contact does not exist, or was deleted.</p>
    <a href="/">All contacts</a>`
  return framePage({ title: 'Not found', address: '/', refreshes, content })
}
