import { describe, expect, it } from '@jest/globals'

import { checkOrigin } from '../../../src/zendesk/sell-origin.ts'

describe('the Sell origin', () => {
  it.each([
    ['https://api.getbase.com', false, 'https://api.getbase.com'],
    ['https://api.getbase.com/', false, 'https://api.getbase.com'],
    ['https://API.getbase.com:443', false, 'https://api.getbase.com'],
    ['https://sell.internal:8443', false, 'https://sell.internal:8443'],
    ['http://127.0.0.1:8080', true, 'http://127.0.0.1:8080'],
  ])('accepts %s with allowInsecureHttp=%s', (text, allowInsecureHttp, origin) => {
    expect(checkOrigin(text, allowInsecureHttp)).toEqual({ ok: true, origin })
  })

  it.each([
    ['api.getbase.com', /not a URL/],
    ['', /not a URL/],
    ['http://api.getbase.com', /unencrypted/],
    ['ftp://api.getbase.com', /scheme 'ftp:'/],
    ['https://api.getbase.com/v2', /path/],
    ['https://api.getbase.com/?a=b', /path or query/],
    ['https://api.getbase.com/#top', /path or query/],
  ])('refuses %j and says why', (text, reason) => {
    expect(checkOrigin(text, false)).toEqual({ ok: false, problem: expect.stringMatching(reason) })
  })

  it('refuses a password without repeating it', () => {
    const check = checkOrigin('https://someone:hunter2@api.getbase.com', false)
    expect(check).toEqual({ ok: false, problem: expect.stringMatching(/password; remove it/) })
    expect(JSON.stringify(check)).not.toMatch(/hunter2|someone/)
  })
})
