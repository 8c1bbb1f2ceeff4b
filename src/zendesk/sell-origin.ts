/** A checked origin, or what is wrong with the text in a sentence for the person who wrote it. */
export type OriginCheck =
  { readonly ok: true; readonly origin: string } | { readonly ok: false; readonly problem: string }

/**
 * Checks the one origin that the token may be sent to: scheme, host and optional port, nothing else. `http:` is for
 * the sandbox and tests alone, since it shows the token to the network. User information is refused and not repeated
 * in the problem, because it is a password.
 */
export function checkOrigin(text: string, allowInsecureHttp: boolean): OriginCheck {
  const example = 'write it as https://api.getbase.com'
  if (!URL.canParse(text)) return problem(`the Sell origin is not a URL; ${example}`)
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') {
    return problem(
      `the Sell origin carries a user name or password; remove it, the token file is the only credential`,
    )
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return problem(`the Sell origin has the scheme '${url.protocol}'; ${example}`)
  }
  if (url.protocol === 'http:' && !allowInsecureHttp) {
    return problem(`the Sell origin '${url.origin}' would send the token unencrypted; ${example}`)
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    return problem(
      `the Sell origin '${url.origin}' is followed by a path or query; end it after host and port`,
    )
  }
  return { ok: true, origin: url.origin }
}

function problem(text: string): OriginCheck {
  return { ok: false, problem: text }
}
