import { describe, expect, it } from '@jest/globals'
import { compilePath } from '../../../src/domain/path.ts'
import { prepare } from '../../../sandbox/load/prepare.ts'
import { membershipOf, prepareRecords, profileOf, reasonOf, rules } from './prepared.ts'

const identityMap = { CRMID: [{ id: 'c1' }] }
const person = { name: { lastName: 'Doe' } }
const realized = { ups: { s1: { status: 'realized', lastQualificationTime: '2022-01-02T23:37:33Z' } } }

describe('splitting', () => {
  it('makes a profile and a membership record, which share identities and times, of a document with both', () => {
    const times = { _repo: { modifyDate: '2022-01-01T00:00:00Z' }, timestamp: '2022-01-03T00:00:00Z' }
    const document = { identityMap, person, segmentMembership: realized, ...times }
    const { personKey, isIdentified, records } = prepareRecords(document)
    expect({ personKey, isIdentified }).toEqual({ personKey: 'c1', isIdentified: true })
    expect(records).toEqual([
      { topic: 'profiles', value: { identityMap, person, ...times } },
      { topic: 'memberships', value: { identityMap, segmentMembership: realized, ...times } },
    ])
  })

  it.each<[string, object, string[]]>([
    ['attributes alone', { personKey: 'p', person }, ['profiles']],
    ['identities alone', { identityMap }, ['profiles']],
    ['memberships alone', { personKey: 'p', segmentMembership: realized }, ['memberships']],
    ['memberships and identities', { identityMap, segmentMembership: realized }, ['memberships']],
    [
      'memberships, identities and times of the record',
      { identityMap, segmentMembership: realized, timestamp: '2022-01-03T00:00:00Z', '@id': 'x' },
      ['memberships'],
    ],
    [
      'memberships and an attribute without content',
      { identityMap, person: {}, segmentMembership: realized },
      ['memberships'],
    ],
    ['attributes and no membership', { identityMap, person, segmentMembership: { ups: {} } }, ['profiles']],
    ['a tombstone', { personKey: 'p', tombstone: true }, ['profiles']],
    ['no tombstone', { personKey: 'p', tombstone: false, person }, ['profiles']],
  ])('makes of %s the records it should', (_what, document, topics) => {
    expect(prepareRecords(document).records.map(({ topic }) => topic)).toEqual(topics)
  })

  it('makes a null value of a tombstone', () => {
    expect(prepareRecords({ personKey: 'p', tombstone: true })).toMatchObject({
      personKey: 'p',
      records: [{ topic: 'profiles', value: null }],
    })
  })

  it('lets statuses pass that nobody knows', () => {
    expect(membershipOf({ personKey: 'p', segmentMembership: { ups: { s: { status: 'paused' } } } })).toEqual(
      {
        segmentMembership: { ups: { s: { status: 'paused' } } },
      },
    )
  })
})

describe('bare documents', () => {
  it('takes an object of identities for the identity map', () => {
    const bare = { EMAIL: [{ 'xdm:id': 'a@example.com' }], 'https://example.com/ns/4': [{ 'xdm:id': '4' }] }
    expect(profileOf(bare)).toEqual({
      identityMap: { EMAIL: [{ id: 'a@example.com' }], 'https://example.com/ns/4': [{ id: '4' }] },
    })
  })

  it('takes an object of memberships for segmentMembership', () => {
    expect(membershipOf(realized)).toEqual({ segmentMembership: realized })
  })

  it.each([
    { 'xdm:identities': [{ id: 'a', namespace: { code: 'Email' } }] },
    { 'xdm:loyalties': [{ id: 'a' }] },
    { badges: [{ id: 'b1', name: 'Early adopter' }] },
    { 'xdm:traitMembership': { t1: { status: 'realized', lastQualificationTime: '2022-01-02T23:37:33Z' } } },
    { acme: { account: { status: 'active' } } },
    { acme: { account: { status: 'realized', validUntil: '2022-01-02' }, name: 'x' } },
  ])('takes %j for neither', (document) => {
    expect(reasonOf(document)).toMatch(
      /^has neither attributes nor identities nor memberships; not in the schema: /,
    )
  })
})

describe('person keys', () => {
  it('prefers personKey to the identities', () => {
    expect(prepareRecords({ personKey: 'p', identityMap, person }).personKey).toBe('p')
  })

  it('falls back to the place of a document that names nobody', () => {
    expect(prepareRecords({ person })).toMatchObject({ personKey: 'the-place', isIdentified: false })
  })

  it('takes the key from a path where one is given, and rejects a document that has none there', () => {
    const path = 'identityMap.Loyalty[0].id'
    const compiled = compilePath(path)
    if (compiled.type === 'invalid') throw new Error(compiled.problem)
    const withKey = { ...rules, key: { path, get: compiled.get } }
    const loyal = { 'xdm:identityMap': { ...identityMap, Loyalty: [{ 'xdm:id': 'l1' }] }, person }
    expect(prepare(loyal, 'x', withKey)).toMatchObject({ personKey: 'l1' })
    expect(prepare({ identityMap, person }, 'x', withKey)).toEqual({
      type: 'rejected',
      reason: 'identityMap.Loyalty[0].id: expected the person key, found nothing',
    })
  })
})

describe('names', () => {
  it('makes names plain on every level and keeps the keys of maps as they are', () => {
    const document = {
      'xdm:identityMap': { 'xdm:odd': [{ 'xdm:id': 'i', 'xdm:primary': true }] },
      'xdm:homeAddress': { '@id': 'a1', 'xdm:city': 'Paris', 'schema:latitude': 48.8 },
      'xdm:optInOut': { 'https://ns.adobe.com/xdm/channels/direct-mail': 'out', 'xdm:globalOptout': false },
      'repo:modifyDate': '2022-01-01',
    }
    expect(profileOf(document)).toEqual({
      identityMap: { 'xdm:odd': [{ id: 'i', primary: true }] },
      homeAddress: { _id: 'a1', city: 'Paris', _schema: { latitude: 48.8 } },
      optInOut: { _channels: { 'direct-mail': 'out' }, globalOptout: false },
      _repo: { modifyDate: '2022-01-01' },
    })
  })

  it('lists what the schema does not have once, whatever the keys of maps are', () => {
    const { leftOut } = prepareRecords({
      personKey: 'p',
      _acme: { tier: 1 },
      person: { name: { 'xdm:nickname': 'J' } },
      segmentMembership: {
        ups: { s1: { status: 'exited', segmentID: {} }, s2: { status: 'exited', segmentID: {} } },
      },
    })
    expect([...leftOut]).toEqual(['_acme', 'person.name.nickname', 'segmentMembership.*.*.segmentID'])
  })

  it('takes null for missing everywhere', () => {
    const document = {
      person: { name: null, gender: 'female' },
      identityMap: { A: null, CRMID: [null, { id: 'c' }] },
    }
    expect(profileOf(document)).toEqual({
      person: { gender: 'female' },
      identityMap: { CRMID: [{ id: 'c' }] },
    })
  })

  it('keeps a map key __proto__ a key', () => {
    const document = JSON.parse('{"identityMap":{"__proto__":[{"id":"x"}]}}') as unknown
    const profile = profileOf(document) as { identityMap: object }
    expect(Object.entries(profile.identityMap)).toEqual([['__proto__', [{ id: 'x' }]]])
  })
})

describe('times', () => {
  it.each([
    ['2022-01-11T21:24:39Z', '2022-01-11T21:24:39Z'],
    ['2019-04-15T02:41:50.000+0000', '2019-04-15T02:41:50.000+0000'],
    ['2019-04-15T02:41:50+0000', '2019-04-15T02:41:50+0000'],
    ['2018-04-26T15:52:25+00:00', '2018-04-26T15:52:25+00:00'],
    ['no time at all', 'no time at all'],
    [1641936279000, '1641936279000'],
    [1641936279, '1641936279'],
  ])('writes %j as the text %j', (given, written) => {
    const segmentMembership = { ups: { s: { lastQualificationTime: given, validUntil: given } } }
    expect(membershipOf({ personKey: 'p', segmentMembership })).toEqual({
      segmentMembership: { ups: { s: { lastQualificationTime: written, validUntil: written } } },
    })
  })

  it('keeps the times that exports give in UNIX milliseconds as numbers', () => {
    const segmentMembership = { ups: { s: { createdAt: 1641936279000, mappingUpdatedAt: 1641936279001 } } }
    expect(membershipOf({ personKey: 'p', segmentMembership })).toEqual({ segmentMembership })
  })
})

describe('rejections', () => {
  it.each<[unknown, string]>([
    [42, 'expected an object, found 42'],
    [['a'], 'expected an object, found a list'],
    [{}, 'has neither attributes nor identities nor memberships'],
    [{ personKey: 'p', _repo: {} }, 'has neither attributes nor identities nor memberships'],
    [{ identityMap: {} }, 'has neither attributes nor identities nor memberships'],
    [
      { a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1 },
      'has neither attributes nor identities nor memberships; not in the schema: a, b, c, d, e and 2 more',
    ],
    [{ person: { name: { lastName: 42 } } }, 'person.name.lastName: expected text, found 42'],
    [{ person: { name: 'Jane' } }, 'person.name: expected an object, found the text "Jane"'],
    [{ person: [] }, 'person: expected an object, found a list'],
    [
      { person: { birthYear: 1983.5 } },
      'person.birthYear: expected a whole number from -2147483648 to 2147483647, found 1983.5',
    ],
    [{ testProfile: 'yes' }, 'testProfile: expected true or false, found the text "yes"'],
    [{ organizations: 'Acme' }, 'organizations: expected a list, found the text "Acme"'],
    [{ organizations: ['Acme', 7] }, 'organizations[1]: expected text, found 7'],
    [{ loyalty: { points: '7' } }, 'loyalty.points: expected a number, found the text "7"'],
    [{ timestamp: true, identityMap }, 'timestamp: expected a time, found true'],
    [{ identityMap: [] }, 'identityMap: expected an object, found a list'],
    [{ identityMap: { Email: {} } }, 'identityMap.Email: expected a list, found an object'],
    [{ identityMap: { Email: [{ primary: true }] } }, 'identityMap.Email[0].id: missing'],
    [{ identityMap: { 'a.b c': [{ id: 1 }] } }, 'identityMap."a.b c"[0].id: expected text, found 1'],
    [
      { personKey: 'p', segmentMembership: { ups: { s: { version: 15 } } } },
      'segmentMembership.ups.s.version: expected text, found 15',
    ],
    [{ personKey: 'p', segmentMembership: [] }, 'segmentMembership: expected an object, found a list'],
    [{ person, 'xdm:person': person }, 'person: given twice, with and without a prefix'],
    [{ homeAddress: { city: 'a', 'xdm:city': 'b' } }, 'homeAddress.city: given twice'],
    [{ personKey: 7, person }, 'personKey: expected text, found 7'],
    [{ personKey: '', person }, 'personKey: expected text, found the text ""'],
    [{ tombstone: true }, 'tombstone: names no person; add a personKey'],
    [{ personKey: 'p', tombstone: 'true' }, 'tombstone: expected true or false, found the text "true"'],
    [
      { personKey: 'p', tombstone: true, person },
      'person: a tombstone erases the person, so it takes personKey or identityMap alone',
    ],
    [
      { person: { gender: 'x'.repeat(60), name: 'y'.repeat(60) } },
      `person.name: expected an object, found the text "${'y'.repeat(37)}..."`,
    ],
    [
      { workEmail: { address: 1, label: 2, type: 3, status: 4, primary: 5 } },
      'workEmail.address: expected text, found 1; workEmail.primary: expected true or false, found 5; ' +
        'workEmail.label: expected text, found 2; and 2 more',
    ],
  ])('rejects %j', (document, reason) => {
    expect(reasonOf(document)).toBe(reason)
  })
})
