import { buildConfig, type Config } from '../../../src/config/config.ts'
import { optionsSchema } from '../../../src/config/schema.ts'

/** When every topology test begins. */
export const startMs = Date.parse('2025-06-01T12:00:00Z')

const isoTime = (timeMs: number): string => new Date(timeMs).toISOString()

/** The audiences of every topology test, of two namespaces. */
export const audiences = {
  vip: { namespace: 'ups', segmentId: '5f0c2d1e-vip', mappingId: 'VIP' },
  newsletter: { namespace: 'CustomerAudienceUpload', segmentId: 'newsletter.csv', mappingId: 'Newsletter' },
  /** Starts ten minutes and ends an hour after the start of the test. */
  summer: {
    namespace: 'ups',
    segmentId: 'summer',
    mappingId: 'Summer',
    startDate: isoTime(startMs + 600_000),
    endDate: isoTime(startMs + 3_600_000),
  },
} as const

/** A segment that no field of Zendesk shows. */
export const unmappedAudience = { namespace: 'ups', segmentId: 'not-mapped' } as const

/** The contact field that shows the status in an audience. */
export function statusField(audience: { readonly mappingId: string }): string {
  return `custom_fields.${audience.mappingId}`
}

/** The contact field of a profile's loyalty tier. */
export const tierField = 'custom_fields.Loyalty tier'

/** The configuration of the topology tests: the program's defaults, four mapped attributes, {@link audiences}. */
export function createTestConfig(zendesk: object = {}): Config {
  const options = optionsSchema.parse({
    kafka: { brokers: ['localhost:9092'] },
    schemaRegistry: { url: 'http://localhost:8081' },
    zendesk: { tokenFile: 'token', ...zendesk },
    mapping: [
      { source: 'identityMap.Email', target: 'email' },
      { source: 'person.name.lastName', target: 'last_name', transforms: ['trim'] },
      { source: 'person.name.firstName', target: 'first_name' },
      { source: 'loyalty.tier', target: tierField },
    ],
    audiences: Object.values(audiences),
  })
  return buildConfig(options, '/')
}
