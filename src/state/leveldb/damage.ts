import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { codeOf } from '../error-code.ts'
import { readLog } from './log-file.ts'
import { readManifest, type Manifest } from './manifest.ts'
import { isWholeTable } from './table-file.ts'

/**
 * Reads the files of a closed LevelDB store and says, in words without content, what about them is not as it was written;
 * `undefined` if nothing is. What a crash of the process or the machine leaves is not damage. Rejects with the error of the
 * system where a file cannot be read. While another process has the store open, the answer means nothing.
 *
 * LevelDB itself does not look, and this binding has no switch for it. It drops damaged batches from the middle of its log
 * and keeps those after them; it answers from damaged tables, or stops the process with an assertion. It maps tables into
 * memory, so a device that fails under it ends the process as well (SIGBUS); here that is an error that says so.
 *
 * The lock file is left alone: a process that closes any descriptor of it gives up the locks that it has on it.
 */
export async function findDamage(directory: string): Promise<string | undefined> {
  const names = await readdir(directory)
  if (!names.includes('CURRENT')) {
    // LevelDB would begin a new store, and read the logs into it. It makes neither before CURRENT.
    return names.some((name) => /\.(log|ldb)$/.test(name)) ? 'CURRENT is missing' : undefined
  }
  const current = await readFile(path.join(directory, 'CURRENT'), 'latin1')
  if (!/^MANIFEST-\d+\n$/.test(current)) return 'CURRENT names no manifest'
  const bytes = await readIfThere(directory, current.trimEnd())
  if (bytes === undefined) return 'the manifest is missing'
  const { records, end } = readLog(bytes)
  const manifest = readManifest(records)
  // A torn end is a crash in the middle of a change: LevelDB goes back to the files before it, and deletes none until the
  // change is synced. If they are gone, the change was made and its record damaged since.
  if (end === 'damaged' || manifest === undefined) return 'the manifest does not match its checksums'
  return (await damagedTable(directory, manifest)) ?? (await damagedLog(directory, names, manifest))
}

async function damagedTable(directory: string, { tables }: Manifest): Promise<string | undefined> {
  for (const [number, size] of tables) {
    const name = `${String(number).padStart(6, '0')}.ldb`
    const bytes = await readIfThere(directory, name)
    if (bytes === undefined) return `${name} is missing`
    if (bytes.length !== size) return `${name} has not its size`
    if (!isWholeTable(bytes)) return `${name} does not match its checksums`
  }
  return undefined
}

async function damagedLog(
  directory: string,
  names: readonly string[],
  { firstLog }: Manifest,
): Promise<string | undefined> {
  const logs = names
    .filter((name) => /^\d+\.log$/.test(name) && Number.parseInt(name, 10) >= firstLog)
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
  if (firstLog > 0 && Number.parseInt(logs[0] ?? '0', 10) !== firstLog) return 'the first log is missing'
  let torn: string | undefined
  for (const name of logs) {
    const bytes = (await readIfThere(directory, name)) ?? Buffer.alloc(0)
    // Only the last log that holds anything can be torn: LevelDB begins another when all of the one before is synced.
    if (torn !== undefined && bytes.length > 0) return `${torn} does not match its checksums`
    const { end } = readLog(bytes)
    if (end === 'damaged') return `${name} does not match its checksums`
    if (end === 'torn') torn = name
  }
  return undefined
}

async function readIfThere(directory: string, name: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path.join(directory, name))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}
