import { readFile } from 'node:fs/promises'
import { compileSchema, type CompiledSchema } from '../../../src/avro/compiled-schema.ts'
import { frame } from '../../../src/avro/frame.ts'
import type { SchemaRegistryAdapter } from '../../../src/avro/registry.ts'
import { type Codecs, createCodecs } from '../../../src/cli/codecs.ts'
import type { Config } from '../../../src/config/config.ts'

/** Encodes a value of one input topic, frame included. Fields left out take their defaults. */
export type Encode = (value: object) => Uint8Array

/** A registry in memory. */
interface MemoryRegistry extends SchemaRegistryAdapter {
  register(schemaJson: string): number
}

/** A registry without schemas; equal texts share an id. */
function createMemoryRegistry(): MemoryRegistry {
  const ids = new Map<string, number>()
  const schemas = new Map<number, CompiledSchema>()

  function register(schemaJson: string): number {
    const id = ids.get(schemaJson) ?? ids.size + 1
    if (!ids.has(schemaJson)) schemas.set(id, compileSchema(schemaJson))
    ids.set(schemaJson, id)
    return id
  }

  return {
    register,
    async getById(id) {
      const schema = schemas.get(id)
      return Promise.resolve(schema === undefined ? { type: 'unknown' } : { type: 'schema', schema })
    },
    registerAvro: async (_subject, schemaJson, compatibility) =>
      Promise.resolve({ type: 'registered', id: register(schemaJson), compatibility }),
  }
}

/** A registry with all schemas, the codecs of the program's topics and the encoders of its inputs. */
export interface Avro {
  readonly registry: MemoryRegistry
  readonly codecs: Codecs
  readonly encodeProfile: Encode
  readonly encodeMembership: Encode
}

let shared: Promise<Avro> | undefined

/** The same for all drivers of a test file: compiling the schemas takes longer than many a test. */
export async function sharedAvro(config: Config): Promise<Avro> {
  shared ??= prepare(config)
  return shared
}

async function prepare(config: Config): Promise<Avro> {
  const registry = createMemoryRegistry()
  return {
    registry,
    codecs: await createCodecs(config, registry),
    encodeProfile: await createEncode('profile', registry),
    encodeMembership: await createEncode('segment-membership', registry),
  }
}

async function createEncode(
  name: 'profile' | 'segment-membership',
  registry: MemoryRegistry,
): Promise<Encode> {
  const file = new URL(`../../../schemas/${name}.avsc`, import.meta.url)
  const schemaJson = JSON.stringify(JSON.parse(await readFile(file, 'utf8')))
  const schemaId = registry.register(schemaJson)
  const { type } = compileSchema(schemaJson)
  return (value) => frame(schemaId, type.toBuffer(value))
}
