import { type SeenContact, readContacts } from '../../sandbox/demo/zendesk-view.ts'
import type { LogEntry } from '../../sandbox/zendesk-sell/request-log.ts'
import { startZendeskSell, type ZendeskSellOptions } from '../../sandbox/zendesk-sell/server.ts'
import type { SellSwitches } from '../../sandbox/zendesk-sell/switches.ts'
import type { TrafficReport } from '../../sandbox/zendesk-sell/traffic.ts'

/** A request as the emulator's log shows it. */
export type SeenRequest = Omit<LogEntry, 'rawQuery' | 'bodyText'> & { readonly body: unknown }

/** A Zendesk Sell emulator of one test's own, within this process, with the ways to look at it and to disturb it. */
export interface Emulator {
  readonly url: string
  /** The token that it took at its start. */
  readonly token: string
  contacts(): Promise<readonly SeenContact[]>
  /** Every request of the API with a higher `seq`, all of them by default, in order of arrival. */
  requests(sinceSeq?: number): Promise<readonly SeenRequest[]>
  /** The `seq` of the last request so far, 0 where there was none. */
  lastSeq(): Promise<number>
  /** Contacts that were there before, as the API takes them; their ids, in the same order. */
  addContacts(contacts: readonly object[]): Promise<readonly number[]>
  /** Those that are meant to change something. */
  writes(): Promise<readonly SeenRequest[]>
  stats(): Promise<TrafficReport>
  addFault(fault: object): Promise<void>
  removeFaults(): Promise<void>
  setSwitches(switches: Partial<SellSwitches>): Promise<void>
  /** Somebody edits the contact of this e-mail by hand. */
  edit(email: string, changes: object): Promise<void>
  /** Refuses the token from now on; returns the one to use instead. */
  replaceToken(): Promise<string>
  stop(): Promise<void>
}

/** Starts an emulator. */
export async function startEmulator(options: ZendeskSellOptions): Promise<Emulator> {
  const sell = await startZendeskSell(options)
  const control = async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${sell.url}/_control${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`)
    return JSON.parse(text)
  }
  const requests = async (sinceSeq = 0): Promise<readonly SeenRequest[]> =>
    ((await control('GET', `/requests?since=${sinceSeq}`)) as { requests: SeenRequest[] }).requests
  return {
    url: sell.url,
    token: sell.token,
    contacts: async () => readContacts(sell.url),
    requests,
    lastSeq: async () => ((await control('GET', '/requests?limit=0')) as { lastSeq: number }).lastSeq,
    addContacts: async (contacts) =>
      ((await control('POST', '/contacts', { contacts })) as { ids: number[] }).ids,
    writes: async () => (await requests()).filter(({ method }) => method !== 'GET'),
    stats: async () => (await control('GET', '/stats')) as TrafficReport,
    async addFault(fault) {
      await control('POST', '/faults', fault)
    },
    async removeFaults() {
      await control('DELETE', '/faults')
    },
    async setSwitches(switches) {
      await control('PUT', '/switches', switches)
    },
    async edit(email, changes) {
      const { contacts } = (await control('GET', '/contacts')) as {
        contacts: { id: number; email: string }[]
      }
      const contact = contacts.find((candidate) => candidate.email === email)
      if (contact === undefined) throw new Error(`there is no contact of ${email}`)
      await control('PUT', `/contacts/${contact.id}`, changes)
    },
    replaceToken: async () => ((await control('PUT', '/token', {})) as { token: string }).token,
    stop: async () => sell.stop(),
  }
}

/**
 * A second, less what a machine that is busy with all suites may delay one request more than another on its way: of
 * requests that left with at most ten in any second, at most ten arrive in any such window.
 */
export const pacedWindowMs = 900

/** Most requests in any window of this length, as they arrived; by default in any sliding second. */
export function busiestWindow(requests: readonly SeenRequest[], windowMs = 1000): number {
  const times = requests.map(({ monotonicMs }) => monotonicMs).sort((a, b) => a - b)
  return Math.max(0, ...times.map((end, last) => last + 1 - times.findIndex((time) => time > end - windowMs)))
}

/** How often each contact was written, by e-mail; writes by contact id have none and are left out. */
export function writesByEmail(writes: readonly SeenRequest[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { email } of writes) if (email !== null) counts.set(email, (counts.get(email) ?? 0) + 1)
  return counts
}
