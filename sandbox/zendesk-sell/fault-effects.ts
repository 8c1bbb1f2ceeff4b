import { STATUS_CODES } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

import { faultRefusal, unauthorized } from './errors.ts'
import type { FaultPlan } from './faults.ts'
import { emptyReply, rateLimitReply, refusalReply } from './reply.ts'
import type { Reply } from './reply.ts'
import type { Sell } from './sell.ts'
import { sendPadded, sendSlowly } from './transfer.ts'

/** One request on its way through a fault. */
export interface Exchange {
  readonly sell: Sell
  readonly requestId: string
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Serves the request as if there were no fault; whatever it changes is changed from then on. */
  readonly apply: () => Reply
  /** Sends an answer, or hands it to `transfer` for sending it in another way. */
  readonly finish: (reply: Reply, transfer?: (reply: Reply) => Promise<void>) => Promise<void>
  /** Aborts when the server stops. */
  readonly stopping: AbortSignal
}

type RespondPlan = Extract<FaultPlan, { kind: 'respond' }>

// What a load balancer in front of the API sends: no JSON, whatever the client accepts.
function gatewayPage(status: number): string {
  const title = `${status} ${STATUS_CODES[status] ?? ''}`.trim()
  return `<html><head><title>${title}</title></head><body><center><h1>${title}</h1></center></body></html>\n`
}

function plannedBody({ body, status }: RespondPlan, requestId: string): Omit<Reply, 'applied'> {
  switch (body) {
    case 'html':
      return {
        status,
        headers: { 'Content-Type': 'text/html', 'X-Request-Id': requestId },
        body: gatewayPage(status),
      }
    case 'json':
      return refusalReply(faultRefusal(status), requestId)
    case 'empty':
      return emptyReply(status, requestId)
  }
}

function plannedReply(plan: RespondPlan, requestId: string): Omit<Reply, 'applied'> {
  const reply = plannedBody(plan, requestId)
  if (plan.retryAfter === undefined) return reply
  return { ...reply, headers: { ...reply.headers, 'Retry-After': plan.retryAfter } }
}

/** Carries out a fault. Resolves when nothing more happens to the request, and rejects when the server stops. */
export async function enactFault(plan: FaultPlan, exchange: Exchange): Promise<void> {
  const { sell, requestId, request, response, apply, finish, stopping } = exchange
  switch (plan.kind) {
    case 'respond': {
      const applied = plan.apply && apply().applied
      await finish({ ...plannedReply(plan, requestId), applied })
      break
    }
    case 'delay':
      await delay(plan.delayMs, undefined, { signal: stopping })
      await finish(apply())
      break
    case 'drop-after':
      apply()
      request.socket.resetAndDestroy()
      break
    case 'drop-before':
      request.socket.resetAndDestroy()
      break
    case 'apply-late':
      await delay(plan.delayMs, undefined, { signal: stopping })
      apply()
      break
    case 'slow-body':
      await finish(apply(), async (reply) => await sendSlowly(response, reply, plan, stopping))
      break
    case 'rate-limit':
      await finish(rateLimitReply(sell.switches, sell.clock.epochMs(), requestId))
      break
    case 'expired-token':
      await finish(refusalReply(unauthorized(), requestId))
      break
    case 'huge-body':
      await finish(apply(), async (reply) => await sendPadded(response, reply, plan.bytes))
      break
    case 'redirect':
      await finish(emptyReply(302, requestId, { Location: plan.location }))
      break
  }
}
