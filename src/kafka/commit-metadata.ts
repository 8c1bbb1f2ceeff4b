/**
 * Stands beside every offset that this program commits. The tools with which an operator resets a group write none, so an
 * offset without it is a wish of theirs.
 */
export const commitMetadata = 'zendesk-activation'
