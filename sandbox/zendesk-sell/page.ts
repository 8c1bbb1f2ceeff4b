import type { Contact } from './contact.ts'
import type { CustomField, CustomFields } from './custom-fields.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'
import { framePage, link } from './page-frame.ts'
import { notSet, showText, showTime, showValue } from './page-values.ts'

/** What the list of contacts is made from. `page` counts from 1; one beyond the end shows the last one. */
export interface ListView {
  readonly contacts: readonly Contact[]
  readonly customFields: CustomFields
  readonly search: string
  readonly page: number
  readonly refreshes: boolean
  readonly nowEpochMs: number
}

const perPage = 25
// More than this many columns do not fit a screen; then the fields share one column.
const maximumColumns = 6
const freshMs = 8000

function valueOf(contact: Contact, name: string) {
  return Object.hasOwn(contact.custom_fields, name) ? contact.custom_fields[name] : undefined
}

function matches(contact: Contact, search: string): boolean {
  const values = Object.values(contact.custom_fields).flatMap((value) =>
    typeof value === 'object' ? Object.values(value) : [value],
  )
  return [contact.name, contact.email, contact.phone, contact.mobile, ...contact.tags, ...values].some(
    (value) => value !== null && String(value).toLowerCase().includes(search),
  )
}

// What changed last is what one looks for here.
function byUpdate(a: Contact, b: Contact): number {
  if (a.updated_at === b.updated_at) return b.id - a.id
  return a.updated_at < b.updated_at ? 1 : -1
}

function together(contact: Contact, fields: readonly CustomField[]): Html {
  const set = fields.filter(({ name }) => valueOf(contact, name) !== undefined)
  if (set.length === 0) return html`<td>${notSet}</td>`
  const pairs = set.map(({ name }) => html`<div>${name}: ${showValue(valueOf(contact, name))}</div>`)
  return html`<td>${pairs}</td>`
}

function row(contact: Contact, fields: readonly CustomField[], view: ListView): Html {
  const { id, name, email, phone, mobile, updated_at } = contact
  const isFresh = view.nowEpochMs - Date.parse(updated_at) < freshMs
  const address = link(`/contacts/${id}`, { refresh: view.refreshes ? undefined : 'off' })
  const cells =
    fields.length <= maximumColumns
      ? fields.map((field) => html`<td class="tight">${showValue(valueOf(contact, field.name))}</td>`)
      : together(contact, fields)
  return html`<tr class="${isFresh ? 'fresh' : ''}">
    <th scope="row"><a href="${address}">${name === null || name === '' ? `Contact ${id}` : name}</a></th>
    <td class="mail">${showText(email)}</td>
    <td class="tight">${showText(phone ?? mobile)}</td>
    ${cells}
    <td class="tight">${showTime(updated_at, view.nowEpochMs)}</td>
  </tr> `
}

function table(contacts: readonly Contact[], view: ListView): Html {
  const fields = [...view.customFields.values()]
  const columns =
    fields.length <= maximumColumns
      ? fields.map(({ name }) => html`<th scope="col">${name}</th>`)
      : html`<th scope="col">Additional fields</th>`
  return html`<div class="card scroll" tabindex="0" role="region" aria-label="Contacts">
    <table>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">E-mail</th>
          <th scope="col">Phone</th>
          ${columns}
          <th scope="col" aria-sort="descending">Updated</th>
        </tr>
      </thead>
      <tbody>
        ${contacts.map((contact) => row(contact, fields, view))}
      </tbody>
    </table>
  </div>`
}

function pageLink(view: ListView, page: number, text: string): Html {
  const parameters = {
    q: view.search === '' ? undefined : view.search,
    page: page === 1 ? undefined : String(page),
    refresh: view.refreshes ? undefined : 'off',
  }
  return html`<a href="${link('/', parameters)}">${text}</a>`
}

function pageNavigation(view: ListView, page: number, pages: number): Html {
  if (pages <= 1) return html``
  return html`<nav class="pages" aria-label="Pages">
    ${page > 1 ? pageLink(view, page - 1, 'Previous') : undefined}
    <span>Page ${page} of ${pages}</span>
    ${page < pages ? pageLink(view, page + 1, 'Next') : undefined}
  </nav>`
}

function searchForm({ search, refreshes }: ListView): Html {
  return html`<form role="search" action="/">
    <input
      id="q"
      name="q"
      type="search"
      value="${search}"
      aria-label="Search contacts"
      placeholder="Name, e-mail, phone, status"
    />
    ${refreshes ? undefined : html`<input type="hidden" name="refresh" value="off" />`}
    <button>Search</button>
  </form>`
}

function count(found: number, view: ListView): string {
  const number = found.toLocaleString('en')
  const all = view.contacts.length.toLocaleString('en')
  if (view.search !== '') return `${number} of ${all} match "${view.search}"`
  return found === 1 ? '1 contact' : `${number} contacts`
}

/** The list of contacts as a person in the application sees it: latest change first, searchable, 25 a page. */
export function listPage(view: ListView): string {
  const search = view.search.trim().toLowerCase()
  const found =
    search === '' ? [...view.contacts] : view.contacts.filter((contact) => matches(contact, search))
  const pages = Math.max(1, Math.ceil(found.length / perPage))
  const page = Math.min(Math.max(1, view.page), pages)
  const shown = found.sort(byUpdate).slice((page - 1) * perPage, page * perPage)
  const empty = search === '' ? 'No contacts yet.' : 'No contact matches this search.'
  const address = link('/', {
    q: view.search === '' ? undefined : view.search,
    page: page === 1 ? undefined : String(page),
  })
  const content = html`<div class="head">
      <h1>Contacts</h1>
      <span class="soft">${count(found.length, view)}</span>
      ${view.search === '' ? undefined : pageLink({ ...view, search: '' }, 1, 'Show all')} ${searchForm(view)}
    </div>
    ${shown.length === 0 ? html`<div class="card empty">${empty}</div>` : table(shown, view)}
    ${pageNavigation(view, page, pages)}`
  return framePage({ title: 'Contacts', address, refreshes: view.refreshes, content })
}
