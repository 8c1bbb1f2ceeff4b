import { describe, expect, it } from '@jest/globals'
import { describeFailure, judgeSell, type SellAnswers } from '../../../../src/cli/check/zendesk.ts'
import type { ReadFailure } from '../../../../src/zendesk/sell-reads.ts'
import { loadConfigWith } from '../loaded-config.ts'

const config = await loadConfigWith()

/** What is said, `level subject: message`. */
function told(answers: SellAnswers): readonly string[] {
  return judgeSell(config, answers).map(({ level, subject, message }) => `${level} ${subject}: ${message}`)
}

describe('a token', () => {
  it('is fine where it lists the custom fields, with or without the scope profile', () => {
    const fields = { type: 'listed', fields: [] } as const
    expect(told({ fields, token: { type: 'accepted', userId: 7 } })).toEqual([
      expect.stringMatching(/^ok zendesk\.tokenFile: .*it is that of the user 7\./),
      expect.stringMatching(/^ok custom fields: /),
    ])
    expect(told({ fields, token: { type: 'accepted', userId: null } })[0]).toContain('the scope profile')
  })

  it('that may not list the custom fields leaves them unchecked, which is a doubt', () => {
    const fields = { type: 'unauthorised', status: 403, code: 'insufficient_scope' } as const
    expect(told({ fields, token: { type: 'accepted', userId: null } })).toEqual([
      expect.stringMatching(/^ok zendesk\.tokenFile: /),
      expect.stringMatching(/^warning zendesk\.tokenFile: the custom fields could not be listed/),
    ])
  })

  it('that is refused is told once', () => {
    const refusal = { type: 'unauthorised', status: 401, code: 'invalid_token' } as const
    expect(told({ fields: refusal, token: refusal })).toEqual([
      expect.stringMatching(
        /^problem zendesk\.tokenFile: Zendesk refuses the token in .* \(401, invalid_token\)/,
      ),
    ])
  })
})

describe('why Sell could not be asked', () => {
  it.each<[ReadFailure, RegExp]>([
    [
      { type: 'no_token', problem: 'the token file x is empty' },
      /^problem zendesk\.tokenFile: the token file x/,
    ],
    [{ type: 'throttled', retryAfterMs: null }, /^warning zendesk: .*Check again later\.$/],
    [
      { type: 'unauthorised', status: 302, code: 'redirect' },
      /^problem zendesk\.origin: .*https:\/\/api\.getbase\.com\.$/,
    ],
    [{ type: 'unauthorised', status: 404, code: 'incorrect_path' }, /^problem zendesk\.origin: /],
    [{ type: 'unauthorised', status: 402, code: 'http_402' }, /^problem zendesk: .*plan or trial/],
    [
      { type: 'unauthorised', status: 403, code: 'insufficient_scope' },
      /^problem zendesk\.tokenFile: .*scopes read and write/,
    ],
    [
      { type: 'unreachable', reason: 'enotfound' },
      /^problem zendesk\.origin: .*\(enotfound\)\. Correct the address/,
    ],
    [
      { type: 'unclear', reason: 'http_503' },
      /^problem zendesk\.origin: .*\(http_503\)\. .*check again later\.$/,
    ],
  ])('%j', (failure, says) => {
    const { level, subject, message } = describeFailure(config, failure)
    expect(`${level} ${subject}: ${message}`).toMatch(says)
  })
})
