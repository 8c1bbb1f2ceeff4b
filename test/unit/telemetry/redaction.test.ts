import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { normaliseEmail } from '../../../src/domain/identity.ts'
import { redactData, redactText } from '../../../src/telemetry/redaction.ts'

const token = '0123456789abcdef'.repeat(4)

describe('text', () => {
  it.each([
    ['an address', 'no contact for jane.doe@example.com found'],
    ['an address in brackets', 'Jane <jane.doe@example.com>, [jane.doe@example.com] (jane.doe@example.com)'],
    ['an address in quotes', `"jane.doe@example.com" and 'jane.doe@example.com'`],
    ['an address with a plus sign', 'jane.doe+shop@example.com'],
    ['an address without a dot in its domain', 'jane.doe@localhost'],
    [
      'an address in a URL',
      'PUT https://api.getbase.com/v2/contacts/upsert?email=jane.doe%40example.com&x=1',
    ],
    ['an address escaped twice', 'path=%2Fupsert%3Femail%3Djane.doe%2540example.com'],
    ['an address escaped as JSON', String.raw`{"email":"jane.doe\u0040example.com"}`],
    ['an address with a full-width sign', 'jane.doe\uff20example.com'],
    ['an address before a path', 'jane.doe@example.com/v2/contacts'],
    ['an address with a slash', 'jane.doe/x@example.com'],
    ['user information in a URL', 'https://user:jane.doe@registry.example.com/subjects'],
  ])('loses %s', (_case, text) => {
    const safe = redactText(text)
    expect(safe).not.toMatch(/jane/)
    expect(safe).toContain('[redacted]')
  })

  it.each([
    ['a token of Sell', `sent ${token} to it`],
    ['a shorter token', `sent ${token.slice(0, 40)} to it`],
    ['a token in a header', `Authorization: Bearer ${token.slice(0, 20)}`],
    ['a bearer token', `"bearer ${token.slice(0, 12)}"`],
    ['basic credentials', 'authorization: Basic MDEyMzQ1Njc4OWFiY2RlZg=='],
    ['basic credentials in JSON', String.raw`{\"authorization\":\"Basic MDEyMzQ1Njc4OWFiY2RlZg==\"}`],
    ['a password', 'connect failed, password=0123456789ab;'],
    ['a refresh token', '{"refresh_token":"0123456789ab"}'],
    ['a JSON web token', 'eyJhbGciOiJub25lIn0123456789.eyJzdWIiOiIwMTIzNDU2Nzg5In0.MDEyMzQ1'],
    ['a long token of base64url', `k-_${token.slice(0, 30)}-${token.slice(0, 34)}`],
  ])('loses %s', (_case, text) => {
    const safe = redactText(text)
    expect(safe).not.toMatch(/0123456789ab|MDEyMzQ1/)
    expect(safe).toContain('[redacted]')
  })

  it.each([
    'za.segment-memberships[11] from offset 18446744073709551615: connect ECONNREFUSED 127.0.0.1:9092',
    'file:///app/node_modules/@kafkajs/confluent-schema-registry/dist/index.js:12',
    'Zendesk refuses the token: replace that in zendesk.tokenFile',
    'zendesk-activation.assemble-replay',
    '7c9e6679-7425-40de-944b-e07fc1f90ae7 restored @ 5 s',
    'password file is missing',
  ])('without any of that stays as it is: %s', (text) => {
    expect(redactText(text)).toBe(text)
  })

  it('loses every address that the program itself takes for one', () => {
    const part = fc.stringMatching(/^[^\s@"<>(),;:\\]{1,12}$/)
    const address = fc.oneof(
      fc.emailAddress(),
      fc.tuple(part, part, part).map(([a, b, c]) => `${a}@${b}.${c}`),
    )
    fc.assert(
      fc.property(address, fc.constantFrom('', ' ', '"', '(', 'to: '), (email, before) => {
        fc.pre(normaliseEmail(email) !== undefined)
        const safe = redactText(`${before}${email} end`)
        expect(safe).not.toContain(email)
        expect(safe).not.toContain('@')
      }),
      { numRuns: 2000 },
    )
  })

  it('is cut, and of any length takes milliseconds', () => {
    for (const text of [
      'a'.repeat(10_000_000),
      '@'.repeat(1_000_000),
      'a-'.repeat(1_000_000),
      'x@ '.repeat(300_000),
    ]) {
      const startedAtMs = performance.now()
      expect(redactText(text).length).toBeLessThanOrEqual(2003)
      expect(performance.now() - startedAtMs).toBeLessThan(500)
    }
  })
})

describe('data', () => {
  it('is redacted in every text, names of members included, and keeps its form', () => {
    const data = JSON.parse(
      '{"a":["jane@example.com",{"b":"jane@example.com"}],"jane@example.com":1,"n":null,"__proto__":"jane@example.com"}',
    ) as unknown
    expect(JSON.stringify(redactData(data))).toBe(
      '{"a":["[redacted]",{"b":"[redacted]"}],"[redacted]":1,"n":null,"__proto__":"[redacted]"}',
    )
  })
})
