import { customFieldPrefix } from '../domain/sell-fields.ts'
import { type Finding, formatPath, showValue } from './problems.ts'
import type { Options } from './schema.ts'
import type { Lenient } from './structure.ts'

type Audiences = readonly (Lenient<Options['audiences'][number]> | undefined)[]

/** What is wrong between the audiences, and between them and the mapping: two writers of one field, two of one segment. */
export function checkAudiences(
  audiences: Lenient<Options['audiences']>,
  mapping: Lenient<Options['mapping']>,
): readonly Finding[] {
  if (audiences === undefined) return []
  return audiences.flatMap((audience, index) =>
    audience === undefined
      ? []
      : [
          ...checkField(audiences, index, mapping ?? []),
          ...checkSegment(audiences, index),
          ...checkDates(audience, index),
        ],
  )
}

function checkField(
  audiences: Audiences,
  index: number,
  mapping: NonNullable<Lenient<Options['mapping']>>,
): readonly Finding[] {
  const field = audiences[index]?.mappingId
  if (field === undefined) return []
  const path = ['audiences', index, 'mappingId']
  const findings: Finding[] = []
  if (field.startsWith(customFieldPrefix)) {
    const message = `write the name of the Sell custom field alone, without ${customFieldPrefix}, found ${showValue(field)}.`
    findings.push({ path, message })
  }
  const name = withoutPrefix(field)
  const first = audiences.findIndex(
    (other) => other?.mappingId !== undefined && withoutPrefix(other.mappingId) === name,
  )
  if (first !== index) {
    const message = `${showValue(field)} is already the field of ${formatPath(['audiences', first])}. Give each audience its own.`
    findings.push({ path, message })
  }
  const row = mapping.findIndex((other) => other?.target === customFieldPrefix + name)
  if (row !== -1) {
    const message = `${showValue(field)} is already the target of ${formatPath(['mapping', row])}. Two would write one field.`
    findings.push({ path, message })
  }
  return findings
}

function checkSegment(audiences: Audiences, index: number): readonly Finding[] {
  const { namespace, segmentId } = audiences[index] ?? {}
  if (namespace === undefined || segmentId === undefined) return []
  const first = audiences.findIndex(
    (other) => other?.namespace === namespace && other.segmentId === segmentId,
  )
  if (first === index) return []
  const message = `this segment is already ${formatPath(['audiences', first])}. Keep one of the two.`
  return [{ path: ['audiences', index, 'segmentId'], message }]
}

function checkDates(audience: NonNullable<Audiences[number]>, index: number): readonly Finding[] {
  const { startDate, endDate } = audience
  if (typeof startDate !== 'number' || typeof endDate !== 'number' || endDate > startDate) return []
  return [{ path: ['audiences', index, 'endDate'], message: 'must be after startDate.' }]
}

function withoutPrefix(field: string): string {
  return field.startsWith(customFieldPrefix) ? field.slice(customFieldPrefix.length) : field
}
