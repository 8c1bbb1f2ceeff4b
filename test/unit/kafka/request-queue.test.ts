import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { createRequire } from 'node:module'
import { setTimeout as pause } from 'node:timers/promises'
import { createKafkaClient } from '../../../src/kafka/client.ts'
import { stopIdleTimers, type RequestQueueClass } from '../../../src/kafka/request-queue.ts'
import { until } from '../../support/until.ts'

/** As much of kafkajs' request queue as these tests use. */
interface Queue {
  readonly inflight: Map<number, unknown>
  push(request: { entry: object; expectResponse: boolean; sendRequest: () => void }): void
  fulfillRequest(response: { correlationId: number; payload: null; size: number }): void
  maybeThrottle(durationMs: number): void
  destroy(): void
}
type Method = RequestQueueClass['prototype']['scheduleCheckPendingRequests']
interface QueueClass extends RequestQueueClass {
  new (options: object): Queue & { scheduleCheckPendingRequests: Method }
  readonly prototype: Queue & { scheduleCheckPendingRequests: Method }
}

const Original = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as QueueClass
const originalMethod = Original.prototype.scheduleCheckPendingRequests
const queues: Queue[] = []

afterEach(() => queues.splice(0).forEach((queue) => queue.destroy()))

/** A class with kafkajs' method of its own, so that changing it changes no other test's. */
function copyOfClass(method = originalMethod): QueueClass {
  class Copy extends Original {}
  Copy.prototype.scheduleCheckPendingRequests = method
  return Copy
}

function withoutIdleTimers(): QueueClass {
  const Copy = copyOfClass()
  stopIdleTimers(fail, Copy)
  return Copy
}

function fail(message: string): void {
  throw new Error(message)
}

/** A queue, and the ids of the requests that it has sent. */
function createQueue(Queue: QueueClass, maxInFlightRequests: number | null = null) {
  const quiet = (): void => undefined
  const logger = { debug: quiet, warn: quiet }
  const queue = new Queue({ maxInFlightRequests, requestTimeout: 30_000, clientId: 'c', broker: 'b', logger })
  queues.push(queue)
  const sent: number[] = []
  return {
    queue,
    sent,
    request: (correlationId: number) => {
      const entry = { correlationId, resolve: () => undefined, reject: fail }
      queue.push({ entry, expectResponse: true, sendRequest: () => sent.push(correlationId) })
    },
    answer: (correlationId: number) => queue.fulfillRequest({ correlationId, payload: null, size: 0 }),
  }
}

/** The delays of the timers that a queue sets in 50 ms after its only request was answered. */
async function idleTimers(Queue: QueueClass): Promise<readonly number[]> {
  const { request, answer } = createQueue(Queue)
  const timers = jest.spyOn(globalThis, 'setTimeout')
  request(1)
  answer(1)
  await pause(50)
  return timers.mock.calls.map(([, delayMs]) => delayMs ?? 0)
}

describe('the request queue of an idle connection', () => {
  it('as kafkajs has it sets timers without end, with times that Node refuses', async () => {
    const delays = await idleTimers(copyOfClass())
    expect(delays.length).toBeGreaterThan(10)
    expect(Math.max(...delays)).toBeLessThan(0)
  })

  it('sets none', async () => {
    expect(await idleTimers(withoutIdleTimers())).toEqual([])
  })

  it('is without them in every client', async () => {
    createKafkaClient(
      { clientId: 'c', brokers: ['b:1'], connectionTimeoutMs: 1, requestTimeoutMs: 1, tls: null, sasl: null },
      () => () => undefined,
    )
    expect(await idleTimers(Original)).toEqual([])
  })
})

describe('a request queue without idle timers', () => {
  it('holds requests back while the broker throttles, and sends them in order when that ends', async () => {
    const { queue, request, sent } = createQueue(withoutIdleTimers())
    const timers = jest.spyOn(globalThis, 'setTimeout')
    const throttledAtMs = Date.now()
    queue.maybeThrottle(80)
    request(1)
    request(2)
    await pause(40)
    expect(sent).toEqual([])
    await until('they are sent', () => sent.length === 2)
    expect(Date.now() - throttledAtMs).toBeGreaterThanOrEqual(80)
    expect(sent).toEqual([1, 2])
    const delays = timers.mock.calls.map(([, delayMs]) => delayMs ?? 0).filter((delayMs) => delayMs > 25)
    expect(delays).toHaveLength(1)
  })

  it('waits on where the throttling was prolonged meanwhile', async () => {
    const { queue, request, sent } = createQueue(withoutIdleTimers())
    const throttledAtMs = Date.now()
    queue.maybeThrottle(20)
    request(1)
    queue.maybeThrottle(80)
    await until('it is sent', () => sent.length === 1)
    expect(Date.now() - throttledAtMs).toBeGreaterThanOrEqual(80)
  })

  it('sends what waits for answers to others as soon as it is there', () => {
    const { request, answer, sent } = createQueue(withoutIdleTimers(), 1)
    request(1)
    request(2)
    request(3)
    expect(sent).toEqual([1])
    answer(1)
    expect(sent).toEqual([1, 2])
    answer(2)
    expect(sent).toEqual([1, 2, 3])
  })

  it('looks at what waits even where no answer comes', async () => {
    const { queue, request, sent } = createQueue(withoutIdleTimers(), 1)
    const timers = jest.spyOn(globalThis, 'setTimeout')
    request(1)
    request(2)
    await pause(25)
    queue.inflight.clear()
    await until('it is sent', () => sent.length === 2)
    expect(sent).toEqual([1, 2])
    expect(new Set(timers.mock.calls.map(([, delayMs]) => delayMs))).toEqual(new Set([10]))
  })
})

describe('a request queue that is not the known one', () => {
  it.each([
    { name: 'has another method', Queue: copyOfClass(() => undefined) },
    { name: 'has no such method', Queue: { prototype: {} } as RequestQueueClass },
    { name: 'is not there', Queue: null },
  ])('that $name is left as it is, and that is said', ({ Queue }) => {
    const method = Queue?.prototype.scheduleCheckPendingRequests
    const said: string[] = []
    stopIdleTimers((message) => said.push(message), Queue)
    expect(Queue?.prototype.scheduleCheckPendingRequests).toBe(method)
    expect(said).toEqual([
      'this version of kafkajs is not known: the timers of its idle connections are left as they are',
    ])
  })

  it('is not what the method becomes: doing it again changes and says nothing', () => {
    const Queue = withoutIdleTimers()
    const method = Queue.prototype.scheduleCheckPendingRequests
    stopIdleTimers(fail, Queue)
    expect(Queue.prototype.scheduleCheckPendingRequests).toBe(method)
    expect(method).not.toBe(originalMethod)
  })
})
