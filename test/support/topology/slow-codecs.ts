import type { Codecs } from '../../../src/cli/codecs.ts'

/**
 * `codecs` whose reads take `hops()` turns of the promise queue longer: what a store or a worker would take, so that the
 * steps of one contact's read and another's write fall between each other in every way. `started` is called at the start of
 * every read.
 */
export function slowCodecs(codecs: Codecs, hops: () => number, started: () => void): Codecs {
  async function wait(): Promise<void> {
    started()
    for (let left = hops(); left > 0; left -= 1) await Promise.resolve()
  }
  const { person, contact, ledger, retry } = codecs
  return {
    person: {
      encode: (value) => person.encode(value),
      decode: async (bytes) => wait().then(async () => person.decode(bytes)),
    },
    contact: {
      encode: (value) => contact.encode(value),
      read: async (bytes) => wait().then(async () => contact.read(bytes)),
    },
    ledger: {
      encode: (value) => ledger.encode(value),
      decode: async (bytes) => wait().then(async () => ledger.decode(bytes)),
    },
    retry: {
      encode: (value) => retry.encode(value),
      read: async (bytes) => wait().then(async () => retry.read(bytes)),
    },
  }
}
