import type { SentRequest } from './zendesk-model.ts'

/** E-mails to which a request was sent while another was under way. */
export function overlaps(requests: readonly SentRequest[]): readonly string[] {
  return requests
    .filter((request, index) =>
      requests
        .slice(0, index)
        .some(
          (earlier) =>
            earlier.write.email === request.write.email &&
            (earlier.answeredMs === null || earlier.answeredMs > request.sentMs),
        ),
    )
    .map(({ write }) => write.email)
}

/** The most requests that were sent in any sliding second. */
export function mostInOneSecond(requests: readonly SentRequest[]): number {
  const times = requests.map(({ sentMs }) => sentMs)
  return Math.max(
    0,
    ...times.map((timeMs, index) => times.slice(index).filter((later) => later - timeMs < 1000).length),
  )
}
