import type { Config } from '../../config/config.ts'
import type { CustomFieldList, ReadFailure, TokenCheck } from '../../zendesk/sell-reads.ts'
import { checkCustomFields } from '../custom-fields.ts'
import { asFindings, type Finding } from './finding.ts'

/** What Sell said to the two questions of a check. */
export interface SellAnswers {
  readonly fields: CustomFieldList
  readonly token: TokenCheck
}

/** What Sell's answers say of the token and of the custom fields that the configuration names. */
export function judgeSell(config: Config, { fields, token }: SellAnswers): readonly Finding[] {
  if (fields.type !== 'listed') {
    // One cause is told once: a token that is refused may see nothing.
    if (token.type !== 'accepted') return [describeFailure(config, token)]
    return [describeToken(config, token), describeUnlisted(config, fields)]
  }
  const problems = checkCustomFields(config, fields.fields)
  const listed: readonly Finding[] =
    problems.length > 0
      ? asFindings('zendesk', problems)
      : [finding('ok', 'custom fields', 'Sell has every one that is named, with a type that fits.')]
  return [describeToken(config, token), ...listed]
}

/** A token that lists the custom fields is good for reading, whatever it may not see. */
function describeToken({ zendesk: { tokenFile } }: Config, token: TokenCheck): Finding {
  const owner =
    token.type === 'accepted' && token.userId !== null
      ? `it is that of the user ${token.userId}`
      : 'it does not show its user, which needs the scope profile and is no fault'
  const message = `Zendesk accepts the token in ${tokenFile}; ${owner}. That it may write shows with the first contact.`
  return finding('ok', 'zendesk.tokenFile', message)
}

function describeUnlisted(config: Config, failure: ReadFailure): Finding {
  const { subject, message } = describeFailure(config, failure)
  return finding(
    'warning',
    subject,
    `the custom fields could not be listed, so they are not checked. ${message}`,
  )
}

/** Why Sell could not be asked, in words that say what to do. */
export function describeFailure({ zendesk }: Config, failure: ReadFailure): Finding {
  const { origin, tokenFile } = zendesk
  switch (failure.type) {
    case 'no_token':
      return finding('problem', 'zendesk.tokenFile', `${failure.problem}.`)
    case 'throttled':
      return finding(
        'warning',
        'zendesk',
        `${origin} answers that its rate is used up, again and again. What else writes there? Check again later.`,
      )
    case 'unauthorised':
      return describeRefusal(origin, tokenFile, failure.status, failure.code)
    case 'unreachable':
      return finding(
        'problem',
        'zendesk.origin',
        `${origin} cannot be reached (${failure.reason}). Correct the address, or look at the network, proxy and firewall.`,
      )
    case 'unclear':
      return finding(
        'problem',
        'zendesk.origin',
        `${origin} gives no answer that Zendesk Sell would (${failure.reason}). ` +
          'Is the address that of Sell? Else look at status.zendesk.com, and check again later.',
      )
  }
}

function describeRefusal(origin: string, tokenFile: string, status: number, code: string): Finding {
  const answer = `${status}, ${code}`
  if (status === 404 || code === 'redirect') {
    const message = `${origin} is no address of Sell's API (${answer}). It is https://api.getbase.com.`
    return finding('problem', 'zendesk.origin', message)
  }
  if (status === 402) {
    return finding(
      'problem',
      'zendesk',
      `Sell refuses this account (${answer}). Has its plan or trial ended?`,
    )
  }
  if (code === 'insufficient_scope') {
    const message =
      `the token in ${tokenFile} may not read contacts (${answer}). ` +
      'Create one with the scopes read and write in Sell under Settings > Integrations > OAuth.'
    return finding('problem', 'zendesk.tokenFile', message)
  }
  const message =
    `Zendesk refuses the token in ${tokenFile} (${answer}). It has expired, was revoked, or is of another account. ` +
    'Put a new access token into the file; Sell makes them under Settings > Integrations > OAuth.'
  return finding('problem', 'zendesk.tokenFile', message)
}

function finding(level: Finding['level'], subject: string, message: string): Finding {
  return { area: 'zendesk', level, subject, message }
}
