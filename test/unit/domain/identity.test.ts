import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { chooseEmail, isHashedNamespace, normaliseEmail } from '../../../src/domain/identity.ts'
import { type Json, toJson } from '../../../src/domain/json.ts'

describe('a normalised e-mail', () => {
  it.each([
    ['jane@example.com', 'jane@example.com'],
    ['  Jane.Doe@EXAMPLE.com\t', 'jane.doe@example.com'],
    ['jane+vip@example.co.uk', 'jane+vip@example.co.uk'],
    ["o'brien@example.com", "o'brien@example.com"],
    ['j\u00e4ne@ex\u00e4mple.de', 'j\u00e4ne@ex\u00e4mple.de'],
    [`${'a'.repeat(242)}@example.com`, `${'a'.repeat(242)}@example.com`],
  ])('of %j is %j', (text, expected) => {
    expect(normaliseEmail(text)).toBe(expected)
  })

  it.each([
    '',
    ' ',
    'jane',
    '@example.com',
    'jane@',
    'jane@example',
    'jane@example.',
    'jane@.com',
    'jane doe@example.com',
    'jane@@example.com',
    'a@b@example.com',
    'Jane <jane@example.com>',
    'jane@example.com, joe@example.com',
    'jane;joe@example.com',
    'mailto:jane@example.com',
    '"jane"@example.com',
    'jane\u0000@example.com',
    'jane\n@example.com',
    'jane\u200b@example.com',
    'jane@exam\u00adple.com',
    '\ud800jane@example.com',
    '0123456789',
    '655332b5fa2aea4498bf7a290cff017cb4',
    `${'a'.repeat(243)}@example.com`,
  ])('does not exist for %j', (text) => {
    expect(normaliseEmail(text)).toBeUndefined()
  })

  it('is its own normal form, can be put in a URL, and holds no space', () => {
    const part = fc.string({
      unit: fc.oneof(fc.string({ minLength: 1, maxLength: 1 }), fc.string({ unit: 'binary', maxLength: 1 })),
      maxLength: 12,
    })
    fc.assert(
      fc.property(part, part, part, (local, host, top) => {
        const email = normaliseEmail(`${local}@${host}.${top}`)
        fc.pre(email !== undefined)
        expect(normaliseEmail(email)).toBe(email)
        expect(decodeURIComponent(encodeURIComponent(email))).toBe(email)
        expect(email).not.toMatch(/\s/)
      }),
    )
  })
})

const [first, second, third] = ['first@x.com', 'second@x.com', 'third@x.com']

describe('the chosen e-mail', () => {
  it.each<[string, Json[], string | undefined]>([
    [
      'is the primary one before an authenticated one',
      [{ id: first }, { id: second, authenticatedState: 'authenticated' }, { id: third, primary: true }],
      third,
    ],
    [
      'is the authenticated one before the first one',
      [
        { id: first, authenticatedState: 'ambiguous' },
        { id: second, authenticatedState: 'authenticated' },
      ],
      second,
    ],
    ['is the first one where no other is better', [{ id: first, primary: false }, { id: second }], first],
    [
      'is the first primary one of several',
      [{ id: first }, { id: second, primary: true }, { id: third, primary: true }],
      second,
    ],
    ['is the valid one though another is primary', [{ id: 'none', primary: true }, { id: second }], second],
    [
      'is the valid authenticated one though another is primary',
      [{ id: '', primary: true }, { id: second }, { id: third, authenticatedState: 'authenticated' }],
      third,
    ],
    ['skips the digits of XDM example 2', [{ id: '1234567890' }, { id: second }], second],
    [
      'is not taken from a loggedOut one before the first',
      [{ id: first }, { id: second, authenticatedState: 'loggedOut' }],
      first,
    ],
    ['needs primary to be true itself', [{ id: first }, { id: second, primary: 'true' }], first],
    ['reads prefixed members', [{ id: first }, { 'xdm:id': second, 'xdm:primary': true }], second],
    ['is normalised', [{ id: ' Second@X.com ' }], second],
    ['may stand as bare text', [second], second],
    ['does not exist in an empty list', [], undefined],
    ['does not exist in a list of other things', [1, true, [second], { id: 5 }, {}], undefined],
  ])('%s', (_claim, identities, expected) => {
    expect(
      chooseEmail({ identityMap: { ECID: [{ id: 'x@y.z', primary: true }], Email: identities } }, 'Email'),
    ).toBe(expected)
  })

  it.each(['Email', 'EMAIL', 'email', 'eMail'])('is found under %s, whatever case is configured', (key) => {
    for (const configured of ['Email', 'EMAIL', 'email']) {
      expect(chooseEmail({ identityMap: { [key]: [{ id: first }] } }, configured)).toBe(first)
    }
  })

  it('is the primary one even where the namespace comes in two cases', () => {
    const identityMap = { Email: [{ id: first }], EMAIL: [{ id: second, primary: true }] }
    expect(chooseEmail({ identityMap }, 'email')).toBe(second)
  })

  it.each<[string, Json]>([
    ['xdm:identityMap', { 'xdm:identityMap': { Email: [{ id: first }] } }],
    ['xdm_identityMap', { xdm_identityMap: { Email: [{ id: first }] } }],
  ])('is found in %s', (_claim, profile) => {
    expect(chooseEmail(profile, 'Email')).toBe(first)
  })

  it.each<[string, Json]>([
    ['no profile object', 'text'],
    ['no identityMap', { personalEmail: { address: first } }],
    ['an identityMap that is a list', { identityMap: [{ id: first }] }],
    ['a namespace that is no list', { identityMap: { Email: { id: first } } }],
    ['only another namespace', { identityMap: { email_lc_sha256: [{ id: first }] } }],
    ['an inherited member as namespace', { identityMap: {} }],
  ])('does not exist with %s', (_claim, profile) => {
    expect(chooseEmail(profile, 'Email')).toBeUndefined()
    expect(chooseEmail(profile, 'constructor')).toBeUndefined()
  })

  it('finds a namespace called __proto__ as data only', () => {
    const profile = toJson(JSON.parse(`{"identityMap": {"__proto__": [{"id": "${first}"}]}}`)) ?? {}
    expect(chooseEmail(profile, '__proto__')).toBe(first)
    expect(chooseEmail({ identityMap: {} }, '__proto__')).toBeUndefined()
  })

  it('follows primary, then authenticated, then position, for any list', () => {
    const identity = fc.record(
      {
        id: fc.constantFrom('a@x.com', 'b@x.com', 'c@x.com', 'invalid', ' D@X.COM '),
        primary: fc.boolean(),
        authenticatedState: fc.constantFrom('ambiguous', 'authenticated', 'loggedOut'),
      },
      { requiredKeys: ['id'] },
    )
    fc.assert(
      fc.property(fc.array(identity), (list) => {
        const points = (one: (typeof list)[number]): number =>
          one.primary === true ? 2 : one.authenticatedState === 'authenticated' ? 1 : 0
        const best = list
          .filter(({ id }) => id.includes('@'))
          .reduce<(typeof list)[number] | undefined>(
            (chosen, one) => (chosen === undefined || points(one) > points(chosen) ? one : chosen),
            undefined,
          )
        expect(chooseEmail({ identityMap: { Email: list as Json } }, 'email')).toBe(
          best?.id.trim().toLowerCase(),
        )
      }),
    )
  })
})

describe('a hashed namespace', () => {
  it.each([
    'email_lc_sha256',
    'Email_LC_SHA256',
    'emailsha256',
    'EmailSHA1',
    'sha-256',
    'email_sha',
    'md5Email',
    'hashedEmail',
    'emailHash',
  ])('%s is recognised', (namespace) => {
    expect(isHashedNamespace(namespace)).toBe(true)
  })

  it.each(['Email', 'EMAIL', 'email', 'Phone', 'SharedEmail', 'ShareId'])('%s is none', (namespace) => {
    expect(isHashedNamespace(namespace)).toBe(false)
  })
})
