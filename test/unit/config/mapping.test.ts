import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { type ConfigFolder, configWith, createConfigFolder, leastSections } from './config-folder.ts'

let folder: ConfigFolder
beforeAll(() => {
  folder = createConfigFolder()
})
afterAll(() => folder.remove())

const rows = (...more: readonly string[]) => ({ mapping: [leastSections.mapping, ...more].join('\n') })

describe('an option of the mapping', () => {
  it.each<[string, string, readonly string[]]>([
    [
      'of a mapping target: unknown, near, unmappable, nameless, twice',
      configWith(
        rows(
          '  - { source: a, target: shoe_size }',
          '  - { source: a, target: firstName }',
          '  - { source: a, target: created_at }',
          '  - { source: a, target: "custom_fields. x" }',
          '  - { source: a, target: last_name }',
          '  - { source: a, target: toString }',
        ),
      ),
      [
        '7 mapping[2].target: Sell has no contact attribute "shoe_size". config/reference.yaml lists them. Custom fields are written custom_fields.<name>.',
        '8 mapping[3].target: Sell has no contact attribute "firstName". Did you mean "first_name"? Custom fields are written custom_fields.<name>.',
        '9 mapping[4].target: created_at cannot be mapped: Sell assigns it.',
        "10 mapping[5].target: custom_fields. must be followed by the field's name as shown in Sell.",
        '11 mapping[6].target: "last_name" is already the target of mapping[1]. Keep one row.',
        '12 mapping[7].target: Sell has no contact attribute "toString". config/reference.yaml lists them. Custom fields are written custom_fields.<name>.',
      ],
    ],
    [
      'of a mapping source: none, needless, no path',
      configWith(
        rows(
          '  - { target: title }',
          '  - { source: a, target: phone, transforms: [{ constant: x }] }',
          '  - { target: mobile, transforms: [trim, { constant: x }] }',
          '  - { source: "a[x]", target: fax }',
        ),
      ),
      [
        '7 mapping[2].source: is missing. Write a path in the profile, or give the row a {constant: ...} transform.',
        '8 mapping[3].source: is never read, as the row has a constant. Remove one.',
        '9 mapping[4].transforms[1]: a constant replaces what the transforms before it made. Put it first.',
        '10 mapping[5].source: "a[x]" is no path in a record: "a[x]" is no path segment; write name, name[0], name[member=value] or name[*].',
      ],
    ],
    [
      'of a mapping source that names many values, and of a path that needs one',
      configWith(
        rows(
          '  - { source: "tags[*]", target: title }',
          '  - { source: "tags[*]", target: phone, transforms: [{ join: ", " }] }',
          '  - { source: "phones[type=work].number", target: mobile }',
          '  - { source: "tags[*]", target: tags }',
          '  - { source: "phones[__proto__=work].number", target: fax }',
        ),
        'inputs: { profiles: { personKey: { path: "ids[*]" }, eventTimePath: "times[0]" } }',
      ),
      [
        '7 mapping[2].source: "tags[*]" names many values. Add {join: ", "} to the transforms, or the type multi_select_list, or write a position such as [0].',
        '11 mapping[6].source: "phones[__proto__=work].number" is no path in a record: the segment "phones[__proto__=work]" is not allowed.',
        '12 inputs.profiles.personKey.path: "ids[*]" names many values, and one is needed here. Write a position such as [0] in place of [*].',
      ],
    ],
    [
      'of transforms',
      configWith(
        rows(
          '  - source: a',
          '    target: title',
          '    transforms: [lower, join, { trim: 1 }, { constnat: x }, { join: 1 }, { default: "" }, { join: a, default: b }, 5]',
          '  - { source: a, target: customer_status, transforms: [{ default: curent }] }',
        ),
      ),
      [
        '9 mapping[2].transforms[0]: must be trim, lowercase, uppercase, date, e164, {e164: DE}, {join: ", "}, {constant: x} or {default: x}, found "lower". Did you mean "lowercase"?',
        '9 mapping[2].transforms[1]: join needs a text: {join: "..."}.',
        '9 mapping[2].transforms[2]: trim takes no value; write it alone.',
        '9 mapping[2].transforms[3]: must be trim, lowercase, uppercase, date, e164, {e164: DE}, {join: ", "}, {constant: x} or {default: x}, found "constnat". Did you mean "constant"?',
        '9 mapping[2].transforms[4]: {join: ...} takes a text, found 1. Put it in quotes.',
        '9 mapping[2].transforms[5]: {default: ""} would write nothing, as Sell keeps what it has. Remove it.',
        '9 mapping[2].transforms[6]: must be trim, lowercase, uppercase, date, e164, {e164: DE}, {join: ", "}, {constant: x} or {default: x}, found a map of 2; begin each with a dash.',
        '9 mapping[2].transforms[7]: must be trim, lowercase, uppercase, date, e164, {e164: DE}, {join: ", "}, {constant: x} or {default: x}, found 5.',
        '10 mapping[3].transforms[0]: customer_status takes none, current, past alone, found "curent".',
      ],
    ],
    [
      'of the type of a custom field, its choices, and what is done without a value',
      configWith(
        rows(
          '  - { source: a, target: title, type: string }',
          '  - { source: a, target: custom_fields.A, type: numbr }',
          '  - { source: a, target: custom_fields.B, type: number, choices: [x] }',
          '  - { source: "a[*]", target: custom_fields.C, type: multi_select_list, choices: [x, 5] }',
          '  - { source: a, target: customer_status, whenNull: clear }',
          '  - { source: a, target: phone, whenNull: empty }',
          '  - { target: mobile, transforms: [{ constant: x }], whenNull: clear }',
          '  - { source: a, target: owner_id, whenNull: clear }',
          '  - { source: a, target: fax, choices: [x] }',
        ),
      ),
      [
        '7 mapping[2].type: is for custom fields alone; Sell knows the type of title. Remove it.',
        '8 mapping[3].type: must be one of string, text, number, bool, date, datetime, list, multi_select_list, address, phone, email, url, found "numbr". Did you mean "number"?',
        '9 mapping[4].choices: are for the types list and multi_select_list alone. Write that type, or remove them.',
        '10 mapping[5].choices[1]: must be the name of a choice, without space around it, found 5. Put it in quotes.',
        '11 mapping[6].whenNull: customer_status cannot be cleared: write {default: none}. Remove it.',
        '12 mapping[7].whenNull: must be one of keep, clear, found "empty".',
        '13 mapping[8].whenNull: is never used, as the row has a constant. Remove it.',
        '14 mapping[9].whenNull: owner_id cannot be cleared: every contact has an owner. Remove it.',
        '15 mapping[10].choices: are for the types list and multi_select_list alone. Write that type, or remove them.',
      ],
    ],
    [
      'of a constant or default that its field cannot hold',
      configWith(
        rows(
          '  - { source: a, target: custom_fields.A, type: number, transforms: [{ default: none }] }',
          '  - { target: custom_fields.B, type: date, transforms: [{ constant: "2026-01-31" }] }',
          '  - { source: a, target: custom_fields.C, type: list, choices: [x, y], transforms: [{ default: X }] }',
          '  - { source: a, target: custom_fields.D, type: list, choices: [x, y], transforms: [{ default: X }, lowercase] }',
          '  - { target: owner_id, transforms: [{ constant: Jane }] }',
        ),
      ),
      [
        '7 mapping[2].transforms[0]: custom_fields.A takes a value of the type number, found "none".',
        '9 mapping[4].transforms[0]: custom_fields.C takes x, y alone, found "X".',
        '11 mapping[6].transforms[0]: owner_id takes the id of something in Sell, found "Jane".',
      ],
    ],
    [
      'of the e-mail row: a type, choices, clearing',
      configWith({
        mapping: [
          'mapping:',
          '  - { source: identityMap.Email, target: email, type: email, choices: [x], whenNull: clear }',
          '  - { source: a, target: last_name, whenNull: clear }',
        ].join('\n'),
      }),
      [
        '5 mapping[0].whenNull: email cannot be cleared: without an e-mail there is no contact. Remove it.',
        '5 mapping[0].type: is for custom fields alone; Sell knows the type of email. Remove it.',
        '5 mapping[0].choices: are for the types list and multi_select_list alone. Write that type, or remove them.',
        '6 mapping[1].whenNull: last_name cannot be cleared: without a last name there is no contact. Remove it.',
      ],
    ],
    [
      'of the country of telephone numbers',
      configWith(
        rows(
          '  - { source: a, target: phone, transforms: [e164] }',
          '  - { source: a, target: mobile, transforms: [{ e164: DE }] }',
          '  - { source: a, target: fax, transforms: [{ e164: de }, { e164: QQ }, { e164: UK }, { e164: ZZ }, { e164: 49 }] }',
        ),
      ),
      ['"de"', '"QQ"', '"UK"', '"ZZ"', '49'].map(
        (found, index) =>
          `9 mapping[4].transforms[${index}]: {e164: ...} takes a country in two capital letters such as DE, found ${found}. Or write e164 alone.`,
      ),
    ],
    [
      'of the e-mail row: a hashed namespace',
      configWith({
        mapping: [
          'mapping:',
          '  - { source: identityMap.email_lc_sha256, target: email }',
          '  - { source: a, target: last_name }',
        ].join('\n'),
      }),
      [
        '5 mapping[0].source: the namespace "email_lc_sha256" holds hashes of addresses, which Zendesk cannot match. Use identityMap.Email.',
      ],
    ],
    [
      'of the e-mail row: another source',
      configWith({
        mapping: [
          'mapping:',
          '  - { source: personalEmail.address, target: email }',
          '  - { source: a, target: last_name }',
        ].join('\n'),
      }),
      [
        '5 mapping[0].source: must be identityMap.<namespace> for the target email, as in identityMap.Email, found "personalEmail.address".',
      ],
    ],
    [
      'of the e-mail row: no source, needless transforms',
      configWith({
        mapping: [
          'mapping:',
          '  - { target: email, transforms: [trim] }',
          '  - { source: a, target: last_name }',
        ].join('\n'),
      }),
      [
        '5 mapping[0].source: is missing. For the target email it must be identityMap.<namespace>, as in identityMap.Email.',
        '5 mapping[0].transforms: the e-mail takes no transforms: it is always trimmed and lower-cased. Remove them.',
      ],
    ],
    [
      'whose needed target is misspelt is told that alone',
      configWith({
        mapping: 'mapping:\n  - { source: a, target: lastname }\n  - { source: a, target: e-mail }',
      }),
      [
        '5 mapping[0].target: Sell has no contact attribute "lastname". Did you mean "last_name"? Custom fields are written custom_fields.<name>.',
        '6 mapping[1].target: Sell has no contact attribute "e-mail". Did you mean "email"? Custom fields are written custom_fields.<name>.',
      ],
    ],
    [
      'that maps nothing',
      configWith({ mapping: 'mapping:' }),
      [
        '4 mapping: has no row with the target last_name; without it no contact can be written. Add {source: person.name.lastName, target: last_name}.',
        '4 mapping: has no row with the target email; without it no contact can be written. Add {source: identityMap.Email, target: email}.',
      ],
    ],
  ])('%s', async (_, text, expected) => {
    expect(await folder.problemLines(text)).toEqual(expected)
  })
})
