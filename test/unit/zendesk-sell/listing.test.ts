import { describe, expect, it } from '@jest/globals'

import { listContacts } from '../../../sandbox/zendesk-sell/contacts.ts'
import { createAccount, refusalOf } from './account.ts'

describe('listing', () => {
  const account = createAccount()
  account.create({ last_name: 'Cole', email: 'c@example.com', custom_fields: { Score: 10, VIP: 'realized' } })
  account.create({
    last_name: 'Adams',
    first_name: 'Zoe',
    phone: '+1',
    address: { city: 'Leeds', state: 'WY' },
    custom_fields: { Score: 9, Products: ['Pay', 'Notify'] },
  })
  account.create(
    { last_name: 'Baker', customer_status: 'past', billing_address: { postal_code: 'LS1' } },
    5000,
  )
  account.create({
    is_organization: true,
    name: 'Design Ltd',
    prospect_status: 'lost',
    parent_organization_id: 4,
  })
  account.create({
    last_name: 'Dunn',
    contact_id: 4,
    owner_id: 9,
    mobile: '+2',
    custom_fields: { Churn: 'exited' },
  })

  it.each([
    ['', ['Adams', 'Baker', 'Cole', 'Dunn', 'Design Ltd']],
    ['ids=5,1,77', ['Cole', 'Dunn']],
    ['creator_id=1&is_organization=true', ['Design Ltd']],
    ['owner_id=9', ['Dunn']],
    ['contact_id=4', ['Dunn']],
    ['is_organization=false', ['Adams', 'Baker', 'Cole', 'Dunn']],
    ['name=Zoe+Adams', ['Adams']],
    ['first_name=Zoe', ['Adams']],
    ['last_name=cole', []],
    ['email=c%40example.com', ['Cole']],
    ['phone=%2B1', ['Adams']],
    ['mobile=%2B2', ['Dunn']],
    ['customer_status=past', ['Baker']],
    ['prospect_status=lost', ['Design Ltd']],
    ['address[city]=Leeds', ['Adams']],
    ['address%5Bstate%5D=WY', ['Adams']],
    ['billing_address[postal_code]=LS1', ['Baker']],
    ['shipping_address[country]=UK', []],
    ['custom_fields[VIP]=realized', ['Cole']],
    ['custom_fields[Score]=10.0', ['Cole']],
    ['custom_fields[Churn]=exited', ['Dunn']],
    ['custom_fields[Products]=Notify', ['Adams']],
    ['last_name=Cole&phone=%2B1', []],
    ['last_name=Cole&phone=%2B1&inclusive=false', ['Adams', 'Cole']],
    ['includes=anything&first_name=Zoe', ['Adams']],
    ['sort_by=last_name:desc', ['Dunn', 'Cole', 'Baker', 'Adams', 'Design Ltd']],
    ['sort_by=email', ['Cole', 'Adams', 'Baker', 'Design Ltd', 'Dunn']],
    ['sort_by=updated_at:desc&is_organization=false', ['Baker', 'Cole', 'Adams', 'Dunn']],
    ['sort_by=custom_fields:Score', ['Adams', 'Cole', 'Baker', 'Design Ltd', 'Dunn']],
    ['sort_by=custom_fields:Score:desc', ['Cole', 'Adams', 'Baker', 'Design Ltd', 'Dunn']],
    ['per_page=2&page=2', ['Cole', 'Dunn']],
    ['per_page=2&page=9', []],
  ])('?%s', (query, names) => {
    expect(account.list(query, 9000)).toEqual(names)
  })

  it.each([
    ['per_page=200', 'per_page', '(must be between 1 and 100, given: 200)'],
    ['per_page=0', 'per_page', '(must be between 1 and 100, given: 0)'],
    ['page=0', 'page', 'at least 1'],
    ['page=1.5', 'page', 'at least 1'],
    ['sort_by=shoe_size', 'sort_by', 'given: shoe_size'],
    ['sort_by=constructor', 'sort_by', 'given: constructor'],
    ['sort_by=custom_fields:Notes', 'sort_by', 'given'],
    ['unknown=param', 'unknown', 'unknown parameter'],
    ['ids=1,b', 'ids', 'list of integers'],
    ['ids=1&ids=2', 'ids', 'more than once'],
    ['inclusive=maybe', 'inclusive', 'true or false'],
    ['customer_status=lost', 'customer_status', 'one of none, current, past'],
    ['parent_organization_id=4', 'parent_organization_id', 'unknown parameter'],
    ['address[line1]=x', 'address[line1]', 'unknown parameter'],
    ['custom_fields[Notes]=x', 'custom_fields[Notes]', 'not filterable'],
    ['custom_fields[Score]=ten', 'custom_fields[Score]', 'must be a number'],
    ['email', 'email', 'empty'],
    ['name=%zz', 'name', 'bad percent-encoding'],
  ])('?%s is refused and names %s', (query, name, reason) => {
    const { status, errors } = refusalOf(listContacts(account.at(0), query))
    expect(status).toBe(400)
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatchObject({ code: 'invalid_param', message: 'invalid request query parameter' })
    expect(errors[0]?.details).toContain(
      `The request query parameter '${name}' is malformed, missing, or has`,
    )
    expect(errors[0]?.details).toContain(reason)
  })

  it('gives 25 a page unless told otherwise', () => {
    const many = createAccount()
    for (let n = 0; n < 30; n += 1) many.create({ last_name: `P${n}` })
    expect(many.list('')).toHaveLength(25)
    expect(many.list('page=2')).toHaveLength(5)
    expect(many.list('per_page=100')).toHaveLength(30)
  })

  it.each([
    [29, true],
    [30, false],
    [31, false],
  ])('with %d of 30 on a page says that more follow: %p', (perPage, more) => {
    const many = createAccount()
    for (let n = 0; n < 30; n += 1) many.create({ last_name: `P${n}` })
    expect(listContacts(many.at(0), `per_page=${perPage}`)).toMatchObject({ more })
  })
})
