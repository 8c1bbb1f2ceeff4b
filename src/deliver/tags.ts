import { type Digest, ownIn } from '../domain/ledger.ts'
import type { Write } from '../domain/plan.ts'
import { listIn, tagsField } from '../domain/sell-fields.ts'
import { mergeTags } from '../domain/tags.ts'
import type { DeliverContext } from './context.ts'
import { recordUnwritten } from './outcome.ts'
import type { PlannedWrite, SendResult, Unfinished } from './send-result.ts'

type Update = Extract<Write, { type: 'update' }>

/** True for a write that cannot be sent before the contact's tags are known: Sell replaces all of them. */
export function writesTags(write: Write): write is Update {
  return write.type === 'update' && Object.hasOwn(write.fields, tagsField)
}

/**
 * Reads the tags of a contact, right before they are written. What somebody tags in between is lost, as Sell has no
 * conditional requests; that is the time between two requests.
 */
export async function readTags(
  context: DeliverContext,
  planned: PlannedWrite & { readonly write: Update },
  mayGo: () => Promise<boolean>,
): Promise<SendResult | Unfinished> {
  const { ports, dirty } = context
  const { email, contactId } = planned.write
  if (!(await mayGo()) || context.isClosed()) {
    dirty.release(planned.taken)
    return { type: 'avoided' }
  }
  const outcome = await ports.writeContact({ type: 'look', email, contactId, names: [tagsField] })
  if (outcome.type === 'written') throw new Error('a read of tags ended as a write')
  if (outcome.type !== 'looked') return recordUnwritten(context, planned, outcome)
  ports.metrics.outcome(outcome.type)
  const found = outcome.fields[tagsField]
  if (found === undefined) {
    // Without leave to read, each write of tags would take away those of others.
    dirty.release(planned.taken)
    return { type: 'unauthorised' }
  }
  if (found === null) return { type: 'failed', ambiguous: false, reason: 'no_tags_in_answer', planned }
  return { type: 'unfinished', tags: listIn(found) }
}

/** What is sent for a planned write to a contact that has the tags `found`. */
export function withTags({ write, ledger }: PlannedWrite, found: readonly string[], digest: Digest): Write {
  const wanted = listIn(write.fields[tagsField])
  const tags = mergeTags({ found, wanted, own: ownIn(ledger) }, digest)
  return { ...write, fields: { ...write.fields, [tagsField]: tags } }
}

/** True where a contact with the tags `found` already is as `write` says, which says nothing else. */
export function changesNothing({ fields }: Write, found: readonly string[]): boolean {
  const tags = listIn(fields[tagsField])
  const isSame = tags.length === found.length && tags.every((tag) => found.includes(tag))
  return isSame && Object.keys(fields).length === 1
}
