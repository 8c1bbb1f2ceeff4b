import type { Shape } from '../domain/record-shape.ts'
import { shapesOf } from './record-shape.ts'
import { lookUpSchema } from './registry-calls.ts'
import { RegistryRefusal, RegistryUnavailable, sendToRegistry } from './registry-transport.ts'
import type { RegistryAddress } from './registry-transport.ts'

/**
 * What the registry has as the newest version of a subject. Of an `unusable` one no record can be decoded; `detail` quotes
 * the schema at most.
 */
export type LatestSchema =
  | { readonly type: 'schema'; readonly version: number; readonly shapes: readonly Shape[] }
  | { readonly type: 'unregistered' }
  | { readonly type: 'unusable'; readonly version: number; readonly detail: string }

/** Looks at the subjects of a registry, and changes nothing. */
export interface SubjectReader {
  /** The newest version of a subject. Throws RegistryUnavailable. */
  latest(subject: string): Promise<LatestSchema>
}

/** {@link SubjectReader.latest} of the registry at `address`. */
export async function readLatestSchema(address: RegistryAddress, subject: string): Promise<LatestSchema> {
  const url = `${address.url}/subjects/${encodeURIComponent(subject)}/versions/latest`
  const answer = await askFor(address, url)
  if (answer === undefined) return { type: 'unregistered' }
  const { id, version } = answer
  if (!Number.isInteger(id) || !Number.isInteger(version))
    throw new RegistryUnavailable(`schema registry: ${url}: answered without id and version`)
  const found = await lookUpSchema(address, Number(id))
  switch (found.type) {
    case 'schema':
      return { type: 'schema', version: Number(version), shapes: shapesOf(found.schema.type) }
    case 'unusable':
      return { type: 'unusable', version: Number(version), detail: found.detail }
    case 'unknown':
      throw new RegistryUnavailable(`schema registry: ${url}: answered with an id that it does not know`)
  }
}

async function askFor(
  address: RegistryAddress,
  url: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    return await sendToRegistry(address, { method: 'GET', url }, AbortSignal.timeout(address.timeoutMs))
  } catch (error) {
    if (!(error instanceof RegistryRefusal)) throw error
    if (error.status === 404) return undefined
    throw new RegistryUnavailable(`schema registry: ${url}: ${error.message}`, { cause: error })
  }
}
