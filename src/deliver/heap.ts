/** Items in a binary heap, each of which knows its place there: any of them can be taken out without a search. */
export interface Heap<T> {
  /** The item before which no other comes. Takes no time. */
  first(): T | undefined
  /** Takes time by the logarithm of the size, as does {@link Heap.remove}. */
  add(item: T): void
  /** Takes out an item that is in this heap. */
  remove(item: T): void
  size(): number
}

/**
 * An empty heap, in the order that `isBefore` says. An item's place is kept in its property `place`, so that a million
 * items need no table of places: no item may be in two heaps by the same property.
 */
export function createHeap<P extends string, T extends Record<P, number>>(
  place: P,
  isBefore: (a: T, b: T) => boolean,
): Heap<T> {
  const items: T[] = []

  function put(item: T, at: number): void {
    items[at] = item
    // Its type says that any item has this property, but not that it can be set.
    ;(item as Record<P, number>)[place] = at
  }

  function rise(item: T, from: number): void {
    let at = from
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = items[above]
      if (parent === undefined || !isBefore(item, parent)) break
      put(parent, at)
      at = above
    }
    put(item, at)
  }

  function sink(item: T, from: number): void {
    let at = from
    for (;;) {
      const below = firstBelow(at)
      const child = below === undefined ? undefined : items[below]
      if (below === undefined || child === undefined || !isBefore(child, item)) break
      put(child, at)
      at = below
    }
    put(item, at)
  }

  /** Of the two places below, that of the item that comes first. */
  function firstBelow(at: number): number | undefined {
    const left = items[2 * at + 1]
    const right = items[2 * at + 2]
    if (left === undefined) return undefined
    return right !== undefined && isBefore(right, left) ? 2 * at + 2 : 2 * at + 1
  }

  return {
    first: () => items[0],
    add: (item) => rise(item, items.length),
    remove(item) {
      const at = item[place]
      const last = items.pop()
      if (last === undefined || last === item) return
      // The last one fills the gap, and may belong above it or below.
      const parent = items[(at - 1) >> 1]
      if (at > 0 && parent !== undefined && isBefore(last, parent)) rise(last, at)
      else sink(last, at)
    },
    size: () => items.length,
  }
}
