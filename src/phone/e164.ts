import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js'

/**
 * A telephone number in the form of E.164 (`+49301234567`), without its extension, or `undefined` where the text is no
 * number that could be dialled. `country` (`DE`) is that of numbers without a country code; with `null` those are none.
 */
export function formatE164(text: string, country: string | null): string | undefined {
  const known = country !== null && isSupportedCountry(country) ? country : undefined
  const number = parsePhoneNumberFromString(text, { extract: false, ...(known && { defaultCountry: known }) })
  return number?.isPossible() === true ? number.number : undefined
}
