import kafkajs from 'kafkajs'
import { setTimeout as sleep } from 'node:timers/promises'
import { types } from 'node:util'
import { messageOf } from '../errors.ts'

/** Why a Kafka cluster does not answer, or undefined when it does. */
export async function brokerProblem(brokers: readonly string[]): Promise<string | undefined> {
  const kafka = new kafkajs.Kafka({
    clientId: 'sandbox',
    brokers: [...brokers],
    connectionTimeout: 2_000,
    requestTimeout: 2_000,
    enforceRequestTimeout: true,
    retry: { retries: 0 },
    logLevel: kafkajs.logLevel.NOTHING,
  })
  const admin = kafka.admin()
  try {
    await admin.connect()
    const { brokers: known } = await admin.describeCluster()
    return known.length > 0 ? undefined : 'it knows no broker'
  } catch (thrown) {
    return messageOf(thrown)
  } finally {
    await admin.disconnect()
  }
}

/** Why a schema registry does not answer, or undefined when it does. */
export async function registryProblem(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${url.replace(/\/$/, '')}/subjects`, { signal: AbortSignal.timeout(2_000) })
    await response.arrayBuffer()
    return response.status === 200 ? undefined : `GET /subjects answers ${response.status}`
  } catch (thrown) {
    // fetch hides the reason ("connect ECONNREFUSED ...") in the cause.
    const cause = types.isNativeError(thrown) ? thrown.cause : undefined
    return messageOf(cause ?? thrown)
  }
}

/** Asks until there is no problem or the time is over; gives the last problem. */
export async function lastProblem(
  ask: () => Promise<string | undefined>,
  withinMs: number,
): Promise<string | undefined> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const problem = await ask()
    if (problem === undefined || Date.now() > deadline) return problem
    await sleep(200)
  }
}
