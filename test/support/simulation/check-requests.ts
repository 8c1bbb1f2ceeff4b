import type { LedgerEntry } from '../../../src/domain/ledger.ts'
import { type DurableRecords, inDoubt } from './durable.ts'
import type { Report } from './violation.ts'
import type { HeldContact } from './account.ts'
import type { Request } from './zendesk.ts'

/** I3: no request leaves for a contact while another may still be carried out, whoever sent it. */
export function createFlightCheck(report: Report): { sends(request: Request): void } {
  const sent = new Map<string, readonly Request[]>()
  return {
    sends(request) {
      const underWay = (sent.get(request.email) ?? []).filter(({ overMs }) => overMs > request.sentMs)
      sent.set(request.email, [...underWay, request])
      for (const other of underWay) {
        report(
          'I3',
          `${request.life.name} sends to ${request.email} while a request of ${other.life.name}, ` +
            `sent ${request.sentMs - other.sentMs} ms before, may be carried out for another ${other.overMs - request.sentMs} ms`,
        )
      }
    },
  }
}

/** What the check of the number of requests knows. */
export interface RequestWorld {
  readonly durable: DurableRecords
  readonly contacts: readonly HeldContact[]
  readonly requests: readonly Request[]
  readonly report: Report
  /** Why the outcome of a request may not have reached the ledger; `undefined` where nothing happened. */
  causeOf(request: Request): string | undefined
}

/**
 * I4: no two contacts for an e-mail; and of each contact one request for each state that it was to have, plus one for each
 * whose outcome did not reach the ledger, for which there must be a cause, and one for each that found the contact removed by
 * hand. So without faults each state is sent once at most.
 */
export function checkRequestCount(world: RequestWorld): void {
  const { durable, report } = world
  for (const { email, id } of world.contacts) {
    const other = world.contacts.find((contact) => contact.email === email && contact.id > id)
    if (other !== undefined) report('I4', `two contacts for ${email}: ${id} and ${other.id}`)
  }
  // A look writes nothing: it says nothing of which requests were needed.
  const writes = world.requests.filter(({ isLook }) => !isLook)
  for (const email of new Set(writes.map((request) => request.email))) {
    const requests = writes.filter((request) => request.email === email)
    const unrecorded = requests.filter((request, index) => !isRecorded(request, requests[index + 1], durable))
    for (const request of unrecorded) {
      if (world.causeOf(request) !== undefined) continue
      report(
        'I4',
        `the outcome of a request to ${email} is not in the ledger, for no reason: ${request.outcome}`,
      )
    }
    const states = countStates(email, durable)
    const missing = world.requests.filter(
      (request) => request.email === email && request.outcome === 'missing',
    ).length
    if (requests.length <= states + unrecorded.length + missing) continue
    report(
      'I4',
      `${requests.length} requests to ${email} for ${states} states, ${unrecorded.length} unknown outcomes and ${missing} removals`,
    )
  }
}

/** True where the ledger says how the request ended, before the next one is announced. */
function isRecorded(request: Request, next: Request | undefined, durable: DurableRecords): boolean {
  const { email, write, answersMs } = request
  return durable
    .ledger(email)
    .some(
      ({ atMs, value }) =>
        atMs >= answersMs &&
        atMs <= (next?.sentMs ?? Infinity) &&
        (value.rejected === write.digest || saysAll(value, Object.keys(write.fields))),
    )
}

/** True where nothing of these fields is in doubt. Of others something may be for long: who left an e-mail sends no name. */
function saysAll({ fields }: LedgerEntry, names: readonly string[]): boolean {
  return names.every((name) => fields[name]?.hash !== inDoubt)
}

/** How many contents the contact was to have, one after the other. */
function countStates(email: string, durable: DurableRecords): number {
  const contents = durable
    .contacts(email)
    .map(({ value: { fields, state } }) => JSON.stringify([fields, state]))
  return contents.filter((content, index) => content !== contents[index - 1]).length
}
