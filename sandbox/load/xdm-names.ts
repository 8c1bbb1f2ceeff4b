/** True for a plain JSON object: neither an array nor a scalar. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Where a member of an XDM object stands once its name is written as AEP exports it: `xdm:person` is `person`, `@id` is
 * `_id`, `repo:createDate` is `_repo.createDate`, `https://ns.adobe.com/xdm/channels/email` is `_channels.email`. Names
 * without a prefix stay as they are.
 */
export function plainName(name: string): readonly string[] {
  if (name.startsWith('@')) return [`_${name.slice(1)}`]
  const uri = /^https?:\/\/ns\.adobe\.com\/(?:xdm\/)?([^/]+)\/(.+)$/.exec(name)
  if (uri?.[1] !== undefined && uri[2] !== undefined) return [`_${uri[1]}`, uri[2]]
  const prefixed = /^([A-Za-z][\w-]*):([^/].*)$/.exec(name)
  if (prefixed?.[1] === undefined || prefixed[2] === undefined) return [name]
  return prefixed[1] === 'xdm' ? [prefixed[2]] : [`_${prefixed[1]}`, prefixed[2]]
}

/** The members of one XDM object under their plain names, and the names that two members claim. */
export interface PlainMembers {
  readonly members: ReadonlyMap<string, unknown>
  readonly twice: readonly string[]
}

/**
 * The members of `object` under their plain names, one level deep: what lies below is for the caller, since the keys of
 * a map (namespaces, segment ids) are data and keep their spelling. `null` members are left out.
 */
export function plainMembers(object: Readonly<Record<string, unknown>>): PlainMembers {
  const members = new Map<string, unknown>()
  const twice: string[] = []
  for (const [name, value] of Object.entries(object)) {
    if (value === null) continue
    const [first = name, second] = plainName(name)
    const known = members.get(first)
    const nested = second === undefined ? value : Object.fromEntries([[second, value]])
    if (known === undefined) members.set(first, nested)
    else if (isObject(known) && isObject(nested) && isDisjoint(known, nested))
      members.set(first, { ...known, ...nested })
    else twice.push(first)
  }
  return { members, twice }
}

function isDisjoint(a: object, b: object): boolean {
  return Object.keys(a).every((key) => !Object.hasOwn(b, key))
}
