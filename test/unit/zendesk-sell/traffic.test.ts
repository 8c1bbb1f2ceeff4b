import { describe, expect, it } from '@jest/globals'

import { createTraffic } from '../../../sandbox/zendesk-sell/traffic.ts'

describe('traffic', () => {
  it('counts answers by operation and status, and connections without one', () => {
    const traffic = createTraffic()
    traffic.answered('contacts.upsert', 200)
    traffic.answered('contacts.upsert', 200)
    traffic.answered('contacts.upsert', null)
    traffic.answered(null, 404)
    expect(traffic.report().counts).toEqual({ 'contacts.upsert': { 200: 2, none: 1 }, unknown: { 404: 1 } })
  })

  it('remembers the densest second, wherever it began', () => {
    const traffic = createTraffic()
    for (const now of [0, 900, 950, 1100, 1899, 1901, 5000]) traffic.received(now)
    traffic.admitted(0)
    expect(traffic.report()).toMatchObject({ maxReceivedPerSecond: 4, maxAdmittedPerSecond: 1 })
  })

  it('knows the most requests in flight, and the most writes for one contact', () => {
    const traffic = createTraffic()
    const leaves = ['a', 'a', 'b', null].map((key) => traffic.enter(key))
    for (const leave of leaves) leave()
    // A second call must not count twice: a connection ends after its answer has.
    for (const leave of leaves) leave()
    traffic.enter('a')()
    const expected = { maxInFlight: 4, maxInFlightPerContact: 2, contended: { a: 2 } }
    expect(traffic.report()).toMatchObject(expected)
  })

  it('starts again from what is still in flight', () => {
    const traffic = createTraffic()
    traffic.enter('a')()
    const leave = traffic.enter('b')
    traffic.received(0)
    traffic.answered(null, 200)
    traffic.reset()
    expect(traffic.report()).toEqual({
      counts: {},
      maxReceivedPerSecond: 0,
      maxAdmittedPerSecond: 0,
      maxInFlight: 1,
      maxInFlightPerContact: 1,
      contended: {},
    })
    leave()
    expect(traffic.report().maxInFlight).toBe(1)
  })
})
