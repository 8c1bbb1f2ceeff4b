import { readRecord } from '../../assemble/read-record.ts'
import type { AvroDecoder } from '../../avro/decoder.ts'
import type { Config } from '../../config/config.ts'
import { audienceField } from '../../domain/audience.ts'
import { readContact } from '../../deliver/read-contact.ts'
import type { ContactCodec } from '../../deliver/ports.ts'
import type { SourceRecord } from '../../domain/record.ts'
import { inputRules } from '../assemble-stage.ts'

/** The mapping ids of the audiences that a record names. */
export type AudiencesOf = (record: SourceRecord) => Promise<readonly string[]>

/** {@link AudiencesOf} for records of an input topic. A profile names none, and neither does what cannot be read. */
export function audiencesOfInput(config: Config, topic: string, decoder: AvroDecoder): AudiencesOf {
  const rules = inputRules(config).get(topic)
  if (rules?.kind !== 'memberships') return async () => Promise.resolve([])
  return async (record) => {
    const { event } = await readRecord(record, rules, async (bytes) => decoder.decode(bytes))
    if (event?.type !== 'memberships') return []
    return config.audiences
      .filter(({ namespace, segmentId }) =>
        event.memberships.some((named) => named.namespace === namespace && named.segmentId === segmentId),
      )
      .map(({ mappingId }) => mappingId)
  }
}

/** {@link AudiencesOf} for records of the contacts topic: those whose status stands in the contact. */
export function audiencesOfContact(config: Config, codec: ContactCodec): AudiencesOf {
  return async (record) => {
    const read = await readContact(record, codec)
    if (read.type !== 'contact') return []
    const { fields } = read.contact
    return config.audiences
      .filter((audience) => Object.hasOwn(fields, audienceField(audience)))
      .map(({ mappingId }) => mappingId)
  }
}
