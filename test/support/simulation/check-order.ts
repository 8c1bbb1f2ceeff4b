import type { LedgerEntry } from '../../../src/domain/ledger.ts'
import type { FieldValue } from '../../../src/domain/sell-fields.ts'
import { type Durable, type DurableRecords, inDoubt } from './durable.ts'
import type { Report } from './violation.ts'
import type { CarriedOutWrite, Request } from './zendesk.ts'

/** What the check of the order of writes knows. */
export interface OrderWorld {
  readonly durable: DurableRecords
  readonly carriedOut: readonly CarriedOutWrite[]
  readonly report: Report
}

/** One field of one contact as Zendesk has it, and how old what it holds is. */
interface Held {
  readonly value: FieldValue
  readonly said: Said
  readonly request: Request
}

/** When something was true by what was said of it, and which record of the contact said so last. */
interface Said {
  readonly timeMs: number
  readonly record: number
}

/**
 * I2: what Zendesk carries out for a field of a contact is never of an older event time than what it carried out for it
 * before, nor, where both are of one event time, what an earlier record said of it: a membership that runs out is exited as
 * of the time at which it began. "Before" is the order in which Zendesk carried things out, not that in which they were
 * sent: a request whose answer got lost counts when it is carried out, however late.
 *
 * The event time of a value is the one that its process announced in the ledger before it sent it; and to announce it is not
 * enough: a record of the contacts topic must have said this value as of this time by then. So neither a request that
 * carries what the contact held once, nor one that passes old for new, goes unseen. A contact that was removed by hand and
 * made anew is another contact.
 *
 * There is no exception for requests that are carried out late. Zendesk, as it is simulated, carries out what it will within
 * `zendesk.ambiguousHoldMs` of its sending, and nothing newer may leave for the contact before that is over. What a real one
 * carries out still later can overwrite something newer, which SPEC.md names among what cannot be guaranteed.
 */
export function checkOrder({ durable, carriedOut, report }: OrderWorld): void {
  const held = new Map<string, Held>()
  for (const { request, contactId } of carriedOut) {
    for (const [name, value] of Object.entries(request.write.fields)) {
      const place = `${name} of ${contactId} (${request.email})`
      const said = whenSaid(request, name, durable)
      if (said === null) {
        report(
          'I2',
          `${place} is written as ${JSON.stringify(value)}, which nothing says as of what is announced`,
        )
        continue
      }
      const before = held.get(place)
      const after = { value, said, request }
      if (before !== undefined && isOlder(said, before.said))
        report('I2', `${place} was ${describe(before)}, and is ${describe(after)}`)
      held.set(place, after)
    }
  }
}

function isOlder(a: Said, b: Said): boolean {
  return a.timeMs < b.timeMs || (a.timeMs === b.timeMs && a.record < b.record)
}

/** `null` where the request was not announced, or no record says what it carries as of the announced time. */
function whenSaid(request: Request, name: string, durable: DurableRecords): Said | null {
  const { email, life, sentMs, write } = request
  const announced = durable
    .ledger(email)
    .findLast((entry) => entry.life === life && entry.atMs <= sentMs && hashOf(entry, name) === inDoubt)
  const timeMs = announced?.value.fields[name]?.timeMs
  const value = JSON.stringify(write.fields[name])
  const record = durable.contacts(email).findLastIndex(({ atMs, value: { fields } }) => {
    const claim = fields[name]
    return atMs <= sentMs && claim?.timeMs === timeMs && JSON.stringify(claim?.value) === value
  })
  return timeMs === undefined || record === -1 ? null : { timeMs, record }
}

function hashOf({ value: { fields } }: Durable<LedgerEntry>, name: string): string | undefined {
  return fields[name]?.hash
}

function describe({ value, said: { timeMs, record }, request }: Held): string {
  const { life, sentMs, outcome } = request
  return `${JSON.stringify(value)} as of ${timeMs} by record ${record}, sent by ${life.name} at ${sentMs} (${outcome})`
}
