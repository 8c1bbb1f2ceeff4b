import path from 'node:path'
import { sharedStack } from '../support/application.ts'
import { audience, type Row, withRows, zendesk } from './wrong-configurations.ts'

const nowhere = '127.0.0.1:1'

/**
 * Valid configurations of what is not there or does not fit. The application has input topics of two partitions, topics
 * `<id>-three`, `<id>-count.persons` (one partition) and `<id>-policy.ledger` (compact and delete), and custom fields
 * beside the demo's: `Score`, `Since`, `Short list` and `Of companies`.
 */
export const environments: readonly Row[] = [
  {
    name: 'a path with a typo',
    changes: withRows({
      source: 'person.nam.middleName',
      target: 'custom_fields.Churn risk 2',
      type: 'string',
    }),
    says: [
      /^mapping to custom_fields\.Churn risk 2: no field of the schema leads to "person\.nam\.middleName": "person" has no field "nam"\. Did you mean "name"\?/,
      /^mapping to custom_fields\.Churn risk 2 \(row \d+ without e-mail\): Sell has no custom field "Churn risk 2"/,
    ],
  },
  {
    name: 'a path with a typo, run',
    command: 'run',
    changes: (place) => ({
      inputs: { profiles: { topic: place.app.topics.profiles, eventTimePath: '_repo.modifydate' } },
    }),
    says: [
      /^inputs\.profiles\.eventTimePath: no field of the schema leads to "_repo\.modifydate": "_repo" has no field "modifydate"\. Did you mean "modifyDate"\?/,
    ],
  },
  {
    name: 'a path that ends in a record',
    changes: withRows({ source: 'person.name', target: 'description' }),
    says: [
      /^mapping to description: "person\.name" is a record \(.*\) in the schema, and description takes one value\. Name a field in it, such as person\.name\.\w+\.$/,
    ],
  },
  {
    name: 'a field named without the record that it is in',
    changes: withRows({ source: 'middleName', target: 'description' }),
    says: [
      /^mapping to description: .*the record has no field "middleName"\. Did you mean "person\.name\.middleName"\?/,
    ],
  },
  {
    name: 'a position in what is no list',
    changes: withRows({ source: 'person[0].name', target: 'description' }),
    says: [/^mapping to description: .*"person" is a record .*and no list\. Leave the brackets out\./],
  },
  {
    name: 'a condition that asks for a field that is not there',
    changes: withRows({ source: 'identityMap.Email[primry=true].id', target: 'description' }),
    says: [
      /^mapping to description: .*"identityMap\.Email" has no field "primry"\. Did you mean "primary"\?/,
    ],
  },
  {
    name: 'true or false for a date',
    changes: withRows({
      source: 'identityMap.Email[0].primary',
      target: 'custom_fields.Since',
      type: 'date',
    }),
    says: [
      /^mapping to custom_fields\.Since: "identityMap\.Email\[0\]\.primary" is true or false in the schema, which a field of type date can never hold\. Name another field/,
    ],
  },
  {
    name: 'no broker',
    changes: () => ({ kafka: { brokers: [nowhere] } }),
    says: [
      /^kafka\.brokers: no broker answers at 127\.0\.0\.1:1 \(ECONNREFUSED\)\. Start Kafka, or correct host and port/,
    ],
  },
  {
    name: 'a host that is not there',
    changes: () => ({ kafka: { brokers: ['no-such-host.invalid:9092'] } }),
    says: [
      /^kafka\.brokers: no broker answers at no-such-host\.invalid:9092 \((ENOTFOUND|EAI_AGAIN)\)\. Start Kafka/,
    ],
  },
  {
    name: 'an input topic that is not there',
    changes: (place) => ({ inputs: { profiles: { topic: `${place.app.id}-nobody` } } }),
    says: [
      /^inputs\.profiles\.topic: there is no topic "test-\w+-nobody" on \S+\. Create it, or name the right one\.$/,
    ],
  },
  {
    name: 'inputs with different numbers of partitions',
    changes: (place) => ({ inputs: { profiles: { topic: `${place.app.id}-three` } } }),
    says: [
      /^inputs: "test-\w+-three" has 3 partitions and "test-\w+-memberships" has 2, .*same number of partitions\.$/,
    ],
  },
  {
    name: 'an internal topic with another number of partitions',
    changes: (place) => ({ applicationId: `${place.app.id}-count` }),
    says: [
      /^test-\w+-count\.persons: the internal topic "test-\w+-count\.persons" has 1 partitions, but .* has 2\. .*Choose another applicationId/,
    ],
  },
  {
    name: 'an internal topic that forgets by age',
    changes: (place) => ({ applicationId: `${place.app.id}-policy` }),
    says: [
      /^test-\w+-policy\.ledger: .* has cleanup\.policy=compact,delete, and needs compact\. Records would be deleted by age, .*--add-config cleanup\.policy=compact\.$/,
    ],
  },
  {
    name: 'an internal topic that forgets by age, run',
    command: 'run',
    changes: (place) => ({ applicationId: `${place.app.id}-policy` }),
    says: [
      /^the internal topic "test-\w+-policy\.ledger" has cleanup\.policy=compact,delete, and needs compact/,
    ],
  },
  {
    name: 'more copies than there are brokers',
    changes: () => ({ topics: { replicationFactor: 3 } }),
    says: [
      /^topics\.replicationFactor: is 3, but Kafka has 1 broker now, so the internal topics cannot be created\. .*set it to 1\.$/,
    ],
  },
  {
    name: 'a registry that does not listen',
    changes: () => ({ schemaRegistry: { url: `http://${nowhere}` } }),
    says: [
      /^schemaRegistry\.url: no schemas from http:\/\/127\.0\.0\.1:1, .*ECONNREFUSED.*Start the registry, or correct the address\.$/,
    ],
  },
  {
    name: 'Kafka, registry and Zendesk away, each told for itself',
    changes: () => ({
      kafka: { brokers: [nowhere] },
      schemaRegistry: { url: `http://${nowhere}` },
      zendesk: { origin: `http://${nowhere}` },
    }),
    says: [/^schemaRegistry\.url: /, /^kafka\.brokers: /, /^zendesk\.origin: /],
  },
  {
    name: 'an address that is no registry',
    changes: (place) => ({ schemaRegistry: { url: place.app.sell.url } }),
    says: [/^schemaRegistry\.url: no schemas from http:\S+, .*no answer of a schema registry: check its url/],
  },
  {
    name: 'a custom field that Sell does not have',
    changes: audience({ mappingId: 'VIP' }),
    says: [
      /^audiences\[0\]\.mappingId: Sell has no custom field "VIP" for contacts\. It has .*Create it in Sell under/,
    ],
  },
  {
    name: 'a custom field of a type that holds no status',
    changes: audience({ mappingId: 'Score' }),
    says: [
      /^audiences\[0\]\.mappingId: the custom field "Score" is of type number, which cannot hold a status/,
    ],
  },
  {
    name: 'a list that lacks a choice',
    changes: audience({ mappingId: 'Short list' }),
    says: [
      /^audiences\[0\]\.mappingId: the custom field "Short list" lacks the choices exited\. Add them in Sell's settings\.$/,
    ],
  },
  {
    name: 'a custom field of companies',
    changes: audience({ mappingId: 'Of companies' }),
    says: [
      /^audiences\[0\]\.mappingId: the custom field "Of companies" is for companies alone\. Tick "people"/,
    ],
  },
  {
    name: 'a token that Zendesk refuses',
    changes: (place) => ({ zendesk: { tokenFile: place.inFolder('old-token') } }),
    says: [
      /^zendesk\.tokenFile: Zendesk refuses the token in \/\S+old-token \(401, \w+\)\. .*Put a new access token into the file/,
    ],
  },
  {
    name: 'an origin where nothing listens',
    changes: zendesk({ origin: `http://${nowhere}` }),
    says: [
      /^zendesk\.origin: http:\/\/127\.0\.0\.1:1 cannot be reached \(econnrefused\)\. Correct the address/,
    ],
  },
  {
    name: 'an origin that is not Sell',
    changes: () => ({ zendesk: { origin: new URL(sharedStack().registryUrl).origin } }),
    says: [
      /^zendesk\.origin: http:\S+ is no address of Sell's API \(404, incorrect_path\)\. It is https:\/\/api\.getbase\.com\.$/,
    ],
  },
  {
    name: 'a state directory that is a file',
    changes: (place) => ({ state: { directory: path.join(place.app.tokenFile, 'state') } }),
    says: [/^state\.directory: .*is a file\. Name a directory that this user may write/],
  },
]
