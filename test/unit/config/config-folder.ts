import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { type LoadedConfig, loadConfig } from '../../../src/config/load.ts'
import type { Problem } from '../../../src/config/problems.ts'

/** The access token in every test folder: no message may ever contain it. */
export const token = '5f0c3a9d7e21b84466aa90d1c2e3f4058796a5b4c3d2e1f00f1e2d3c4b5a6978'

const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'

/** A folder of its own with secret files in it, where configurations are written and loaded. */
export interface ConfigFolder {
  readonly path: string
  readonly write: (name: string, text: string | Uint8Array) => string
  readonly load: (text: string) => Promise<LoadedConfig>
  /** Loads a configuration that must be refused. */
  readonly problemsOf: (text: string) => Promise<readonly Problem[]>
  /** The problems as `line path: message`. */
  readonly problemLines: (text: string) => Promise<readonly string[]>
  readonly remove: () => void
}

export function createConfigFolder(): ConfigFolder {
  const folder = mkdtempSync(path.join(tmpdir(), 'config-'))
  mkdirSync(path.join(folder, 'secrets'))
  const write = (name: string, text: string | Uint8Array): string => {
    writeFileSync(path.join(folder, name), text)
    return path.join(folder, name)
  }
  write('secrets/zendesk-token', `${token}\n`)
  write('secrets/user', 'activation\n')
  write('secrets/password', 'correct horse\r\n')
  write('secrets/empty', ' \n')
  write('secrets/ca.pem', pem)
  const load = async (text: string): Promise<LoadedConfig> => loadConfig(write('config.yaml', text))
  const problemsOf = async (text: string): Promise<readonly Problem[]> => {
    const loaded = await load(text)
    return loaded.type === 'invalid' ? loaded.problems : []
  }
  return {
    path: folder,
    write,
    load,
    problemsOf,
    problemLines: async (text) =>
      (await problemsOf(text)).map(({ line, path: option, message }) => `${line ?? 0} ${option}: ${message}`),
    remove: () => rmSync(folder, { recursive: true }),
  }
}

/** The least that is valid, as top-level sections that a test can replace. */
export const leastSections = {
  kafka: 'kafka: { brokers: [localhost:9092] }',
  schemaRegistry: 'schemaRegistry: { url: http://localhost:8081 }',
  zendesk: 'zendesk: { tokenFile: secrets/zendesk-token }',
  mapping: [
    'mapping:',
    '  - { source: identityMap.Email, target: email }',
    '  - { source: person.name.lastName, target: last_name }',
  ].join('\n'),
}

/** The least valid configuration with some sections replaced, and others (`http: ...`) at its end. */
export function configWith(
  sections: Partial<typeof leastSections> = {},
  ...others: readonly string[]
): string {
  return [...Object.values({ ...leastSections, ...sections }), ...others].join('\n') + '\n'
}
