import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'

import { checkAudiences } from './check-audiences.ts'
import { checkConnections } from './check-connections.ts'
import { checkFiles } from './check-files.ts'
import { checkMapping } from './check-mapping.ts'
import { buildConfig, type Config } from './config.ts'
import { parseSource, type SourceDocument } from './document.ts'
import { type Finding, formatPath, type Problem, valueAt } from './problems.ts'
import { optionsSchema } from './schema.ts'
import { checkStructure, readLeniently } from './structure.ts'
import { codeOf } from './system-error.ts'

/** A configuration, or everything that is wrong with its file, in the order of its lines. */
export type LoadedConfig =
  | { readonly type: 'config'; readonly config: Config }
  | { readonly type: 'invalid'; readonly problems: readonly Problem[] }

const maxConfigBytes = 1_048_576

/**
 * Reads the configuration in `file`. All that is wrong is reported at once: each kind of check runs over what the
 * others left, so none hides another. Looks at the secret files that the options name, relative ones from the folder of
 * `file`, and keeps nothing of them. Below a YAML syntax error nothing more is reported, since the rest was guessed.
 */
export async function loadConfig(file: string): Promise<LoadedConfig> {
  const read = await readConfigFile(file)
  if (read.type === 'unreadable') return invalidFile(file, read.reason)
  const source = parseSource(read.text)
  if (source.root === null && source.findings.length === 0) {
    return invalidFile(file, 'the file is empty. Start from config/example.yaml.')
  }
  const folder = path.dirname(path.resolve(file))
  const findings = [...source.findings, ...(await checkDocument(source, folder))]
  if (findings.length > 0) return { type: 'invalid', problems: toProblems(file, source, findings) }
  return { type: 'config', config: buildConfig(optionsSchema.parse(source.root), folder) }
}

async function checkDocument(source: SourceDocument, folder: string): Promise<readonly Finding[]> {
  const { root, brokenFromLine } = source
  const isMap = typeof root === 'object' && root !== null && !Array.isArray(root)
  if (!isMap) {
    const message = 'the file must hold a map of options such as "kafka:". Start from config/example.yaml.'
    return brokenFromLine === Infinity ? [{ path: [], message }] : []
  }
  const options = readLeniently(optionsSchema, root)
  const findings = [
    ...checkStructure(optionsSchema, root),
    ...checkMapping(options.mapping),
    ...checkAudiences(options.audiences, options.mapping),
    ...checkConnections(options),
    ...(await checkFiles(options, folder)),
  ]
  return findings.filter(
    (finding) =>
      brokenFromLine === Infinity ||
      (finding.absent !== true &&
        valueAt(root, finding.path) !== undefined &&
        source.lineOf(finding.path) < brokenFromLine),
  )
}

function toProblems(file: string, source: SourceDocument, findings: readonly Finding[]): readonly Problem[] {
  return findings
    .map((finding) => ({
      file,
      line: finding.line ?? source.lineOf(finding.path),
      path: formatPath(finding.path),
      message: finding.message + environmentHint(valueAt(source.root, finding.path)),
    }))
    .sort((a, b) => a.line - b.line)
}

function environmentHint(value: unknown): string {
  return typeof value === 'string' && value.includes('${')
    ? ' Environment variables (${...}) are not substituted.'
    : ''
}

type ReadFile =
  { readonly type: 'read'; readonly text: string } | { readonly type: 'unreadable'; readonly reason: string }

async function readConfigFile(file: string): Promise<ReadFile> {
  try {
    const stats = await stat(file)
    if (!stats.isFile()) return { type: 'unreadable', reason: 'this is no file. Name the YAML file itself.' }
    if (stats.size > maxConfigBytes) {
      return {
        type: 'unreadable',
        reason: `the file is larger than ${maxConfigBytes} bytes. Is it the right one?`,
      }
    }
    return { type: 'read', text: await readFile(file, 'utf8') }
  } catch (error) {
    const code = codeOf(error)
    const reason =
      code === 'ENOENT'
        ? 'there is no such file. Check the path, or start from config/example.yaml.'
        : `the file cannot be read (${code}). Check its permissions.`
    return { type: 'unreadable', reason }
  }
}

function invalidFile(file: string, message: string): LoadedConfig {
  return { type: 'invalid', problems: [{ file, line: null, path: '', message }] }
}
