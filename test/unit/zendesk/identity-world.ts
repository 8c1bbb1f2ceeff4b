import type { ServerResponse } from 'node:http'

import { startZendeskSell } from '../../../sandbox/zendesk-sell/server.ts'
import type { SellSwitches } from '../../../sandbox/zendesk-sell/switches.ts'
import type { WriteOutcome } from '../../../src/deliver/contact-writer.ts'
import type { DesiredContact } from '../../../src/domain/contact.ts'
import {
  type LedgerEntry,
  recordFound,
  recordMissing,
  recordRejection,
  recordWrite,
} from '../../../src/domain/ledger.ts'
import { planWrite, type Write } from '../../../src/domain/plan.ts'
import type { FieldValues } from '../../../src/domain/sell-fields.ts'
import { type ContactPolicy, defaultContactPolicy } from '../../../src/zendesk/contact-identity.ts'
import { createResources, fixedToken } from './clients.ts'
import { type Received, startHttpServer } from './test-server.ts'

const digest = (text: string): string => `#${text}`
/** More requests than any history of one contact needs. */
const patience = 10

/** One contact, jane@example.com, that the program keeps in an emulator of Sell in which others have their hands. */
export interface IdentityWorld {
  /** Says what the contact should hold from now on, and sends until nothing is left to do: how each request ended. */
  write(fields: FieldValues, most?: number): Promise<readonly WriteOutcome['type'][]>
  /** Sends what is left to do. */
  again(): Promise<readonly WriteOutcome['type'][]>
  lastOutcome(): WriteOutcome | undefined
  /** People make contacts; their ids. */
  seed(...contacts: readonly object[]): Promise<readonly number[]>
  /** Somebody deletes a contact. */
  remove(id: number): Promise<void>
  /** The ids of the contacts that hold all of this. */
  idsWith(part: object): Promise<readonly number[]>
  fault(fault: object): Promise<void>
  /** The next list is this, whatever Sell holds. */
  lists(...contacts: readonly { readonly id: number; readonly email: string | null }[]): void
  listsText(body: string): void
}

/** Worlds, released after each test. */
export function createIdentityWorlds() {
  const resources = createResources()
  const stops: (() => Promise<void>)[] = []

  async function start(
    contacts: ContactPolicy = defaultContactPolicy,
    switches: Partial<SellSwitches> = {},
  ): Promise<IdentityWorld> {
    const sell = await startZendeskSell({ ratePerSecond: 0, switches })
    stops.push(async () => sell.stop())
    let list: string | undefined
    const front = await resources.server(
      startHttpServer((response, request) => {
        const said = request.method === 'GET' ? list : undefined
        if (said === undefined) return void forward(sell.url, request, response)
        list = undefined
        response.end(said)
      }),
    )
    const client = resources.client(front.origin, { token: fixedToken(sell.token), contacts })
    return createWorld({
      write: async (write) => client.write(write),
      control: async (method, path, body) => control(sell.url, method, path, body),
      listsText: (text) => {
        list = text
      },
    })
  }

  return {
    start,
    release: async () => {
      await resources.release()
      for (const stop of stops.splice(0)) await stop()
    },
  }
}

interface WorldPorts {
  readonly write: (write: Write) => Promise<WriteOutcome>
  readonly control: (method: string, path: string, body?: unknown) => Promise<unknown>
  readonly listsText: (text: string) => void
}

function createWorld({ write, control, listsText }: WorldPorts): IdentityWorld {
  let ledger: LedgerEntry | null = null
  let desired = desiredOf({})
  let last: WriteOutcome | undefined
  let timeMs = 0

  async function again(most = patience): Promise<readonly WriteOutcome['type'][]> {
    const outcomes: WriteOutcome['type'][] = []
    for (;;) {
      const plan = planWrite(desired, ledger, digest)
      if (plan.type === 'none' || plan.type === 'look' || outcomes.length === most) return outcomes
      if (outcomes.length > patience) throw new Error(`does not come to an end: ${outcomes.join(', ')}`)
      last = await write(plan)
      outcomes.push(last.type)
      ledger = record(plan, last, ledger)
    }
  }

  function record(plan: Write, outcome: WriteOutcome, before: LedgerEntry | null): LedgerEntry | null {
    switch (outcome.type) {
      case 'written':
        return recordWrite(desired, plan, outcome.contactId, before, digest, 0)
      case 'found':
      case 'chosen':
        return recordFound(plan, outcome.contactId, before, 0)
      case 'rejected':
      case 'absent':
        return recordRejection(plan, before, 0)
      case 'missing':
        return before === null ? null : recordMissing(before)
      default:
        return before
    }
  }

  function desiredOf(fields: FieldValues): DesiredContact {
    const claims = Object.entries(fields).map(([name, value]) => [name, { value, timeMs }] as const)
    return {
      email: 'jane@example.com',
      personKey: 'p1',
      state: 'active',
      fields: Object.fromEntries(claims),
      revision: 1,
      cause: 'change',
    }
  }

  return {
    again,
    async write(fields, most) {
      timeMs += 1
      desired = desiredOf(fields)
      return again(most)
    },
    lastOutcome: () => last,
    seed: async (...contacts) =>
      ((await control('POST', '/contacts', contacts)) as { ids: readonly number[] }).ids,
    async remove(id) {
      await control('DELETE', `/contacts/${id}`)
    },
    async idsWith(part) {
      const { contacts } = (await control('GET', '/contacts')) as { contacts: Record<string, unknown>[] }
      return contacts
        .filter((contact) => Object.entries(part).every(([name, value]) => contact[name] === value))
        .map(({ id }) => Number(id))
    },
    async fault(fault) {
      await control('POST', '/faults', fault)
    },
    lists: (...contacts) =>
      listsText(
        JSON.stringify({ items: contacts.map((data) => ({ data: { is_organization: false, ...data } })) }),
      ),
    listsText,
  }
}

/** Hands a request to `url` and its answer back; a connection that breaks there breaks here. */
async function forward(url: string, request: Received, response: ServerResponse): Promise<void> {
  const { authorization = '', accept = '', 'user-agent': userAgent = '' } = request.headers
  const headers = { authorization, accept, 'user-agent': userAgent, 'content-type': 'application/json' }
  const { method, body } = request
  try {
    const answer = await fetch(url + request.url, { method, headers, ...(body === '' ? {} : { body }) })
    response.writeHead(answer.status).end(await answer.text())
  } catch {
    response.socket?.resetAndDestroy()
  }
}

async function control(url: string, method: string, path: string, body?: unknown): Promise<unknown> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  const response = await fetch(`${url}/_control${path}`, { method, ...sent })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`)
  return JSON.parse(text)
}
