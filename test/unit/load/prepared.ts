import { prepare, type Prepared, type PrepareRules } from '../../../sandbox/load/prepare.ts'
import { readSchema } from '../../../sandbox/load/schemas.ts'
import { shapeOf } from '../../../sandbox/load/shape.ts'

/** The rules of a load with the schemas that the project ships. */
export const rules: PrepareRules = {
  profile: shapeOf(JSON.parse(readSchema('profile'))),
  membership: shapeOf(JSON.parse(readSchema('segment-membership'))),
  key: null,
}

/** The records of a document that must not be rejected. */
export function prepareRecords(document: unknown): Extract<Prepared, { type: 'records' }> {
  const prepared = prepare(document, 'the-place', rules)
  if (prepared.type === 'rejected') throw new Error(prepared.reason)
  return prepared
}

/** Why a document is rejected. */
export function reasonOf(document: unknown): string {
  const prepared = prepare(document, 'the-place', rules)
  return prepared.type === 'rejected' ? prepared.reason : 'it is not rejected'
}

/** The profile that a document becomes, or `undefined`. */
export function profileOf(document: unknown): unknown {
  return prepareRecords(document).records.find(({ topic }) => topic === 'profiles')?.value
}

/** The membership record that a document becomes, or `undefined`. */
export function membershipOf(document: unknown): unknown {
  return prepareRecords(document).records.find(({ topic }) => topic === 'memberships')?.value
}
