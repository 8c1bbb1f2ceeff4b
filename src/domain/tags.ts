/** A short digest of a text, as the ledger keeps it. */
type Digest = (text: string) => string

/**
 * The most that are remembered as ours of one contact: the newest. More have only contacts of which many writes in a row were in
 * doubt.
 */
const mostOwn = 1000

/**
 * Sell replaces all tags of a contact at each write (facts: merge semantics), and agents tag too. So ours are told from
 * theirs by the digests of those that the mapping made and that were, or may have been, written: `own`, in the ledger.
 */
export interface Tags {
  /** What is there now, of whomever. */
  readonly found: readonly string[]
  /** What the mapping wants. */
  readonly wanted: readonly string[]
  readonly own: readonly string[]
}

/** The tags to write: those of others as they are, and of ours those that are wanted. */
export function mergeTags({ found, wanted, own }: Tags, digest: Digest): readonly string[] {
  const others = found.filter((tag) => !own.includes(digest(tag)))
  return [...new Set([...others, ...wanted])]
}

/** Those of `found` that are ours, as the mapping orders them. */
export function ownTags(found: readonly string[], own: readonly string[], digest: Digest): readonly string[] {
  return [...new Set(found.filter((tag) => own.includes(digest(tag))))].sort()
}

/** {@link Tags.own} once `wanted` may be there beside what was. */
export function addOwn(own: readonly string[], wanted: readonly string[], digest: Digest): readonly string[] {
  return [...new Set([...own, ...wanted.map(digest)])].slice(-mostOwn)
}
