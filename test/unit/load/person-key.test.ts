import { describe, expect, it } from '@jest/globals'
import { personKeyOf } from '../../../sandbox/load/person-key.ts'

const id = (text: string, more: object = {}) => ({ id: text, ...more })

describe('personKeyOf', () => {
  it.each([
    [{ ECID: [id('e')], CRMID: [id('c')] }, 'c'],
    [{ ecid: [id('e')], crmid: [id('c')] }, 'c'],
    [{ CRM: [id('c')], ECID: [id('e')] }, 'c'],
    [{ Email: [id('a@example.com')], ECID: [id('e')] }, 'e'],
    [{ Loyalty: [id('l')], AAID: [id('a')] }, 'a'],
    [{ AAID: [id('a')], Loyalty: [id('l')] }, 'a'],
    [{ Email: [id('a@example.com')], Loyalty: [id('l')] }, 'l'],
    [{ Phone: [id('1')], Email: [id('a@example.com')] }, 'a@example.com'],
    [{ email_lc_sha256: [id('6553')], EMAIL: [id('a@example.com')] }, 'a@example.com'],
    [{ email_lc_sha256: [id('6553')] }, '6553'],
  ])('takes from %j the namespace that comes first: %s', (identityMap, key) => {
    expect(personKeyOf(identityMap)).toBe(key)
  })

  it('takes the primary identity, else the first authenticated one, else the first', () => {
    const authenticated = id('b', { authenticatedState: 'authenticated' })
    const identities = [id('a'), authenticated, id('c', { primary: true })]
    expect(personKeyOf({ CRMID: identities })).toBe('c')
    expect(personKeyOf({ CRMID: identities.slice(0, 2) })).toBe('b')
    expect(personKeyOf({ CRMID: identities.slice(0, 1) })).toBe('a')
  })

  it('spells an e-mail in one way, and nothing else', () => {
    expect(personKeyOf({ EMAIL: [id(' Jane@Example.COM ')] })).toBe('jane@example.com')
    expect(personKeyOf({ CRMID: [id('Abc')] })).toBe('Abc')
  })

  it('passes over identities without text, and namespaces without identities', () => {
    expect(personKeyOf({ CRMID: [id(' ')], ECID: [], Email: [id('a@example.com')] })).toBe('a@example.com')
  })

  it.each([[undefined], [{}], [{ CRMID: [] }], [{ CRMID: [id('')] }]])(
    'finds nobody in %j',
    (identityMap) => {
      expect(personKeyOf(identityMap)).toBeUndefined()
    },
  )
})
