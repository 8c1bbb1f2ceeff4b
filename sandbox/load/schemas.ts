import { readFileSync } from 'node:fs'

/** The text of a schema of the inputs, as the project ships it. */
export function readSchema(name: 'profile' | 'segment-membership'): string {
  return readFileSync(new URL(`../../schemas/${name}.avsc`, import.meta.url), 'utf8')
}
