import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { createRequire } from 'node:module'
import { setTimeout as pause } from 'node:timers/promises'
import { createKafkaClient } from '../../../src/kafka/client.ts'
import { slowIdleTimers, type RequestQueueClass } from '../../../src/kafka/request-queue.ts'
import { until } from '../../support/until.ts'

/** As much of kafkajs' request queue as these tests use. */
interface Queue {
  readonly inflight: Map<number, { sentAt: number }>
  push(request: { entry: object; expectResponse: boolean; sendRequest: () => void }): void
  fulfillRequest(response: { correlationId: number; payload: null; size: number }): void
  maybeThrottle(durationMs: number): void
  destroy(): void
}
type Methods = RequestQueueClass['prototype']
interface QueueClass extends RequestQueueClass {
  new (options: object): Queue & { scheduleRequestTimeoutCheck(): void }
  readonly prototype: Queue & Methods
}

const Original = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as QueueClass
const { scheduleCheckPendingRequests, scheduleRequestTimeoutCheck } = Original.prototype
const originals: Methods = { scheduleCheckPendingRequests, scheduleRequestTimeoutCheck }
const queues: Queue[] = []

afterEach(() => queues.splice(0).forEach((queue) => queue.destroy()))

/** A class with kafkajs' methods of its own, so that changing them changes no other test's. */
function copyOfClass(changes: Partial<Methods> = {}): QueueClass {
  const Base: new (options: object) => Queue = Original
  class Copy extends Base {}
  Object.assign(Copy.prototype, originals, changes)
  return Copy as unknown as QueueClass
}

function withoutIdleTimers(): QueueClass {
  const Copy = copyOfClass()
  slowIdleTimers(fail, Copy)
  return Copy
}

function fail(message: string): void {
  throw new Error(message)
}

/** A queue, and the ids of the requests that it has sent. */
function createQueue(Queue: QueueClass, maxInFlightRequests: number | null = null, requestTimeout = 30_000) {
  const quiet = (): void => undefined
  const logger = { debug: quiet, warn: quiet }
  const isConnected = (): boolean => true
  const options = { maxInFlightRequests, requestTimeout, enforceRequestTimeout: true, isConnected }
  const queue = new Queue({ ...options, clientId: 'c', broker: 'b', logger })
  queues.push(queue)
  const sent: number[] = []
  const rejected: number[] = []
  return {
    queue,
    sent,
    rejected,
    request: (correlationId: number) => {
      const entry = { correlationId, resolve: () => undefined, reject: () => rejected.push(correlationId) }
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
    const { request, answer } = createQueue(copyOfClass())
    const timers = jest.spyOn(globalThis, 'setTimeout')
    const delays = () => timers.mock.calls.map(([, delayMs]) => delayMs ?? 0).filter((delayMs) => delayMs < 0)
    request(1)
    answer(1)
    await until('it has set more than ten', () => delays().length > 10)
    expect(Math.max(...delays())).toBeLessThan(0)
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

/** The delays of the intervals of a connection whose requests may take `requestTimeoutMs`. */
function timeoutLooks(Queue: QueueClass, requestTimeoutMs: number): readonly (number | undefined)[] {
  const intervals = jest.spyOn(globalThis, 'setInterval')
  createQueue(Queue, null, requestTimeoutMs).queue.scheduleRequestTimeoutCheck()
  return intervals.mock.calls.map(([, delayMs]) => delayMs)
}

describe('the look for requests without an answer', () => {
  afterEach(() => void jest.useRealTimers())

  it('is taken ten times per second by kafkajs, however long a request may take', () => {
    expect(timeoutLooks(copyOfClass(), 30_000)).toEqual([100])
  })

  it.each([
    { requestTimeoutMs: 30_000, everyMs: 1000 },
    { requestTimeoutMs: 5000, everyMs: 500 },
    { requestTimeoutMs: 1000, everyMs: 100 },
    { requestTimeoutMs: 10, everyMs: 100 },
  ])('is taken every $everyMs ms where a request may take $requestTimeoutMs ms', (row) => {
    expect(timeoutLooks(withoutIdleTimers(), row.requestTimeoutMs)).toEqual([row.everyMs])
  })

  it('gives up those whose time is over, and none that was answered or has time left', () => {
    jest.useFakeTimers()
    const { queue, request, answer, rejected } = createQueue(withoutIdleTimers())
    queue.scheduleRequestTimeoutCheck()
    request(1)
    request(2)
    jest.advanceTimersByTime(15_000)
    request(3)
    answer(2)
    jest.advanceTimersByTime(15_000)
    expect(rejected).toEqual([])
    jest.advanceTimersByTime(1000)
    expect(rejected).toEqual([1])
    expect([...queue.inflight.keys()]).toEqual([3])
  })
})

describe('the look for requests without an answer, where the wall clock is set', () => {
  afterEach(() => void jest.useRealTimers())

  it.each([3_240_000, -3_240_000])('by %s ms, gives each its time all the same', (byMs) => {
    jest.useFakeTimers()
    const { queue, request, rejected } = createQueue(withoutIdleTimers())
    queue.scheduleRequestTimeoutCheck()
    request(1)
    jest.advanceTimersByTime(10_500)
    const realMs = Date.now()
    // Fake timers move both clocks; this one moves alone.
    const monotonicMs = performance.now()
    jest.spyOn(performance, 'now').mockImplementation(() => monotonicMs + Date.now() - byMs - realMs)
    jest.setSystemTime(realMs + byMs)
    request(2)
    jest.advanceTimersByTime(19_000)
    expect(rejected).toEqual([])
    jest.advanceTimersByTime(2000)
    expect(rejected).toEqual([1])
    jest.advanceTimersByTime(11_000)
    expect(rejected).toEqual([1, 2])
  })
})

describe('a request queue that is not the known one', () => {
  it.each([
    { name: 'has another method', Queue: copyOfClass({ scheduleCheckPendingRequests: () => undefined }) },
    { name: 'has another second one', Queue: copyOfClass({ scheduleRequestTimeoutCheck: () => undefined }) },
    { name: 'has no such method', Queue: { prototype: {} } as RequestQueueClass },
    { name: 'is not there', Queue: null },
  ])('that $name is left as it is, and that is said', ({ Queue }) => {
    const methods = { ...Queue?.prototype }
    const said: string[] = []
    slowIdleTimers((message) => said.push(message), Queue)
    expect({ ...Queue?.prototype }).toEqual(methods)
    expect(said).toEqual([
      'this version of kafkajs is not known: the timers of its idle connections are left as they are',
    ])
  })

  it('is not what the method becomes: doing it again changes and says nothing', () => {
    const Queue = withoutIdleTimers()
    const method = Queue.prototype.scheduleCheckPendingRequests
    slowIdleTimers(fail, Queue)
    expect(Queue.prototype.scheduleCheckPendingRequests).toBe(method)
    expect(method).not.toBe(scheduleCheckPendingRequests)
  })
})
