import { createEncode } from '../../sandbox/load/encode.ts'
import { registerSchema } from '../../sandbox/load/registry.ts'
import { readSchema } from '../../sandbox/load/schemas.ts'
import { sharedStack } from './application.ts'
import type { PersonLine } from './people.ts'

/** Registers a schema and returns its id. */
export async function registerTestSchema(subject: string, schema: object): Promise<number> {
  return registerSchema(sharedStack().registryUrl, subject, JSON.stringify(schema), () => undefined)
}

/** The id of the newest schema of a subject. */
export async function latestSchemaId(subject: string): Promise<number> {
  const response = await fetch(`${sharedStack().registryUrl}/subjects/${subject}/versions/latest`)
  return ((await response.json()) as { id: number }).id
}

/** Encodes the profiles of persons with the project's schema, as the loader does. */
export async function createProfileEncode(topic: string): Promise<(person: PersonLine) => Buffer> {
  const schema = readSchema('profile')
  const id = await registerSchema(sharedStack().registryUrl, `${topic}-value`, schema, () => undefined)
  const encode = createEncode(schema, id)
  return ({ person, identityMap, _repo }) => encode({ person, identityMap, _repo })
}

/** A value in the registry's wire format: a zero byte, the schema's id, the Avro bytes. */
export function framed(schemaId: number, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(5)
  header.writeInt32BE(schemaId, 1)
  return Buffer.concat([header, payload])
}
