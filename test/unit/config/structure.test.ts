import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { type ConfigFolder, configWith, createConfigFolder } from './config-folder.ts'

let folder: ConfigFolder
beforeAll(() => {
  folder = createConfigFolder()
})
afterAll(() => folder.remove())

describe('an option', () => {
  it.each<[string, string, readonly string[]]>([
    [
      'in the wrong section is sent to the right one',
      configWith({}, 'port: 9464', 'retry: {}', 'timeoutMs: 1'),
      [
        '7 port: there is no such option. Did you mean http.port?',
        '8 retry: there is no such option. Did you mean deliver.retry?',
        '9 timeoutMs: there is no such option. Did you mean schemaRegistry.timeoutMs?',
      ],
    ],
    [
      'is no name at all: the reference is named',
      configWith({}, 'identity: { namespace: Email }', '"a b\\u001b[31m\\u009b": 1'),
      [
        '7 identity: there is no such option. See config/reference.yaml.',
        '8 ["a b\\u001b[31m?"]: there is no such option. See config/reference.yaml.',
      ],
    ],
    [
      'named like a member of every object is unknown like any other',
      configWith({}, '__proto__: { a: 1 }', 'http: { constructor: 1, toString: 2 }'),
      [
        '7 __proto__: there is no such option. See config/reference.yaml.',
        '8 http.constructor: there is no such option. See config/reference.yaml.',
        '8 http.toString: there is no such option. See config/reference.yaml.',
      ],
    ],
    [
      'that is missing takes the line of what should hold it',
      configWith({ kafka: 'kafka:\n  clientId: x', schemaRegistry: '', zendesk: 'zendesk:' }),
      [
        '1 kafka.brokers: is missing. It must be a list of host:port such as [localhost:9092].',
        '1 schemaRegistry.url: is missing. It must be an http or https address such as https://registry.example.com/apis/ccompat/v7, without user and query.',
        '4 zendesk.tokenFile: is missing. It must be the name of a file.',
      ],
    ],
    [
      'without a value is no request for the default',
      configWith({}, 'http: { port: }', 'shutdownTimeoutMs:'),
      [
        '7 http.port: has no value. It must be a whole number from 0 to 65535.',
        '8 shutdownTimeoutMs: has no value. It must be a whole number of milliseconds from 100 to 600000.',
      ],
    ],
    [
      'that lists nothing where something is needed',
      configWith({ kafka: 'kafka: { brokers: [] }' }),
      ['1 kafka.brokers: must be a list of host:port such as [localhost:9092], found a list of 0.'],
    ],
    [
      'with ${...} is told that nothing is substituted',
      configWith({ kafka: 'kafka: { brokers: ["${BROKER}"] }' }),
      [
        '1 kafka.brokers[0]: must be host:port such as localhost:9092, found "${BROKER}". Environment variables (${...}) are not substituted.',
      ],
    ],
    [
      'that is a map where rows are meant, and a row that is none',
      configWith({ mapping: 'mapping: { email: identityMap.Email }' }, 'audiences: [VIP]'),
      [
        '4 mapping: must be a list, found a map.',
        '5 audiences[0]: must be a map of options, found a single value.',
      ],
    ],
  ])('%s', async (_, text, expected) => {
    expect(await folder.problemLines(text)).toEqual(expected)
  })
})
