import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { type ConfigFolder, configWith, createConfigFolder, leastSections } from './config-folder.ts'

let folder: ConfigFolder
beforeAll(() => {
  folder = createConfigFolder()
})
afterAll(() => folder.remove())

const kafka = (...more: readonly string[]) => ({
  kafka: ['kafka:', '  brokers: [a:1]', ...more.map((line) => `  ${line}`)].join('\n'),
})

describe('an option of a connection', () => {
  it.each<[string, string, readonly string[]]>([
    [
      'of brokers names host and port',
      configWith({ kafka: 'kafka: { brokers: [a, "kafka://a:1", "a:0", "u:p@a:1", 5] }' }),
      [
        '1 kafka.brokers[0]: must be host:port such as localhost:9092, found "a".',
        '1 kafka.brokers[1]: must be host:port such as localhost:9092, found "kafka://a:1".',
        '1 kafka.brokers[2]: must be host:port such as localhost:9092, found "a:0".',
        '1 kafka.brokers[3]: must be host:port such as localhost:9092, found "***@a:1".',
        '1 kafka.brokers[4]: must be host:port such as localhost:9092, found 5. Put it in quotes.',
      ],
    ],
    [
      'of numbers: fractions, infinity, text',
      configWith(
        {},
        'http: { port: 1.5 }',
        'zendesk: { tokenFile: secrets/zendesk-token, requestsPerSecond: 0 }',
      )
        .replace(`${leastSections.zendesk}\n`, '')
        .concat('health: { maxStallMs: .inf }\nshutdownTimeoutMs: 10s\n'),
      [
        '6 http.port: must be a whole number from 0 to 65535, found 1.5.',
        '7 zendesk.requestsPerSecond: must be a number above 0 and up to 10 (Zendesk takes no more), found 0.',
        '8 health.maxStallMs: must be a whole number of milliseconds from 1000 to 3600000, found Infinity.',
        '9 shutdownTimeoutMs: must be a whole number of milliseconds from 100 to 600000, found "10s".',
      ],
    ],
    [
      'of TLS and SASL: halves and what has no effect',
      configWith(
        kafka(
          'tls: { caFile: secrets/ca.pem, keyFile: secrets/ca.pem }',
          'sasl: { passwordFile: secrets/password }',
        ),
      ),
      [
        '3 kafka.tls.caFile: has no effect while kafka.tls.enabled is false.',
        '3 kafka.tls.keyFile: has no effect while kafka.tls.enabled is false.',
        '3 kafka.tls.certFile: is missing. keyFile is no use without it.',
        '4 kafka.sasl.passwordFile: has no effect while kafka.sasl.mechanism is none. Name the mechanism.',
      ],
    ],
    [
      'of SASL without its files, and of an unknown mechanism',
      configWith(kafka('sasl: { mechanism: plain }')),
      [
        '3 kafka.sasl.usernameFile: is missing. plain needs the name of a file here.',
        '3 kafka.sasl.passwordFile: is missing. plain needs the name of a file here.',
      ],
    ],
    [
      'of OAUTHBEARER without its token, and with a password',
      configWith(kafka('sasl: { mechanism: oauthbearer, usernameFile: secrets/user }')),
      [
        '3 kafka.sasl.usernameFile: has no effect while kafka.sasl.mechanism is oauthbearer.' +
          ' oauthbearer needs tokenFile; leave this out.',
        '3 kafka.sasl.tokenFile: is missing. oauthbearer needs the name of a file here.',
      ],
    ],
    [
      'of a token that the mechanism has no use for',
      configWith(
        kafka(
          'sasl: { mechanism: plain, usernameFile: secrets/user, passwordFile: secrets/password, tokenFile: secrets/user }',
        ),
      ),
      [
        '3 kafka.sasl.tokenFile: has no effect while kafka.sasl.mechanism is plain.' +
          ' plain needs usernameFile and passwordFile; leave this out.',
      ],
    ],
    [
      'of a registry: half of the credentials',
      configWith({ schemaRegistry: 'schemaRegistry: { url: "http://r", usernameFile: secrets/user }' }),
      ['2 schemaRegistry.passwordFile: is missing. usernameFile is no use without it.'],
    ],
    [
      'of times that contradict each other',
      configWith(
        kafka(
          'sessionTimeoutMs: 10000',
          'rebalanceTimeoutMs: 9000',
          'heartbeatIntervalMs: 10000',
          'maxWaitTimeMs: 30000',
        ),
        'deliver: { retry: { initialMs: 2000, maxMs: 1000 } }',
      ),
      [
        '3 kafka.sessionTimeoutMs: must be at most kafka.rebalanceTimeoutMs (9000), or a rebalance gives up on a member that is still in its session; it is 10000.',
        '5 kafka.heartbeatIntervalMs: must be below kafka.sessionTimeoutMs (10000), or the session runs out between two heartbeats; it is 10000.',
        '6 kafka.maxWaitTimeMs: must be below kafka.requestTimeoutMs (30000), or every fetch without new records times out; it is 30000.',
        '8 zendesk.requestDeadlineMs: must be below kafka.sessionTimeoutMs (10000), or a replica can still be writing a contact that another one has taken over; it is 15000.',
        '12 deliver.retry.initialMs: must be at most deliver.retry.maxMs (1000), as it is the first of the growing pauses; it is 2000.',
      ],
    ],
    [
      'of topics: bad names, one topic twice, an internal topic',
      configWith(
        {},
        'inputs:',
        '  profiles: { topic: zendesk-activation.ledger }',
        '  segmentMemberships: { topic: a/b }',
      ),
      [
        '8 inputs.profiles.topic: "zendesk-activation.ledger" is a topic that the program writes itself.',
        '9 inputs.segmentMemberships.topic: must be a topic name: 1 to 249 letters, digits, ".", "_" or "-", found "a/b".',
      ],
    ],
    [
      'of topics: one topic for both inputs',
      configWith({}, 'inputs: { profiles: { topic: a }, segmentMemberships: { topic: a } }'),
      [
        '7 inputs.segmentMemberships.topic: is the topic of the profiles as well ("a"). Each input has its own.',
      ],
    ],
    [
      'of addresses',
      configWith({
        schemaRegistry: 'schemaRegistry: { url: "https://u:secret@r/" }',
        zendesk: 'zendesk: { tokenFile: secrets/zendesk-token, origin: "https://api.getbase.com/v2" }',
      }),
      [
        '2 schemaRegistry.url: must be an http or https address such as https://registry.example.com/apis/ccompat/v7, without user and query, found "https://***@r/".',
        '3 zendesk.origin: must be an http or https address such as https://api.getbase.com, without user, path and query, found "https://api.getbase.com/v2".',
      ],
    ],
    [
      'of erasure that is not supported yet is refused by name',
      configWith({}, 'erasure: { policy: anonymise }'),
      ['7 erasure.policy: must be exit (anonymise and delete are not supported yet), found "anonymise".'],
    ],
    [
      'of sizes: the dead-letter topic takes every record',
      configWith({}, 'deadLetter: { maxMessageBytes: 1048576 }'),
      [
        '7 deadLetter.maxMessageBytes: must be at least 1114112, which is inputs.maxRecordBytes and 65536 for key and headers, or a large bad record fits nowhere; it is 1048576.',
      ],
    ],
  ])('%s', async (_, text, expected) => {
    expect(await folder.problemLines(text)).toEqual(expected)
  })

  it('http is taken as origin where it is allowed, and only there', async () => {
    const zendesk = 'zendesk: { tokenFile: secrets/zendesk-token, origin: "http://localhost:8080" }'
    const allowed = zendesk.replace(' }', ', allowInsecureHttp: true }')
    expect(await folder.problemLines(configWith({ zendesk }))).toEqual([
      '3 zendesk.origin: must begin with https://, or the token travels readable. For a test server set zendesk.allowInsecureHttp to true.',
    ])
    expect(await folder.load(configWith({ zendesk: allowed }))).toMatchObject({
      config: { zendesk: { origin: 'http://localhost:8080' } },
    })
  })
})
