import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import type { Target } from './api.ts'
import { control, replyText } from './control.ts'
import type { ControlReply, NewToken } from './control.ts'
import { parseJson } from './payload.ts'
import type { Sell } from './sell.ts'

// Seeds of many thousand contacts come in one request.
const maximumBodyBytes = 268_435_456

/** Whether a peer address, IPv4 inside IPv6 included, is on this machine. */
export function isLoopback(address: string | undefined): boolean {
  return /^(::ffff:)?127\.|^::1$/.test(address ?? '')
}

async function receive(request: IncomingMessage): Promise<Uint8Array | 'too-large'> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > maximumBodyBytes) chunks.length = 0
    else chunks.push(chunk)
  }
  return length > maximumBodyBytes ? 'too-large' : Buffer.concat(chunks)
}

function refuse(status: number, problem: string): ControlReply {
  return { status, head: { problems: [problem] } }
}

async function handle(
  sell: Sell,
  request: IncomingMessage,
  { path, rawQuery }: Target,
  newToken: NewToken,
): Promise<ControlReply> {
  if (!isLoopback(request.socket.remoteAddress))
    return refuse(403, 'the control endpoint answers clients on this machine only')
  const bytes = await receive(request)
  if (bytes === 'too-large') return refuse(413, `the body is larger than ${maximumBodyBytes} bytes`)
  const body = bytes.length === 0 ? undefined : parseJson(bytes)
  if (body === undefined && bytes.length > 0) return refuse(400, 'the body is not valid JSON in UTF-8')
  return control(
    sell,
    {
      method: request.method ?? '',
      path: path.slice('/_control'.length),
      query: new URLSearchParams(rawQuery),
      body,
    },
    newToken,
  )
}

/** Serves one request to the control endpoint: no token and no rate limit, loopback clients only. */
export async function serveControl(
  sell: Sell,
  request: IncomingMessage,
  response: ServerResponse,
  target: Target,
  newToken: NewToken,
): Promise<void> {
  const reply = await handle(sell, request, target, newToken)
  response.writeHead(reply.status, { 'Content-Type': 'application/json; charset=utf-8' })
  await pipeline(Readable.from(replyText(reply)), response)
}
