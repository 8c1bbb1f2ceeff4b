import { createTopologyDriver, type TopologyDriver } from '../topology-driver.ts'
import { audiences, statusField } from './configuration.ts'
import type { WorldOptions } from './world.ts'

/** The e-mails of a person who moves from the first to the last. */
export const [a, b, c] = ['a@example.com', 'b@example.com', 'c@example.com'] as const

/** A driver that reads record by record, with the person `p1` at {@link a} in the audience VIP, all of it in Zendesk. */
export async function driverAtA(options: Pick<WorldOptions, 'warm'> = {}): Promise<TopologyDriver> {
  const driver = await createTopologyDriver({ batchSize: () => 1, ...options })
  move(driver, a)
  driver.membership('p1', { audience: audiences.vip, status: 'realized' })
  await driver.quiet()
  await driver.advance(5000)
  return driver
}

/** Writes a profile of the person with this e-mail, or with none. */
export function move(driver: TopologyDriver, email: string | null, tier = 'start'): void {
  driver.profile('p1', { ...(email === null ? {} : { email }), lastName: 'Doe', tier })
}

/**
 * The status that Zendesk shows at each of the three e-mails. `gone` where it is exited, and also where there is no contact or
 * no status: an e-mail that was left before it was written needs none.
 */
export function statuses(driver: TopologyDriver): readonly unknown[] {
  const shown = [a, b, c].map((email) => driver.zendesk.fields(email)?.[statusField(audiences.vip)])
  return shown.map((status) => (status === undefined || status === 'exited' ? 'gone' : status))
}
