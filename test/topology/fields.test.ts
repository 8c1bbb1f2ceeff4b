import { beforeEach, describe, expect, it } from '@jest/globals'
import type { FieldMapping } from '../../src/domain/mapping.ts'
import { createTopologyDriver, type TopologyDriver } from '../support/topology-driver.ts'

const email = 'jane@example.com'
const row = (field: string, source: string, more: Partial<FieldMapping>): FieldMapping => ({
  target: `custom_fields.${field}`,
  source,
  transforms: [],
  ...more,
})

const rows: readonly FieldMapping[] = [
  row('Points', 'loyalty.points', { type: 'number', whenNull: 'clear' }),
  row('Ids', 'loyalty.loyaltyID[*]', { type: 'multi_select_list', choices: ['a', 'b', 'c'] }),
  row('Home', 'homeAddress', { type: 'address', whenNull: 'clear' }),
  row('Changed', '_repo.modifyDate', { type: 'datetime' }),
  row('Mails', 'consents.marketing.email.val', { type: 'bool' }),
  { target: 'title', source: 'person.name.courtesyTitle', transforms: [], whenNull: 'clear' },
]

const xdm = {
  person: { name: { lastName: 'Doe', courtesyTitle: 'Dr' } },
  loyalty: { points: 120, loyaltyID: ['b', 'a'] },
  homeAddress: { street1: 'Main St 1', city: 'Bonn', countryCode: 'DE', primary: true },
  consents: { marketing: { email: { val: 'y' } } },
}

let driver: TopologyDriver

beforeEach(async () => {
  driver = await createTopologyDriver()
  driver.configure((config) => ({ ...config, fieldMappings: [...config.fieldMappings, ...rows] }))
  await driver.restart()
})

describe('a contact with typed custom fields', () => {
  const written = {
    last_name: 'Doe',
    title: 'Dr',
    'custom_fields.Points': 120,
    'custom_fields.Ids': ['b', 'a'],
    'custom_fields.Home': { line1: 'Main St 1', city: 'Bonn', country: 'DE' },
    'custom_fields.Mails': true,
  }

  it('holds numbers, lists, addresses and booleans as Sell takes them', async () => {
    driver.profile('p1', { email, xdm })
    await driver.quiet()
    expect(driver.zendesk.fields(email)).toStrictEqual(written)
  })

  it('costs no request where a profile says the same again, also after a restart from compacted topics', async () => {
    driver.profile('p1', { email, xdm })
    await driver.quiet()
    await driver.restart({ compacted: true })
    driver.profile('p1', { email, xdm: { ...xdm, homeAddress: { ...xdm.homeAddress, label: 'other' } } })
    await driver.quiet()
    expect(driver.requests).toHaveLength(1)
  })

  it('is written the one field that changed, a list whole', async () => {
    driver.profile('p1', { email, xdm })
    await driver.quiet()
    driver.profile('p1', { email, xdm: { ...xdm, loyalty: { points: 120, loyaltyID: ['b', 'c'] } } })
    await driver.quiet()
    expect(driver.sent().at(-1)?.fields).toStrictEqual({ 'custom_fields.Ids': ['b', 'c'] })
  })

  it('keeps the old value where the new one does not fit, which is counted with its reason', async () => {
    driver.profile('p1', { email, xdm })
    await driver.quiet()
    driver.profile('p1', { email, xdm: { ...xdm, loyalty: { points: 120, loyaltyID: ['new'] } } })
    await driver.quiet()
    expect(driver.zendesk.fields(email)).toStrictEqual(written)
    expect(driver.requests).toHaveLength(1)
    expect(driver.counts.of('unusable custom_fields.Ids no_choice')).toBe(1)
  })

  it('is cleared of what the profile has no more where the mapping says so, and of nothing else', async () => {
    driver.profile('p1', { email, xdm })
    await driver.quiet()
    driver.profile('p1', { email, xdm: { person: { name: { lastName: 'Doe' } } } })
    await driver.quiet()
    expect(driver.sent().at(-1)?.fields).toStrictEqual({
      title: null,
      'custom_fields.Points': null,
      'custom_fields.Home': null,
    })
  })
})
