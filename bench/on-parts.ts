import { parseArgs } from 'node:util'
import { type Application, type ApplicationOptions, createApplication } from '../test/support/application.ts'
import { type SharedServers, startSharedServers } from '../test/support/shared-servers.ts'

/** How much is measured: what is promised, or less, to try the measurement itself. */
export interface Sizes<Size> {
  readonly full: Size
  readonly quick: Size
}

/**
 * Measures an application on a Kafka and a registry, all of which are stopped afterwards, however that ends; at the smaller size
 * where `words` have `--quick`. Gives the exit code.
 */
export async function measureOnParts<Size>(
  words: readonly string[],
  { full, quick }: Sizes<Size>,
  options: ApplicationOptions,
  measure: (app: Application, servers: SharedServers, size: Size) => Promise<number>,
): Promise<number> {
  const { values } = parseArgs({ args: [...words], options: { quick: { type: 'boolean', default: false } } })
  const servers = await startSharedServers()
  try {
    const app = await createApplication(options)
    try {
      return await measure(app, servers, values.quick ? quick : full)
    } finally {
      await app.dispose()
    }
  } finally {
    await servers.stop()
  }
}
