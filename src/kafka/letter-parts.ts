import type { OutputRecord } from '../domain/record.ts'
import type { Produce } from '../runtime/ports.ts'
import { partsOf, recordBytes } from './record-size.ts'

/** The header that says which part of the value a dead letter has, `2 of 3`. The others have the same source headers. */
export const partHeader = 'zendesk-activation.part'

/** Room for the header of a part, and for the batch around it. */
const reservedBytes = 1024

/**
 * A dead letter as records that are no larger than `maxBytes`: itself, or several with a part of its value each. With a key they
 * come one after another in its partition, without one they are dealt to several.
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

/**
 * `produce` for a dead-letter topic that takes `maxBytes` in a batch: of letters too, which may be too many for one. Other
 * topics' records are left as they are.
 */
export function withLetterParts(produce: Produce, topic: string, maxBytes: number): Produce {
  return async (records, mayGo) => {
    const others = records.filter((record) => record.topic !== topic)
    const letters = records.filter((record) => record.topic === topic)
    const parts = partsOf(
      letters.flatMap((letter) => letterParts(letter, maxBytes)),
      maxBytes - reservedBytes,
    )
    const ends = others.length === 0 ? [] : [...(await produce(others, mayGo))]
    for (const part of parts) ends.push(...(await produce(part, mayGo)))
    return ends
  }
}
