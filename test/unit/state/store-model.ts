import { expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { StateStore, StoreWrite } from '../../../src/runtime/state-store.ts'

type Step =
  | { readonly kind: 'batch'; readonly writes: readonly StoreWrite[] }
  | { readonly kind: 'get'; readonly key: string }
  | { readonly kind: 'getMany'; readonly keys: readonly string[] }
  | { readonly kind: 'range'; readonly gte: string; readonly lt: string; readonly most: number }

const plain = (value: Uint8Array | undefined): readonly number[] | undefined => value && [...value]

const compareBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

// Few keys, so that steps meet, and some that only UTF-8 puts in their order.
const key = fc.oneof(
  fc.constantFrom('', 'a', 'ab', 'b', 'contact/1', 'contact/2', '\uffff', '\u{10000}'),
  fc.string({ unit: 'binary', maxLength: 2 }),
)
const write = fc.record({ key, value: fc.option(fc.uint8Array({ maxLength: 300 })) })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('batch' as const), writes: fc.array(write, { maxLength: 8 }) }),
  },
  fc.record({ kind: fc.constant('get' as const), key }),
  fc.record({ kind: fc.constant('getMany' as const), keys: fc.array(key, { maxLength: 5 }) }),
  fc.record({
    kind: fc.constant('range' as const),
    gte: key,
    lt: key,
    most: fc.integer({ min: 1, max: 10 }),
  }),
)

/** Checks that every answer of a store is that of a map with the same writes, sorted by the bytes of its keys. */
export function itIsLikeAMap(open: () => Promise<StateStore>): void {
  it('answers what a sorted map answers', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const store = await open()
        const map = new Map<string, Uint8Array>()
        for (const one of steps) expect(await answerOf(store, one)).toEqual(modelAnswer(map, one))
        await store.close()
      }),
      { numRuns: 60 },
    )
  })
}

async function answerOf(store: StateStore, step: Step): Promise<unknown> {
  switch (step.kind) {
    case 'batch':
      return store.batch(step.writes)
    case 'get':
      return plain(await store.get(step.key))
    case 'getMany':
      return (await store.getMany(step.keys)).map(plain)
    case 'range': {
      const found: unknown[] = []
      for await (const [key, value] of store.range(step)) {
        found.push([key, plain(value)])
        if (found.length === step.most) break
      }
      return found
    }
  }
}

function modelAnswer(map: Map<string, Uint8Array>, step: Step): unknown {
  switch (step.kind) {
    case 'batch':
      for (const { key, value } of step.writes) {
        if (value === null) map.delete(key)
        else map.set(key, value)
      }
      return undefined
    case 'get':
      return plain(map.get(step.key))
    case 'getMany':
      return step.keys.map((key) => plain(map.get(key)))
    case 'range':
      return [...map]
        .filter(([key]) => compareBytes(key, step.gte) >= 0 && compareBytes(key, step.lt) < 0)
        .sort(([a], [b]) => compareBytes(a, b))
        .slice(0, step.most)
        .map(([key, value]) => [key, plain(value)])
  }
}
