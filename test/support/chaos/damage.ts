import { open, readdir, stat, truncate } from 'node:fs/promises'
import path from 'node:path'
import type { Dice } from '../simulation/dice.ts'

/** What was done to a file of a store. */
export interface Damage {
  readonly file: string
  readonly kind: 'flipped' | 'truncated'
}

const damageable = /(\.ldb|\.log|^MANIFEST-\d+)$/

/**
 * Damages every store under a state directory whose program is gone: one of the files of each, by flipping bytes in it,
 * one file in all by cutting it in half. Empty files are left alone.
 */
export async function damageStores(stateDirectory: string, dice: Dice): Promise<readonly Damage[]> {
  const damages: Damage[] = []
  for (const [at, store] of (await storesIn(stateDirectory)).entries()) {
    const files = await filesOf(store)
    if (files.length === 0) continue
    const file = dice.pick(files)
    const kind = at === 0 ? 'truncated' : 'flipped'
    if (kind === 'truncated') await truncate(file, Math.floor((await stat(file)).size / 2))
    else await flipBytes(file, dice)
    damages.push({ file: path.relative(stateDirectory, file), kind })
  }
  return damages
}

/** Directories `<application>/<stage>/<partition>`. */
async function storesIn(stateDirectory: string): Promise<readonly string[]> {
  const entries = await readdir(stateDirectory, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isDirectory() && /^\d+$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
}

async function filesOf(store: string): Promise<readonly string[]> {
  const names = (await readdir(store)).filter((name) => damageable.test(name)).sort()
  const files = names.map((name) => path.join(store, name))
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size))
  return files.filter((_file, at) => (sizes[at] ?? 0) > 1)
}

async function flipBytes(file: string, dice: Dice): Promise<void> {
  const handle = await open(file, 'r+')
  try {
    const { size } = await handle.stat()
    for (let count = 0; count < 3; count += 1) {
      const at = dice.int(0, size - 1)
      const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, at)
      await handle.write(Buffer.from([(buffer[0] ?? 0) ^ 0xff]), 0, 1, at)
    }
  } finally {
    await handle.close()
  }
}
