import { StoreCorrupt, StoreUnavailable } from '../runtime/state-store.ts'
import { codeOf } from './error-code.ts'

interface Trouble {
  /** The codes that Node gives. */
  readonly codes: readonly string[]
  /** What LevelDB's message ends with: the text of the C library, glibc or musl. */
  readonly texts: readonly string[]
  /** What it is, and what to do. */
  readonly remedy: string
}

const troubles: readonly Trouble[] = [
  {
    codes: ['ENOSPC', 'EDQUOT'],
    texts: ['No space left on device', 'Disk quota exceeded', 'Quota exceeded'],
    remedy: 'no space is left; free some, or give the volume more',
  },
  {
    codes: ['EFBIG'],
    texts: ['File too large'],
    remedy: 'a file reached the limit of the process or the volume; raise it (ulimit -f)',
  },
  {
    codes: ['EROFS'],
    texts: ['Read-only file system'],
    remedy: 'the volume is read-only; mount it writable, and look why it is not',
  },
  {
    codes: ['EACCES', 'EPERM'],
    texts: ['Permission denied', 'Operation not permitted'],
    remedy: 'access is denied; let the user of this process read and write there',
  },
  {
    codes: ['EIO', 'ENXIO', 'ESTALE'],
    texts: ['Input/output error', 'I/O error', 'No such device or address', 'Stale file handle'],
    remedy: 'the device fails; look after the volume',
  },
  {
    codes: ['EMFILE', 'ENFILE'],
    texts: ['Too many open files', 'Too many open files in system', 'No file descriptors available'],
    remedy: 'too many files are open; raise the limit (ulimit -n)',
  },
  {
    codes: ['ENOTDIR', 'EEXIST'],
    texts: ['Not a directory'],
    remedy: 'something that is no directory is in the way; remove it, or choose another place',
  },
]

// What LevelDB says where a file that its manifest names is gone, or ends before what is read from it.
const missing = ['No such file or directory', 'Invalid argument']

/** The error for a store whose content is not what was written. `where` holds no content. */
export function corrupt(directory: string, where: string): StoreCorrupt {
  return new StoreCorrupt(
    `the state store in ${directory} is damaged: ${where}; delete it, Kafka has its content`,
  )
}

/** The error for a store that another process has open. */
export function inUse(directory: string): StoreUnavailable {
  return new StoreUnavailable(
    `the state store in ${directory} is in use by another process; stop it, or give each process its own directory`,
  )
}

/** Whether opening a store failed because another process, or another store of this one, has it open. */
export function isLocked(error: unknown): boolean {
  return chain(error).some(
    ({ code, message }) => code === 'LEVEL_LOCKED' && !message.endsWith('No locks available'),
  )
}

/**
 * The error to report for one that Node or LevelDB gave for the store in `directory`: {@link StoreCorrupt},
 * {@link StoreUnavailable}, or the same error where it is neither. LevelDB's own text on corruption is not passed on: it can
 * hold a key.
 */
export function storeError(directory: string, error: unknown): unknown {
  if (error instanceof StoreCorrupt || error instanceof StoreUnavailable) return error
  if (isLocked(error)) return inUse(directory)
  for (const { code, message } of chain(error)) {
    if (code === 'LEVEL_CORRUPTION' || message.startsWith('Corruption:')) {
      return corrupt(directory, 'LevelDB finds it corrupt')
    }
    const trouble = troubles.find(
      ({ codes, texts }) => codes.includes(code) || texts.some((text) => message.endsWith(`: ${text}`)),
    )
    if (trouble !== undefined) {
      return new StoreUnavailable(`the state store in ${directory} cannot be used: ${trouble.remedy}`)
    }
    if (code === 'LEVEL_IO_ERROR' && missing.some((text) => message.endsWith(`: ${text}`))) {
      return corrupt(directory, 'a file is missing or too short')
    }
  }
  return error
}

// The binding wraps what LevelDB says while it opens.
function chain(error: unknown): readonly { readonly code: string; readonly message: string }[] {
  if (typeof error !== 'object' || error === null || !('message' in error)) return []
  const cause = 'cause' in error ? error.cause : undefined
  return [{ code: codeOf(error), message: String(error.message) }, ...chain(cause)]
}
