import type { ServerResponse } from 'node:http'

import type { Target } from './api.ts'
import { contactPage, missingPage } from './contact-page.ts'
import { listPage } from './page.ts'
import { pageHeaders } from './page-frame.ts'
import type { Sell } from './sell.ts'
import { currentContact, currentContacts } from './store.ts'

/** Whether a request is for a page, not for the API. */
export function isPage(method: string, path: string): boolean {
  return method === 'GET' && (path === '/' || /^\/contacts\/[^/]*$/.test(path))
}

/** Serves the list at `/` (`?q=`, `?page=`) or the page of a contact; `?refresh=off` stops the reloading. */
export function servePage(sell: Sell, response: ServerResponse, { path, rawQuery }: Target): void {
  const query = new URLSearchParams(rawQuery)
  const refreshes = query.get('refresh') !== 'off'
  const shared = { customFields: sell.customFields, refreshes, nowEpochMs: sell.clock.epochMs() }
  const id = /^\/contacts\/(?<id>\d{1,15})$/.exec(path)?.groups?.['id']
  const contact = id === undefined ? undefined : currentContact(sell.contacts, Number(id))
  const isMissing = path !== '/' && contact === undefined
  const page = /^\d{1,9}$/.test(query.get('page') ?? '') ? Number(query.get('page')) : 1
  const text = isMissing
    ? missingPage(refreshes)
    : contact === undefined
      ? listPage({ ...shared, contacts: currentContacts(sell.contacts), search: query.get('q') ?? '', page })
      : contactPage({ ...shared, contact })
  response.writeHead(isMissing ? 404 : 200, pageHeaders)
  response.end(text)
}
