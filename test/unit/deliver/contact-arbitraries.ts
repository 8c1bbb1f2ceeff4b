import fc from 'fast-check'
import { contactCauses, type DesiredContact } from '../../../src/domain/contact.ts'

/** Few e-mails, so that contacts meet. */
export const emails = ['a@x.com', 'bb@x.com', 'ccc@x.com'] as const

const claim = (...values: readonly string[]) =>
  fc.record({ value: fc.constantFrom(...values), timeMs: fc.integer({ min: 1, max: 6 }) })

/** Contacts of two persons, whose claims contradict each other and come in any order. */
export const contact: fc.Arbitrary<DesiredContact> = fc
  .record({
    email: fc.constantFrom(...emails),
    personKey: fc.constantFrom('p', 'q'),
    revision: fc.integer({ min: 1, max: 6 }),
    cause: fc.constantFrom(...contactCauses),
    isReleased: fc.boolean(),
    name: claim('Doe', 'Roe'),
    status: fc.option(claim('in', 'out'), { nil: undefined }),
  })
  .map(({ isReleased, name, status, ...others }) => ({
    ...others,
    state: isReleased ? 'released' : 'active',
    fields: {
      ...(isReleased ? {} : { last_name: name }),
      ...(status === undefined ? {} : { 'custom_fields.VIP': status }),
    },
  }))

/** A contact, or the e-mail of one that is forgotten. */
export const contactOrEnd: fc.Arbitrary<DesiredContact | string> = fc.oneof(
  { weight: 6, arbitrary: contact },
  { weight: 1, arbitrary: fc.constantFrom(...emails) },
)

/** Contacts most of which change something: the latest of one person, at one time, of two e-mails. */
const livelyContact: fc.Arbitrary<DesiredContact> = fc
  .record({
    email: fc.constantFrom(emails[0], emails[0], emails[1]),
    value: fc.constantFrom('Doe', 'Roe'),
    status: fc.constantFrom('in', 'out', undefined),
    isReleased: fc.integer({ min: 0, max: 5 }).map((drawn) => drawn === 0),
    cause: fc.constantFrom(...contactCauses),
  })
  .map(({ email, value, status, isReleased, cause }) => ({
    email,
    cause,
    personKey: 'p',
    revision: 5,
    state: isReleased ? 'released' : 'active',
    fields: {
      ...(isReleased ? {} : { last_name: { value, timeMs: 3 } }),
      ...(status === undefined ? {} : { 'custom_fields.VIP': { value: status, timeMs: 3 } }),
    },
  }))

/** Contacts that change something, and sometimes the end of one. */
export const livelyContactOrEnd: fc.Arbitrary<DesiredContact | string> = fc.oneof(
  { weight: 8, arbitrary: livelyContact },
  { weight: 1, arbitrary: contactOrEnd },
)
