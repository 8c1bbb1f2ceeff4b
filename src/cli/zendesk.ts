import { statSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import type { Config } from '../config/config.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { TriedRequest } from '../telemetry/request-metrics.ts'
import { createSellClient, type SellClient } from '../zendesk/sell-client.ts'
import { createTokenFile } from '../zendesk/token-file.ts'
import type { Problem } from './check/finding.ts'
import type { SellAnswers } from './check/zendesk.ts'
import { checkCustomFields } from './custom-fields.ts'
import { systemClock } from './system-clock.ts'

/** The client for Zendesk Sell as configured. */
export function createZendesk(
  { zendesk }: Config,
  version: string,
  logger: Logger,
  requestTried: (request: TriedRequest) => void,
): SellClient {
  const token = createTokenFile({
    path: zendesk.tokenFile,
    nowMs: () => systemClock.monotonicMs(),
    onProblem(problem) {
      if (problem === null) logger.info({}, 'the token file is usable again')
      else logger.error({ problem }, 'the token file cannot be used')
    },
  })
  return createSellClient({
    origin: zendesk.origin,
    token,
    userAgent: `zendesk-activation/${version}`,
    contacts: zendesk.contacts,
    allowInsecureHttp: zendesk.allowInsecureHttp,
    connections: zendesk.maxConcurrentRequests,
    totalDeadlineMs: zendesk.requestDeadlineMs,
    maxResponseBytes: zendesk.maxResponseBytes,
    onRequest: requestTried,
  })
}

/**
 * What is wrong with the configuration in the light of what Sell says: custom fields that it does not have. A Sell that
 * does not answer, or refuses the token, is no reason not to start: nothing is lost meanwhile, so it is logged.
 */
export async function checkAgainstZendesk(
  config: Config,
  client: SellClient,
  logger: Logger,
): Promise<readonly Problem[]> {
  // Comes on top of the rate of replicas that are at work, so no request more than it takes: a list proves the token.
  const list = await unlessThrottled(async () => client.listCustomFields())
  if (list.type === 'listed') return checkCustomFields(config, list.fields)
  const token = await unlessThrottled(async () => client.checkToken())
  if (token.type === 'accepted')
    logger.warn({ outcome: list }, "the custom fields could not be checked against Sell's")
  else
    logger.error(
      { outcome: token },
      'the token could not be checked: nothing is written until Zendesk accepts it',
    )
  return []
}

/** Asks Sell what a check wants to know of it. Writes nothing. */
export async function askSell(client: SellClient): Promise<SellAnswers> {
  const fields = await unlessThrottled(async () => client.listCustomFields())
  // What keeps the list from being read at all keeps the token from being checked too.
  if (fields.type !== 'listed' && fields.type !== 'unauthorised') return { fields, token: fields }
  return { fields, token: await unlessThrottled(async () => client.checkToken()) }
}

/** Milliseconds since the token's file changed; `null` where there is no such file now. */
export function tokenFileAgeMs({ zendesk }: Config): number | null {
  const mtimeMs = statSync(zendesk.tokenFile, { throwIfNoEntry: false })?.mtimeMs
  return mtimeMs === undefined ? null : systemClock.nowMs() - mtimeMs
}

const maxAsks = 10
const longestPauseMs = 3000

/**
 * Asks again where Zendesk throttles. Replicas that are busy already use all of the rate, so a question beside them is
 * throttled as often as not: given up at once, a rollout would skip the checks just when they matter.
 */
async function unlessThrottled<T extends { readonly type: string }>(ask: () => Promise<T>): Promise<T> {
  let answer = await ask()
  for (let asks = 1; answer.type === 'throttled' && asks < maxAsks; asks += 1) {
    const retryAfterMs = 'retryAfterMs' in answer ? Number(answer.retryAfterMs) : 0
    await setTimeout(Math.min(longestPauseMs, retryAfterMs + 500 + 1000 * Math.random()))
    answer = await ask()
  }
  return answer
}
