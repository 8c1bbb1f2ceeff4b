import { audiences, mapping } from '../../sandbox/demo/setup.ts'
import type { Application } from '../support/application.ts'
import type { Changes } from '../support/configuration.ts'

/** What the rows may name. */
export interface Place {
  readonly app: Application
  /** A file of the application's folder: `empty`, `two-lines` or `old-token` in place of the token, or none. */
  inFolder(name: string): string
}

/** One wrong set-up. */
export interface Row {
  readonly name: string
  /** `check` unless given. */
  readonly command?: 'check' | 'run'
  /** Changes to a configuration that is right. */
  readonly changes?: (place: Place) => Changes
  /** In place of a configuration that is right. */
  readonly text?: string
  /** Every line that tells a problem, in their order. */
  readonly says: readonly RegExp[]
}

/** A mapping that is right, with further rows. */
export function withRows(...rows: readonly object[]): () => Changes {
  return () => ({ mapping: [...mapping, ...rows] })
}

/** One audience, with a change. */
export function audience(change: object): () => Changes {
  return () => ({ audiences: [{ ...audiences[0], ...change }] })
}

/** Changes of the section `zendesk`. */
export function zendesk(changes: object): () => Changes {
  return () => ({ zendesk: changes })
}

/** Configurations that are wrong in themselves. */
export const configurations: readonly Row[] = [
  {
    name: 'an empty file',
    text: '',
    says: [/config-\d+\.yaml: the file is empty\. Start from config\/example/],
  },
  { name: 'an empty file, run', command: 'run', text: '', says: [/config-\d+\.yaml {2}the file is empty/] },
  {
    name: 'a bracket that is not closed',
    text: 'kafka: [',
    says: [/:1: not valid YAML: the indentation does not fit/],
  },
  {
    name: 'a tab',
    text: 'kafka:\n\tbrokers: [a:1]',
    says: [/:2: not valid YAML: a tab is used as indentation/],
  },
  { name: 'a list in place of options', text: '- kafka', says: [/the file must hold a map of options/] },
  {
    name: 'an option with a typo',
    changes: zendesk({ orign: 'https://api.getbase.com' }),
    says: [/zendesk\.orign: there is no such option\. Did you mean "origin"\?/],
  },
  {
    name: 'a token file that is not there',
    changes: (place) => ({ zendesk: { tokenFile: place.inFolder('no-such') } }),
    says: [/zendesk\.tokenFile: there is no such file; of its path only \/\S+ exists/],
  },
  {
    name: 'an empty token file',
    changes: (place) => ({ zendesk: { tokenFile: place.inFolder('empty') } }),
    says: [/zendesk\.tokenFile: \/\S+ is empty/],
  },
  {
    name: 'a token file of two lines',
    changes: (place) => ({ zendesk: { tokenFile: place.inFolder('two-lines') } }),
    says: [/zendesk\.tokenFile: \/\S+ holds more than one line/],
  },
  {
    name: 'the token itself in place of its file, run',
    command: 'run',
    changes: (place) => ({ zendesk: { tokenFile: place.app.sell.token } }),
    says: [/zendesk\.tokenFile: there is no such file; of its path only \S+ exists/],
  },
  {
    name: 'http without allowInsecureHttp',
    changes: zendesk({ allowInsecureHttp: false }),
    says: [/zendesk\.origin: must begin with https:.* set zendesk\.allowInsecureHttp to true/],
  },
  {
    name: 'a namespace of hashes',
    changes: () => ({
      mapping: [{ source: 'identityMap.email_lc_sha256', target: 'email' }, ...mapping.slice(1)],
    }),
    says: [/mapping\[0\]\.source: the namespace "email_lc_sha256" holds hashes .*Use identityMap\.Email/],
  },
  {
    name: 'no row for last_name',
    changes: () => ({ mapping: mapping.filter(({ target }) => target !== 'last_name') }),
    says: [
      /mapping: has no row with the target last_name; .*Add \{source: person\.name\.lastName, target: last_name\}/,
    ],
  },
  {
    name: 'a target with a typo',
    changes: withRows({ source: 'person.name.middleName', target: 'frist_name' }),
    says: [
      /mapping\[\d+\]\.target: Sell has no contact attribute "frist_name"\. Did you mean "first_name"\?/,
    ],
  },
  {
    name: 'an audience of accounts',
    changes: audience({ kind: 'account' }),
    says: [/audiences\[0\]\.kind: .*only people audiences .*found "account"/],
  },
  {
    name: 'a day that no calendar has',
    changes: audience({ startDate: '2026-02-30' }),
    says: [/audiences\[0\]\.startDate: must be a date or time such as 2026-01-31.*found "2026-02-30"/],
  },
  {
    name: 'the same audience twice',
    changes: () => ({ audiences: [audiences[0], { ...audiences[0], mappingId: 'Churn risk' }] }),
    says: [/audiences\[1\]\.segmentId: this segment is already audiences\[0\]\. Keep one of the two/],
  },
  {
    name: 'a broker without a port',
    changes: () => ({ kafka: { brokers: ['localhost'] } }),
    says: [/kafka\.brokers\[0\]: must be host:port such as localhost:9092, found "localhost"/],
  },
]
