import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

import { maximumBodyBytes } from './payload.ts'
import type { Body } from './payload.ts'
import type { Reply } from './reply.ts'

/** The whole body of a request; undefined when the client went away in the middle of it. */
export async function receiveBody(request: IncomingMessage): Promise<Body | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length
      // The rest is read all the same: a client that still writes would otherwise see a reset, not the answer.
      if (length > maximumBodyBytes) chunks.length = 0
      else chunks.push(chunk)
    }
  } catch {
    return undefined
  }
  return length > maximumBodyBytes ? 'too-large' : Buffer.concat(chunks)
}

function writeHead(response: ServerResponse, reply: Reply, bytes: number): void {
  response.writeHead(reply.status, {
    ...reply.headers,
    ...(reply.status === 204 ? {} : { 'Content-Length': bytes }),
  })
}

/** Sends an answer in one piece. */
export function send(response: ServerResponse, reply: Reply): void {
  const body = Buffer.from(reply.body)
  writeHead(response, reply, body.length)
  response.end(body)
}

/** Sends the body in pieces of `chunkBytes` with a pause before each; stops when the client goes away. */
export async function sendSlowly(
  response: ServerResponse,
  reply: Reply,
  { chunkBytes, intervalMs }: { readonly chunkBytes: number; readonly intervalMs: number },
  stopping: AbortSignal,
): Promise<void> {
  const body = Buffer.from(reply.body)
  writeHead(response, reply, body.length)
  response.flushHeaders()
  for (let at = 0; at < body.length && !response.destroyed; at += chunkBytes) {
    await delay(intervalMs, undefined, { signal: stopping })
    response.write(body.subarray(at, at + chunkBytes))
  }
  response.end()
}

async function drained(response: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done)
      resolve()
    }
    response.on('drain', done).on('close', done)
  })
}

/** Sends the body and then blanks up to `bytes`; it stays valid JSON. Memory stays small whatever the length. */
export async function sendPadded(response: ServerResponse, reply: Reply, bytes: number): Promise<void> {
  const body = Buffer.from(reply.body)
  const total = Math.max(bytes, body.length)
  const blanks = Buffer.alloc(65_536, ' ')
  writeHead(response, reply, total)
  response.write(body)
  for (let left = total - body.length; left > 0 && !response.destroyed; left -= blanks.length)
    if (!response.write(blanks.subarray(0, left))) await drained(response)
  response.end()
}
