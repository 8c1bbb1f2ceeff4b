import type { OutputRecord } from '../domain/record.ts'
import type { Produce } from '../runtime/ports.ts'
import { recordBytes } from './record-size.ts'

/** The header that says which part of the value a dead letter has, `2 of 3`. The others have the same source headers. */
export const partHeader = 'zendesk-activation.part'

/** Room for the header of a part, and for the batch around it. */
const reservedBytes = 1024

/**
 * A dead letter as records that are no larger than `maxBytes`: itself, or several with a part of its value each, in order.
 * Else one record that no topic takes would end the process, and again after every restart, and the records behind it would
 * wait. One whose key and headers alone are as large is left as it is.
 */
export function letterParts(letter: OutputRecord, maxBytes: number): readonly OutputRecord[] {
  const { value } = letter
  if (value === null || recordBytes(letter) + reservedBytes <= maxBytes) return [letter]
  const room = maxBytes - reservedBytes - recordBytes({ ...letter, value: null })
  if (room < reservedBytes) return [letter]
  const count = Math.ceil(value.byteLength / room)
  return Array.from({ length: count }, (_, index) => ({
    ...letter,
    value: value.subarray(index * room, (index + 1) * room),
    headers: { ...letter.headers, [partHeader]: `${index + 1} of ${count}` },
  }))
}

/** `produce` for a dead-letter topic that takes records of `maxBytes`. Other topics' records are left as they are. */
export function withLetterParts(produce: Produce, topic: string, maxBytes: number): Produce {
  return async (records, mayGo) =>
    produce(
      records.flatMap((record) => (record.topic === topic ? letterParts(record, maxBytes) : [record])),
      mayGo,
    )
}
