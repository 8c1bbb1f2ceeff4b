import { expect, it } from '@jest/globals'

import { internalTopics } from '../../../src/config/topics.ts'

it('the internal topics begin with the application id', () => {
  expect(internalTopics('demo')).toEqual({
    persons: 'demo.persons',
    contacts: 'demo.contacts',
    ledger: 'demo.ledger',
    retry: 'demo.retry',
    deadLetter: 'demo.dead-letter',
    assembleReplay: 'demo.assemble-replay',
    deliverReplay: 'demo.deliver-replay',
  })
})
