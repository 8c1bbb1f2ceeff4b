/** What a request asks of a broker. */
export type Operation =
  | { readonly type: 'produce'; readonly topic: string; readonly partition: number; readonly records: number }
  | { readonly type: 'commit'; readonly groupId: string }
  | { readonly type: 'fetch' | 'join' | 'sync' | 'heartbeat' | 'leave' | 'offsets' | 'admin' }

/**
 * The way from one client to the brokers and back. `handle` is what happens at the broker, once, as soon as the request is
 * there; it may take its time. Rejects with what `handle` rejects with, or with {@link BrokerUnreachable} where the request
 * or its answer got lost.
 */
export type Link = <T>(operation: Operation, handle: () => T | Promise<T>) => Promise<T>

/** A link within this process: nothing takes time and nothing gets lost. */
export const directLink: Link = async (_operation, handle) => handle()
