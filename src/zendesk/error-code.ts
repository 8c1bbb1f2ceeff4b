/**
 * The `code` of an error as Node and undici set it (`ENOENT`, `UND_ERR_SOCKET`), or an empty text. Undici gives an
 * answer that is no HTTP at all no code but a name; it becomes `HPE_NOT_HTTP`, like the parser's other codes.
 */
export function errorCode(error: unknown): string {
  if (typeof error !== 'object' || error === null) return ''
  if ('code' in error && typeof error.code === 'string') return error.code
  return 'name' in error && error.name === 'HTTPParserError' ? 'HPE_NOT_HTTP' : ''
}
