const name = 'zendesk-activation'

/**
 * Stands beside every offset that this program commits: its name, then a note. The tools with which an operator resets a group
 * write none, so an offset without the name is a wish of theirs.
 */
export function commitMetadata(note: string): string {
  return note === '' ? name : `${name} ${note}`
}

/** Whether `metadata` is this program's, and the note in it. */
export function readMetadata(metadata: string | null): { readonly ours: boolean; readonly note: string } {
  if (metadata === name) return { ours: true, note: '' }
  const ours = metadata?.startsWith(`${name} `) === true
  return { ours, note: ours ? metadata.slice(name.length + 1) : '' }
}
