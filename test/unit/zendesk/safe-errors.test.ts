import { describe, expect, it } from '@jest/globals'

import { toSafeErrors } from '../../../src/zendesk/safe-errors.ts'

const fieldsSent = ['last_name', 'custom_fields.My Field; v.2', 'custom_fields.a/b', 'custom_fields.1\u00b0']

describe('what is passed on of an error', () => {
  it.each([
    ['/last_name', '/last_name'],
    ['/data/address/city', '/data/address/city'],
    ['last_name', 'last_name'],
    ['/tags/0', '/tags/0'],
    ['custom_fields', 'custom_fields'],
    ['/custom_fields/vip', '/custom_fields/vip'],
    ['/custom_fields/My Field; v.2', '/custom_fields/My Field; v.2'],
    ['/data/custom_fields/My Field; v.2', '/data/custom_fields/My Field; v.2'],
    ['/custom_fields/1\u00b0', '/custom_fields/1\u00b0'],
    ['/custom_fields/a~1b', '/custom_fields/a~1b'],
    ['/custom_fields/a/b', '/custom_fields/a/b'],
    ['/custom_fields/Jane Doe', null],
    ['/email/jane@example.com', null],
    ['jane@example.com', null],
    ['/phone/+1 555 0100', null],
    ['/phone/15550100', null],
    [`/${'x'.repeat(64)}`, null],
    [`/custom_fields/My Field; v.2${'x'.repeat(300)}`, null],
    ['/a/b/c/d/e/f/g/h', null],
    ['', null],
    [undefined, null],
  ])('names the field %j as %j', (field, expected) => {
    expect(toSafeErrors([{ code: 'unknown', field, details: undefined }], fieldsSent)).toEqual([
      { code: 'unknown', field: expected },
    ])
  })

  it.each([
    ['incorrect_value', 'incorrect_value'],
    ['Jane Doe', 'unrecognised'],
    ['x'.repeat(64), 'unrecognised'],
    ['', 'unrecognised'],
    [undefined, 'unrecognised'],
  ])('gives the code %j as %j', (code, expected) => {
    expect(toSafeErrors([{ code, field: undefined, details: undefined }], fieldsSent)).toEqual([
      { code: expected, field: null },
    ])
  })

  it('is bounded in number', () => {
    const errors = Array.from({ length: 500 }, () => ({ code: 'a', field: '/b', details: 'c' }))
    expect(toSafeErrors(errors, fieldsSent)).toHaveLength(16)
  })
})
