/** Body of `GET /v2/users/self`: the token's user (facts: checking a token). */
export const userSelf = {
  data: {
    id: 1,
    name: 'Sandbox Integration',
    email: 'integration@sandbox.example',
    status: 'active',
    invited: false,
    confirmed: true,
    role: 'admin',
    roles: [{ id: 1, name: 'Administrator' }],
    timezone: 'UTC',
    created_at: '2024-01-15T09:00:00Z',
    updated_at: '2024-01-15T09:00:00Z',
  },
  meta: { type: 'user' },
}

/** Body of `GET /v2/accounts/self`: the account the token belongs to. */
export const accountSelf = {
  data: {
    id: 1,
    name: 'Sandbox',
    currency: 'EUR',
    time_format: '24H',
    timezone: 'UTC',
    phone: null,
    subdomain: 'sandbox',
    created_at: '2024-01-15T09:00:00Z',
    updated_at: '2024-01-15T09:00:00Z',
  },
  meta: { type: 'account' },
}
