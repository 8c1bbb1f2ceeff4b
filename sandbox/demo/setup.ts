import { stringify } from 'yaml'

/** The sample's mapped audiences, as `sandbox/sample/README.md` lists them. */
export const audiences = [
  { namespace: 'ups', segmentId: '5f0c2d1e-8a47-4c39-b6d2-00v1p3cu5t0m', mappingId: 'aep_vip_customers' },
  { namespace: 'ups', segmentId: 'b2d9f6a4-1c7e-4f58-93ab-6e0d5c4f7a21', mappingId: 'aep_newsletter' },
  { namespace: 'CustomerAudienceUpload', segmentId: 'churn_risk_2025-q1.csv', mappingId: 'Churn risk' },
] as const

/** The custom fields that an admin would set up in Sell for these audiences. */
export const customFields = [
  { name: 'aep_vip_customers', type: 'string' },
  { name: 'aep_newsletter', type: 'list', choices: ['realized', 'exited'] },
  { name: 'Churn risk', type: 'string' },
] as const

/** Where each contact field of the demo comes from. */
export const mapping = [
  { source: 'identityMap.Email', target: 'email' },
  { source: 'person.name.lastName', target: 'last_name', transforms: ['trim'] },
  { source: 'person.name.firstName', target: 'first_name', transforms: ['trim'] },
  { source: 'mobilePhone.number', target: 'mobile' },
  { source: 'extendedWorkDetails.jobTitle', target: 'title' },
  { source: 'homeAddress.street1', target: 'address.line1' },
  { source: 'homeAddress.city', target: 'address.city' },
  { source: 'homeAddress.postalCode', target: 'address.postal_code' },
  { source: 'homeAddress.country', target: 'address.country' },
]

/** Addresses of the parts that the demo's program is to use. */
export interface DemoAddresses {
  readonly brokers: readonly string[]
  readonly registryUrl: string
  readonly sellUrl: string
  readonly tokenFile: string
  readonly httpPort: number
}

/** The configuration file of the demo's program. */
export function demoConfig({ brokers, registryUrl, sellUrl, tokenFile, httpPort }: DemoAddresses): string {
  return stringify({
    // Short waits: one small broker, and somebody watching.
    kafka: {
      brokers,
      sessionTimeoutMs: 20_000,
      heartbeatIntervalMs: 1000,
      commitIntervalMs: 500,
    },
    topics: { replicationFactor: 1 },
    schemaRegistry: { url: registryUrl },
    inputs: { profiles: { eventTimePath: '_repo.modifyDate' } },
    mapping,
    audiences,
    zendesk: { origin: sellUrl, tokenFile, allowInsecureHttp: true },
    http: { host: '127.0.0.1', port: httpPort },
  })
}
