import { describe, expect, it } from '@jest/globals'

import { createFaultBoard } from '../../../sandbox/zendesk-sell/faults.ts'

const target = { method: 'POST', path: '/v2/contacts/upsert', email: 'a@Example.com' }

describe('the fault board', () => {
  it('fires a fault as often as its count says, after those that may pass', () => {
    const board = createFaultBoard()
    board.add({ kind: 'rate-limit', count: 2, after: 1 }, 0)
    const fired = Array.from({ length: 5 }, () => board.take(target, 0)?.kind)
    expect(fired).toEqual([undefined, 'rate-limit', 'rate-limit', undefined, undefined])
    expect(board.list(0)).toMatchObject([{ hits: 2, seen: 3, active: false }])
  })

  it('fires a fault for its duration and not a moment longer', () => {
    const board = createFaultBoard()
    board.add({ kind: 'drop-before', durationMs: 1000 }, 500)
    expect([500, 1499, 1500].map((now) => board.take(target, now)?.kind)).toEqual([
      'drop-before',
      'drop-before',
      undefined,
    ])
  })

  it('fires the first one that matches, one per request, until it is deleted', () => {
    const board = createFaultBoard()
    const [first] = ['drop-before', 'drop-after'].map((kind) => board.add({ kind }, 0))
    expect(board.take(target, 0)?.kind).toBe('drop-before')
    expect(board.remove(first?.ok === true ? first.fault.id : 0)).toBe(true)
    expect(board.take(target, 0)?.kind).toBe('drop-after')
    expect(board.remove(99)).toBe(false)
    expect(board.remove()).toBe(true)
    expect(board.take(target, 0)).toBeUndefined()
  })

  it.each([
    [{ method: 'post' }, true],
    [{ method: 'PUT' }, false],
    [{ path: 'upsert$' }, true],
    [{ path: '^/contacts' }, false],
    [{ email: ' A@Example.com' }, true],
    [{ email: 'b@example.com' }, false],
    [{ method: 'POST', email: 'b@example.com' }, false],
  ])('%j matches a request: %p', (match, fires) => {
    const board = createFaultBoard()
    board.add({ kind: 'rate-limit', match }, 0)
    expect(board.take(target, 0) !== undefined).toBe(fires)
    expect(board.take({ ...target, email: null }, 0) !== undefined).toBe(fires && !('email' in match))
  })

  it.each([
    ['text', 'fault must be a JSON object'],
    [{}, 'fault.kind must be one of respond, delay, '],
    [{ kind: 'explode' }, 'found "explode"'],
    [{ kind: 'respond' }, 'fault.status must be an integer from 200 to 599; found nothing'],
    [{ kind: 'respond', status: 500, body: 'xml' }, 'fault.body must be one of html, json, empty'],
    [{ kind: 'delay', delayMs: -1 }, 'fault.delayMs must be an integer from 0'],
    [
      { kind: 'delay', delayMs: 1, status: 500 },
      'fault.status is not known here; known: match, kind, delayMs',
    ],
    [{ kind: 'drop-after', count: 0 }, 'fault.count must be an integer from 1'],
    [{ kind: 'drop-after', match: { path: '(' } }, 'fault.match.path is no regular expression'],
    [{ kind: 'drop-after', match: { host: 'x' } }, 'fault.match.host is not known here'],
    [{ kind: 'expired-token', count: 1 }, 'expired-token lasts until a token is set'],
  ])('refuses %j', (input, sentence) => {
    const added = createFaultBoard().add(input, 0)
    expect(added.ok ? [] : added.problems).toContainEqual(expect.stringContaining(sentence))
  })

  it('holds a thousand and refuses one more', () => {
    const board = createFaultBoard()
    const added = Array.from({ length: 1001 }, () => board.add({ kind: 'rate-limit' }, 0).ok)
    expect(added.indexOf(false)).toBe(1000)
  })
})
