/** One line of a file, or why it cannot be read. */
export type Line =
  { readonly type: 'text'; readonly text: string } | { readonly type: 'unreadable'; readonly reason: string }

/** Longest line that is read; a longer one is hardly text, and would not fit into a string. */
const longestLineBytes = 256 * 1024 * 1024

/**
 * The lines of UTF-8 text that comes in chunks. Only line feeds end a line, with or without a carriage return: other
 * separators, such as U+2028, may stand within JSON texts. No more than `maxBytes` of a line are kept in memory.
 */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  maxBytes = longestLineBytes,
): AsyncGenerator<Line> {
  let parts: Uint8Array[] = []
  let size = 0
  const add = (part: Uint8Array): void => {
    size += part.length
    if (size <= maxBytes) parts.push(part)
    else parts = []
  }
  const take = (): Line => {
    const line: Line =
      size > maxBytes
        ? {
            type: 'unreadable',
            reason: `is longer than ${maxBytes} bytes; put each object on a line of its own`,
          }
        : decode(Buffer.concat(parts))
    parts = []
    size = 0
    return line
  }
  for await (const chunk of chunks) {
    let from = 0
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, from)) {
      add(chunk.subarray(from, end))
      yield take()
      from = end + 1
    }
    add(chunk.subarray(from))
  }
  if (size > 0) yield take()
}

const lineFeed = 0x0a
const utf8 = new TextDecoder('utf-8', { fatal: true })

function decode(bytes: Uint8Array): Line {
  try {
    return { type: 'text', text: utf8.decode(bytes).replace(/\r$/, '') }
  } catch {
    return { type: 'unreadable', reason: 'is not text in UTF-8' }
  }
}
