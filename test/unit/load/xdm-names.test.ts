import { describe, expect, it } from '@jest/globals'
import { plainMembers, plainName } from '../../../sandbox/load/xdm-names.ts'

describe('plainName', () => {
  it.each([
    ['person', ['person']],
    ['_repo', ['_repo']],
    ['xdm:person', ['person']],
    ['xdm:birthDayAndMonth', ['birthDayAndMonth']],
    ['@id', ['_id']],
    ['repo:createDate', ['_repo', 'createDate']],
    ['schema:latitude', ['_schema', 'latitude']],
    ['iptc4xmpExt:Season', ['_iptc4xmpExt', 'Season']],
    ['https://ns.adobe.com/xdm/channels/direct-mail', ['_channels', 'direct-mail']],
    ['https://ns.adobe.com/experience/mcid', ['_experience', 'mcid']],
    ['https://example.com/own', ['https://example.com/own']],
    ['xdm:', ['xdm:']],
    ['', ['']],
  ])('finds %j at %j', (name, path) => {
    expect(plainName(name)).toEqual(path)
  })
})

describe('plainMembers', () => {
  it('puts members with the same prefix into one object, beside those written there', () => {
    const { members, twice } = plainMembers({
      'repo:createDate': 'a',
      'repo:modifyDate': 'b',
      _repo: { path: 'c' },
    })
    expect(Object.fromEntries(members)).toEqual({ _repo: { createDate: 'a', modifyDate: 'b', path: 'c' } })
    expect(twice).toEqual([])
  })

  it('names what is given with and without a prefix', () => {
    expect(plainMembers({ person: 1, 'xdm:person': 2 }).twice).toEqual(['person'])
    expect(plainMembers({ _repo: { modifyDate: 1 }, 'repo:modifyDate': 2 }).twice).toEqual(['_repo'])
  })

  it('takes null as missing, so that the other spelling counts', () => {
    const { members, twice } = plainMembers({ 'xdm:person': null, person: 2 })
    expect(Object.fromEntries(members)).toEqual({ person: 2 })
    expect(twice).toEqual([])
  })

  it('keeps a member called __proto__ a member', () => {
    const { members } = plainMembers(JSON.parse('{"a:__proto__":1}') as Record<string, unknown>)
    expect(Object.entries(members.get('_a') as object)).toEqual([['__proto__', 1]])
  })
})
