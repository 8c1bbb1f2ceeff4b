/** What a replay is to do: chosen when it begins, and the same however often it is resumed. */
export interface ReplayTask {
  /** The topic that is copied from, and that which is copied to. */
  readonly source: string
  readonly target: string
  /** Mapping id of the only audience whose records are copied, or `null` for all. */
  readonly audience: string | null
  /** Whether what is copied is written to Zendesk again though nothing changed. */
  readonly force: boolean
}

/** Tells the form of a note, should there be another one day. */
const noteForm = 'replay-1'

/**
 * What stands beside the offset of each partition in the group of a replay: Kafka itself remembers how far it is and what it
 * was to do, so it can be resumed from any machine. `to` is the offset before which the partition's part ends.
 */
export function writeProgressNote({ target, audience, force }: ReplayTask, to: number): string {
  return JSON.stringify([noteForm, to, target, audience, force])
}

/** Reads a note; `null` where it is none of {@link writeProgressNote}. */
export function readProgressNote(
  text: string,
): (Omit<ReplayTask, 'source'> & { readonly to: number }) | null {
  try {
    const parts: unknown = JSON.parse(text)
    if (!Array.isArray(parts) || parts.length !== 5) return null
    const [form, to, target, audience, force] = parts as readonly unknown[]
    const isNote =
      form === noteForm &&
      Number.isSafeInteger(to) &&
      typeof target === 'string' &&
      (audience === null || typeof audience === 'string') &&
      typeof force === 'boolean'
    return isNote ? { to: Number(to), target, audience, force } : null
  } catch {
    return null
  }
}
