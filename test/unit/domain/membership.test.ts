import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type Json, toJson } from '../../../src/domain/json.ts'
import { parseMemberships } from '../../../src/domain/membership.ts'
import type { Version } from '../../../src/domain/version.ts'

const recordTimeMs = 7000

function versionAt(eventTimeMs: number | undefined): Version {
  return { timeMs: eventTimeMs ?? recordTimeMs, rank: 1, offset: 3 }
}

function parse(segmentMembership: Json) {
  return parseMemberships(segmentMembership, versionAt)
}

function parseOne(member: Json) {
  return parse({ ups: { vip: member } })
}

describe('memberships of an AEP export', () => {
  it('are read with namespace, opaque segment id, status and version', () => {
    const { memberships, invalid } = parse({
      ups: {
        '7841ba61-23c1-4bb3-a495-00d3g5fe1e93': {
          lastQualificationTime: '2022-01-11T21:24:39Z',
          status: 'exited',
        },
        '59bd2fkd-3c48-4b18-bf56-4f5c5e6967ae': {
          lastQualificationTime: '2022-01-02T23:37:33Z',
          status: 'realized',
        },
      },
      CustomerAudienceUpload: { x: { status: 'existing', validUntil: '2022-02-01', name: 'ignored' } },
    })
    expect(invalid).toStrictEqual([])
    expect(memberships).toStrictEqual([
      {
        namespace: 'ups',
        segmentId: '7841ba61-23c1-4bb3-a495-00d3g5fe1e93',
        status: 'exited',
        validUntilMs: null,
        version: { timeMs: Date.UTC(2022, 0, 11, 21, 24, 39), rank: 1, offset: 3 },
      },
      {
        namespace: 'ups',
        segmentId: '59bd2fkd-3c48-4b18-bf56-4f5c5e6967ae',
        status: 'realized',
        validUntilMs: null,
        version: { timeMs: Date.UTC(2022, 0, 2, 23, 37, 33), rank: 1, offset: 3 },
      },
      {
        namespace: 'CustomerAudienceUpload',
        segmentId: 'x',
        status: 'realized',
        validUntilMs: Date.UTC(2022, 1, 1),
        version: { timeMs: recordTimeMs, rank: 1, offset: 3 },
      },
    ])
  })

  it.each<[string, Json, string]>([
    ['realized', { status: 'realized' }, 'realized'],
    ['existing, which is realized', { status: 'existing' }, 'realized'],
    ['exited', { status: 'exited' }, 'exited'],
    ['none, which XDM defaults to realized', {}, 'realized'],
    ['with the XDM prefix', { 'xdm:status': 'exited' }, 'exited'],
    ['with the prefix as Avro can spell it', { xdm_status: 'exited' }, 'exited'],
  ])('have the status %s', (_claim, member, expected) => {
    expect(parseOne(member).memberships.map(({ status }) => status)).toStrictEqual([expected])
  })

  it.each<[string, Json, number]>([
    ['lastQualificationTime', { lastQualificationTime: 1641936279000 }, 1641936279000],
    ['its prefixed spelling', { 'xdm:lastQualificationTime': '1970-01-01T00:00:01Z' }, 1000],
    ['the timestamp of older XDM', { 'xdm:timestamp': '1970-01-01T00:00:02Z' }, 2000],
    ['lastQualificationTime where both are there', { timestamp: 9, lastQualificationTime: 8 }, 8000],
    ['the record where neither is there', { status: 'exited' }, recordTimeMs],
  ])('take their version from %s', (_claim, member, expected) => {
    expect(parseOne(member).memberships.map(({ version }) => version.timeMs)).toStrictEqual([expected])
  })
})

describe('an unusable membership', () => {
  it.each<[string, Json, RegExp]>([
    ['an unknown status', { status: 'exiting' }, /unknown status/],
    ['a status in other case', { status: 'Realized' }, /unknown status/],
    ['a status that is no text', { status: 1 }, /unknown status/],
    ['an inherited name as status', { status: 'constructor' }, /unknown status/],
    ['a time that is none', { lastQualificationTime: 'yesterday' }, /lastQualificationTime that is no time/],
    ['an expiry that is none', { validUntil: 'never' }, /validUntil that is no time/],
    ['text in its place', 'realized', /not an object/],
    ['a list in its place', [], /not an object/],
  ])('with %s is named and leaves the others usable', (_claim, member, reason) => {
    const { memberships, invalid } = parse({ ups: { good: { status: 'exited' }, bad: member, last: {} } })
    expect(memberships.map(({ segmentId }) => segmentId)).toStrictEqual(['good', 'last'])
    expect(invalid).toStrictEqual([
      { place: 'segmentMembership[0][1]', reason: expect.stringMatching(reason) },
    ])
  })

  it('quotes neither values nor keys of the record, which can be personal data', () => {
    const secret = 'jane@example.com'
    const { invalid } = parse({ [secret]: { [secret]: { status: secret } }, [`2${secret}`]: secret })
    expect(invalid).toHaveLength(2)
    expect(JSON.stringify(invalid)).not.toContain('jane')
  })

  it.each<[string, Json]>([
    ['text', 'ups'],
    ['a list', []],
    ['a number', 1],
  ])('%s in place of the whole map is one invalid thing', (_claim, value) => {
    expect(parse(value)).toStrictEqual({
      memberships: [],
      invalid: [{ place: 'segmentMembership', reason: 'is not a map of namespaces' }],
    })
  })

  it('a namespace that is no map leaves the other namespaces usable', () => {
    const { memberships, invalid } = parse({ aam: 'x', ups: { vip: {} } })
    expect(memberships.map(({ namespace }) => namespace)).toStrictEqual(['ups'])
    expect(invalid).toStrictEqual([{ place: 'segmentMembership[0]', reason: 'is not a map of segments' }])
  })
})

describe('hostile keys', () => {
  it.each(['__proto__', 'constructor', 'prototype', 'toString'])(
    '%s is a segment id like any other',
    (key) => {
      const decoded = toJson(JSON.parse(`{"${key}": {"${key}": {"status": "exited"}}}`)) ?? {}
      expect(parse(decoded).memberships).toMatchObject([{ namespace: key, segmentId: key, status: 'exited' }])
      expect(Object.hasOwn(Object.prototype, 'status')).toBe(false)
    },
  )

  it('every segment comes out once, usable or invalid, whatever the record holds', () => {
    const member = fc.oneof(
      fc.record(
        { status: fc.constantFrom<Json>('realized', 'existing', 'exited', 'odd', 4) },
        { requiredKeys: [] },
      ),
      fc.jsonValue() as fc.Arbitrary<Json>,
    )
    const map = fc.dictionary(fc.string({ maxLength: 4 }), fc.dictionary(fc.string({ maxLength: 4 }), member))
    fc.assert(
      fc.property(map, (raw) => {
        const expected = Object.values(raw).reduce((sum, segments) => sum + Object.keys(segments).length, 0)
        const { memberships, invalid } = parse(raw)
        expect(memberships.length + invalid.length).toBe(expected)
      }),
    )
  })
})
