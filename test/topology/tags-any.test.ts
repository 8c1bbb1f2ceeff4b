import { expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type Step, take, troubles } from '../support/topology/history.ts'
import { overlaps } from '../support/topology/request-log.ts'
import { createTopologyDriver, type TopologyDriver } from '../support/topology-driver.ts'

const email = 'jane@example.com'

/** `ours`: the profile has these tags. `theirs`: an agent tags the contact so, beside ours. */
type TagStep =
  | { readonly type: 'ours'; readonly tags: readonly string[] }
  | { readonly type: 'theirs'; readonly tags: readonly string[] }
  | { readonly type: 'trouble'; readonly step: Step }

const trouble = troubles.map((step) => ({ type: 'trouble' as const, step }))

const steps: fc.Arbitrary<readonly TagStep[]> = fc.array(
  fc.oneof<fc.Arbitrary<TagStep>[]>(
    fc.record({ type: fc.constant('ours' as const), tags: fc.subarray(['a', 'b', 'c', 'd']) }),
    fc.record({ type: fc.constant('theirs' as const), tags: fc.subarray(['x', 'y']) }),
    trouble,
    trouble,
  ),
  { minLength: 3, maxLength: 25, size: 'max' },
)

const isTheirs = (tag: string): boolean => ['x', 'y'].includes(tag)

function tagsOf(driver: TopologyDriver): readonly string[] {
  return (driver.zendesk.fields(email)?.['tags'] as readonly string[] | undefined) ?? []
}

async function settle(driver: TopologyDriver): Promise<void> {
  driver.disarmCrash()
  await driver.quiet()
}

it('any tags of ours and of agents end as both want them, whatever crashes and whatever Zendesk answers', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.nat(), fc.boolean(), async (history, seed, warm) => {
      const driver = await createTopologyDriver({ seed, maxHops: 6, warm })
      const row = {
        target: 'tags',
        source: 'loyalty.loyaltyID[*]',
        transforms: [],
        whenNull: 'clear',
      } as const
      driver.configure((config) => ({ ...config, fieldMappings: [...config.fieldMappings, row] }))
      await driver.restart()
      const wanted = { ours: [] as readonly string[], theirs: [] as readonly string[] }
      for (const step of history) {
        if (step.type === 'ours') {
          wanted.ours = step.tags
          driver.profile('p1', { email, lastName: 'Doe', xdm: { loyalty: { loyaltyID: step.tags } } })
        } else if (step.type === 'theirs') {
          // What an agent does between the two requests of a turn is lost; that is said where it is documented.
          await settle(driver)
          if (driver.zendesk.fields(email) === undefined) continue
          wanted.theirs = step.tags
          driver.zendesk.edit(email, {
            tags: [...tagsOf(driver).filter((tag) => !isTheirs(tag)), ...step.tags],
          })
        } else await take(driver, step.step, 0)
      }
      driver.zendesk.treatAll({})
      await settle(driver)
      expect([...tagsOf(driver)].sort()).toStrictEqual([...wanted.ours, ...wanted.theirs].sort())
      expect(overlaps(driver.requests)).toStrictEqual([])
    }),
    { numRuns: 300 },
  )
})
