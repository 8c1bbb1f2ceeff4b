import type { InternalTopics } from '../../config/topics.ts'
import { copyContact, copyRecord } from '../../domain/copy.ts'
import type { OutputRecord } from '../../domain/record.ts'
import type { Letter } from './letter.ts'

/** The record that sends a letter's content through the program once more, or why there is none. */
export type Redrive =
  | { readonly type: 'copy'; readonly record: OutputRecord }
  | { readonly type: 'refused'; readonly reason: RefusedReason }

/**
 * - `incomplete`: parts of its value are missing;
 * - `no-source`: it is of a topic whose records are not read once more, or of a release that did not say when it was written.
 */
export type RefusedReason = 'incomplete' | 'no-source'

/**
 * A copy for the replay topic of the stage where the letter came up, and not for the topic that it came from, which others read
 * too. A contact that Zendesk refused, or that failed too often, is written once more in its current state: newer than what the
 * letter holds, if there is newer.
 */
export function redriveOf(letter: Letter, inputs: readonly string[], topics: InternalTopics): Redrive {
  const { source, key, value, headers } = letter
  if (!letter.isWhole) return { type: 'refused', reason: 'incomplete' }
  const content = { key, value, headers }
  if (source === null) {
    const { partition, offset, failedAtMs: timestampMs } = letter
    const contact = { ...content, topic: topics.deadLetter, partition, offset, timestampMs }
    // The key decides the partition: that of the letter says nothing.
    const copy = { ...copyContact(topics.deliverReplay, contact, 'refused') }
    delete copy.partition
    return { type: 'copy', record: copy }
  }
  const { topic, partition, offset, timestampMs } = source
  if (timestampMs === null) return { type: 'refused', reason: 'no-source' }
  const record = { ...content, topic, partition, offset, timestampMs }
  if (inputs.includes(topic)) return { type: 'copy', record: copyRecord(topics.assembleReplay, record) }
  if (topic === topics.contacts)
    return { type: 'copy', record: copyContact(topics.deliverReplay, record, null) }
  return { type: 'refused', reason: 'no-source' }
}
