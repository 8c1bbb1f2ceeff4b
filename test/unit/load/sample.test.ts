import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { createDocumentReader } from '../../../sandbox/load/documents.ts'
import { normaliseEmail } from '../../../src/domain/identity.ts'
import { prepareRecords } from './prepared.ts'

interface Identity {
  readonly id: string
  readonly primary?: boolean
  readonly authenticatedState?: string
}
interface Membership {
  readonly status?: string
  readonly lastQualificationTime?: string
  readonly validUntil?: string
  readonly [name: string]: unknown
}
interface Value {
  readonly identityMap?: Readonly<Record<string, readonly Identity[]>>
  readonly person?: { readonly name: { readonly firstName?: string; readonly lastName?: string } }
  readonly mobilePhone?: { readonly number: string }
  readonly personalEmail?: object
  readonly _repo?: { readonly modifyDate: string }
  readonly consents?: object
  readonly segmentMembership: Readonly<Record<string, Readonly<Record<string, Membership>>>>
}
interface Sent {
  readonly line: number
  readonly personKey: string
  readonly topic: string
  readonly value: Value | null
  readonly leftOut: readonly string[]
}

const sample = new URL('../../../sandbox/sample/', import.meta.url)
const text = readFileSync(new URL('people.ndjson', sample), 'utf8')
const lines = text.trimEnd().split('\n')
const readme = readFileSync(new URL('README.md', sample), 'utf8')

const vip = '5f0c2d1e-8a47-4c39-b6d2-00v1p3cu5t0m'
const newsletter = 'b2d9f6a4-1c7e-4f58-93ab-6e0d5c4f7a21'
const churn = 'churn_risk_2025-q1.csv'
const winterSale = '0d4e7c91-33b5-47aa-8f1c-9e2a6b8d5c70'

const sent: readonly Sent[] = lines.flatMap((line, index) => {
  const { personKey, records, leftOut } = prepareRecords(JSON.parse(line))
  return records.map(({ topic, value }) => ({
    line: index + 1,
    personKey,
    topic,
    value: value as Value | null,
    leftOut: [...leftOut],
  }))
})

const of = (key: string): readonly Sent[] => sent.filter(({ personKey }) => personKey === key)
const profilesOf = (key: string): readonly Value[] =>
  of(key).flatMap(({ topic, value }) => (topic === 'profiles' && value !== null ? [value] : []))
const membershipsOf = (key: string, segment: string, namespace = 'ups'): readonly Membership[] =>
  of(key).flatMap(({ topic, value }) => {
    const found = topic === 'memberships' ? value?.segmentMembership[namespace]?.[segment] : undefined
    return found === undefined ? [] : [found]
  })
const emailsOf = (key: string): readonly Identity[] => profilesOf(key)[0]?.identityMap?.['Email'] ?? []
const lastNamesOf = (key: string) => profilesOf(key).map(({ person }) => person?.name.lastName)

describe('the sample', () => {
  it('is newline-delimited JSON of 50 people, whom the loader takes without a rejection', () => {
    const reader = createDocumentReader()
    const documents = lines.flatMap((line) => reader.push({ type: 'text', text: line }))
    expect(documents.map(({ type, line }) => [type, line])).toEqual(lines.map((_, at) => ['value', at + 1]))
    expect(reader.end()).toEqual([])
    expect(new Set(sent.map(({ personKey }) => personKey)).size).toBe(50)
  })

  it('names in its README every person and no other', () => {
    const rows = [...readme.matchAll(/^\| (`[^|]+)\|/gm)].map(([, cell = '']) => cell)
    const named = rows.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, key = '']) => key))
    const ordinary = Array.from({ length: 9 }, (_, at) => `crm-${1042 + at}`)
    expect(new Set([...named, ...ordinary])).toEqual(new Set(sent.map(({ personKey }) => personKey)))
  })

  it('has no segment that its README does not explain', () => {
    const segments = sent.flatMap(({ topic, value }) =>
      topic === 'memberships' ? Object.values(value?.segmentMembership ?? {}).flatMap(Object.keys) : [],
    )
    const unexplained = segments.filter((segment) => !readme.includes(`\`${segment}\``))
    expect(new Set(segments).size).toBe(5)
    expect(unexplained).toEqual([])
  })

  it('uses domains and phone numbers that belong to nobody', () => {
    const domains = [...text.matchAll(/[\w.+-]@([\w.-]+\.\w+)/g)].map(([, domain = '']) =>
      domain.toLowerCase(),
    )
    expect(domains.length).toBeGreaterThan(50)
    expect(domains.filter((domain) => !/^example\.(?:com|org|net)$/.test(domain))).toEqual([])
    const numbers = [...text.matchAll(/"number":"([^"]+)"/g)].map(([, number = '']) =>
      number.replace(/[ -]/g, ''),
    )
    expect(numbers.length).toBeGreaterThan(20)
    expect(numbers.filter((number) => !fictional.test(number))).toEqual([])
  })
})

/** North America 555-01xx; Ofcom, ARCEP, BNetzA, PTS, ComReg and ACMA reserve the others for drama. */
const fictional = new RegExp(
  [
    '\\+1\\d{3}55501\\d\\d',
    '\\+447700900\\d{3}',
    '\\+442079460\\d{3}',
    '\\+33(?:63998|19900)\\d{4}',
    '\\+493023125\\d{3}',
    '\\+491713920(?:0\\d\\d)',
    '\\+46701740[6]\\d\\d',
    '\\+3532091\\d{5}',
    '\\+61491570156',
  ]
    .map((range) => `^${range}$`)
    .join('|'),
)

describe('e-mails and names in the sample', () => {
  it('has one in upper case with blanks around it, and a plus address', () => {
    expect(emailsOf('crm-1002')).toEqual([{ id: ' Priya.RAMAN@Example.COM ' }])
    expect(profilesOf('crm-1031')[0]?.identityMap?.['email']).toEqual([
      { id: 'miriam.adler+crm@example.com' },
    ])
  })

  it('has several where the primary one is not the first, and an authenticated one beside', () => {
    const [first, second, third] = emailsOf('crm-1003')
    expect([first?.primary, second?.primary]).toEqual([undefined, true])
    expect(third?.authenticatedState).toBe('authenticated')
  })

  it('has several where the authenticated one is not the first and none is primary', () => {
    const [first, second] = emailsOf('crm-1004')
    expect(emailsOf('crm-1004').some(({ primary }) => primary === true)).toBe(false)
    expect([first?.authenticatedState, second?.authenticatedState]).toEqual(['ambiguous', 'authenticated'])
  })

  it('has several of which the first are invalid', () => {
    const usable = emailsOf('crm-1005').map(({ id }) => normaliseEmail(id) !== undefined)
    expect(usable).toEqual([false, false, true, true])
  })

  it('has a person without a last name, one without an e-mail identity, and one with a hash alone', () => {
    expect(lastNamesOf('crm-1006')).toEqual([undefined])
    expect(emailsOf('crm-1006')).toHaveLength(1)
    expect(Object.keys(profilesOf('crm-1007')[0]?.identityMap ?? {})).toEqual(['CRMID'])
    expect(profilesOf('crm-1007')[0]?.personalEmail).toBeDefined()
    expect(Object.keys(profilesOf('crm-1008')[0]?.identityMap ?? {})).toEqual(['CRMID', 'email_lc_sha256'])
  })

  it('has names of several scripts', () => {
    expect(lastNamesOf('crm-1028')).toEqual(['张'])
    expect(lastNamesOf('crm-1029')).toEqual(['Ångström-Łukasiewicz'])
    expect(profilesOf('crm-1030')[0]?.person?.name.firstName).toMatch(/\p{Script=Arabic}/u)
  })

  it('has a person whose e-mail changes later, in two audiences', () => {
    const emails = profilesOf('crm-1034').map(({ identityMap }) => identityMap?.['Email']?.[0]?.id)
    expect(emails).toEqual(['daniel.osei@example.net', 'daniel.osei@example.com'])
    expect(membershipsOf('crm-1034', vip)).toHaveLength(1)
    expect(membershipsOf('crm-1034', churn, 'CustomerAudienceUpload')).toHaveLength(1)
  })

  it('has a person who withdrew the consent', () => {
    expect(profilesOf('crm-1035')[0]?.consents).toMatchObject({ marketing: { email: { val: 'n' } } })
  })
})

describe('memberships in the sample', () => {
  it.each([
    ['crm-1001', vip, ['realized']],
    ['crm-1009', vip, ['existing']],
    ['crm-1010', newsletter, ['exited']],
    ['crm-1011', vip, [undefined]],
    ['crm-1012', winterSale, ['realized']],
    ['crm-1014', vip, ['realized', 'exited']],
    ['crm-1018', vip, ['paused']],
    ['crm-1018', newsletter, ['realized']],
  ])('give %s in %s the statuses %j', (key, segment, statuses) => {
    expect(membershipsOf(key, segment).map(({ status }) => status)).toEqual(statuses)
  })

  it('come from three namespaces', () => {
    const record = of('crm-1013').find(({ topic }) => topic === 'memberships')
    expect(Object.keys(record?.value?.segmentMembership ?? {})).toEqual([
      'ups',
      'CustomerAudienceUpload',
      'AAM',
    ])
  })

  it.each([
    ['crm-1020', /^2025-\d\d-\d\dT[\d:]{8}Z$/],
    ['crm-1021', /^2025-\d\d-\d\dT[\d:]{8}\.\d{3}\+0000$/],
    ['crm-1022', /^2025-\d\d-\d\dT[\d:]{8}\+0300$/],
    ['crm-1023', /^2025-\d\d-\d\dT[\d:]{8}\+00:00$/],
    ['crm-1024', /^\d{13}$/],
  ])('have for %s a time as %s', (key, format) => {
    expect(membershipsOf(key, vip)[0]?.lastQualificationTime).toMatch(format)
  })

  it('carry the names and times that exports may add', () => {
    const [membership] = membershipsOf('crm-1024', vip)
    expect(membership).toMatchObject({ name: 'VIP customers', createdAt: expect.any(Number) })
  })

  it('end in the past, and far in the future', () => {
    const [past] = membershipsOf('crm-1025', vip)
    const [future] = membershipsOf('crm-1026', churn, 'CustomerAudienceUpload')
    expect(past?.validUntil).toMatch(/^2025-02-/)
    expect(future?.validUntil).toMatch(/^2099-/)
  })

  it('arrive with an older time after a newer one', () => {
    const [newer, older] = membershipsOf('crm-1015', newsletter)
    expect([newer?.status, older?.status]).toEqual(['exited', 'realized'])
    expect(Date.parse(String(newer?.lastQualificationTime))).toBeGreaterThan(
      Date.parse(String(older?.lastQualificationTime)),
    )
  })

  it('arrive before the profile, and without one', () => {
    expect(of('crm-1017').map(({ topic }) => topic)).toEqual(['memberships', 'profiles'])
    expect(of('crm-1038').map(({ topic }) => topic)).toEqual(['memberships'])
  })
})

describe('profiles in the sample', () => {
  it('arrive with an older time after a newer one', () => {
    const [newer, older] = profilesOf('crm-1016').map(({ _repo }) => Date.parse(String(_repo?.modifyDate)))
    expect(Number(newer)).toBeGreaterThan(Number(older))
    expect(lastNamesOf('crm-1016')).toEqual(['Gallagher', 'Gallaher'])
  })

  it('change a phone number', () => {
    const numbers = profilesOf('crm-1033').map(({ mobilePhone }) => mobilePhone?.number)
    expect(numbers).toEqual(['+44 7700 900456', '+44 7700 900999'])
  })

  it('come with prefixes, and a membership with a timestamp alone', () => {
    expect(text).toContain('"xdm:identityMap":{"CRMID":[{"xdm:id":"crm-1027"}]')
    expect(membershipsOf('crm-1027', vip)).toEqual([
      { status: 'existing', timestamp: '2025-02-28T15:52:25+00:00', version: '4' },
    ])
  })

  it('come three times, word for word', () => {
    const same = lines.filter((line) => line.includes('"crm-1032"'))
    expect(same).toHaveLength(3)
    expect(new Set(same).size).toBe(1)
  })

  it('are erased after profile and memberships', () => {
    expect(of('crm-1019').map(({ topic, value }) => [topic, value === null])).toEqual([
      ['profiles', false],
      ['memberships', false],
      ['profiles', true],
    ])
  })

  it('have keys of every kind', () => {
    expect(lines.filter((line) => line.includes('"personKey":"loyalty-88213"'))).toHaveLength(1)
    expect(of('30298471260983475610238475610298374651')).not.toEqual([])
    expect(emailsOf('lena.hartmann@example.org')).toEqual([{ id: 'Lena.Hartmann@example.org' }])
  })

  it('have an empty segmentMembership, and a field that the schema lacks', () => {
    expect(of('crm-1036').map(({ topic }) => topic)).toEqual(['profiles'])
    expect(of('crm-1037')[0]?.leftOut).toEqual(['_brightwater'])
    expect(sent.filter(({ leftOut }) => leftOut.length > 0).map(({ personKey }) => personKey)).toEqual([
      'crm-1037',
      'crm-1037',
    ])
  })
})
