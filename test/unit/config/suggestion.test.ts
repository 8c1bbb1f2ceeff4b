import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { closest } from '../../../src/config/suggestion.ts'
import { mappableFields } from '../../../src/domain/sell-fields.ts'

describe('the closest name', () => {
  it.each([
    ['lastname', 'last_name'],
    ['lastName', 'last_name'],
    ['Last Name', 'last_name'],
    ['emial', 'email'],
    ['phone_number', 'phone'],
    ['addres.city', 'address.city'],
    ['address_city', 'address.city'],
    ['billing_adress.postal_code', 'billing_address.postal_code'],
  ])('to %s is %s', (word, meant) => {
    expect(closest(word, mappableFields)).toBe(meant)
  })

  it.each(['', '_', 'x', 'shoe_size', 'zip', 'a'.repeat(100_000)])('to %p is none', (word) => {
    expect(closest(word, mappableFields)).toBeUndefined()
  })

  it('is found whatever one letter is missing, doubled or swapped with its neighbour', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('sessionTimeoutMs', 'brokers', 'requestsPerSecond', 'mapping'),
        fc.nat(),
        fc.constantFrom('missing', 'doubled', 'swapped'),
        (name, seed, mistake) => {
          const at = seed % (name.length - 1)
          const [before, here, next, after] = [name.slice(0, at), name[at], name[at + 1], name.slice(at + 2)]
          const middle = { missing: [next], doubled: [here, here, next], swapped: [next, here] }[mistake]
          const word = [before, ...middle, after].join('')
          expect(closest(word, ['sessionTimeoutMs', 'brokers', 'requestsPerSecond', 'mapping', 'http'])).toBe(
            name,
          )
        },
      ),
    )
  })
})
