import { expect, test } from 'vitest'
import { ask, startSmall } from '#test/github/ask.ts'

test('an unknown field is reported like on GitHub', async () => {
  await using standIn = await startSmall()
  const { status, body } = await ask(standIn, '{ viewer { nickname } }')
  expect(status).toBe(200)
  expect(body).toEqual({
    errors: [
      {
        path: ['query', 'viewer', 'nickname'],
        locations: [{ line: 1, column: 12 }],
        extensions: { code: 'undefinedField', typeName: 'User', fieldName: 'nickname' },
        message: "Field 'nickname' doesn't exist on type 'User'",
      },
    ],
  })
})

test.each([
  ['{ viewer { login ', /^Parse error on/],
  ['{ viewer }', /^Field must have selections \(field 'viewer' returns User/],
  [
    '{ repository(owner: "acme") { id } }',
    /^Field 'repository' is missing required arguments: name/,
  ],
  ['{ viewer(x: 1) { id } }', /^Field 'viewer' doesn't accept argument 'x'/],
  ['{ node(id: $id) { id } }', /^Variable \$id is used but not declared/],
])('the invalid query %s is rejected without data', async (query, message) => {
  await using standIn = await startSmall()
  const { status, body } = await ask(standIn, query)
  expect(status).toBe(200)
  expect(body.data).toBeUndefined()
  expect(body.errors?.[0].message).toMatch(message)
})

test('an object that is not found is null, with an error that has its type and path', async () => {
  await using standIn = await startSmall()
  const { body } = await ask(
    standIn,
    '{ repository(owner: "acme", name: "nothing") { id } nodes(ids: ["PR_no"]) { id } }',
  )
  expect(body.data).toEqual({ repository: null, nodes: [null] })
  expect(body.errors).toEqual([
    expect.objectContaining({
      type: 'NOT_FOUND',
      path: ['repository'],
      message: "Could not resolve to a Repository with the name 'acme/nothing'.",
    }),
    expect.objectContaining({
      type: 'NOT_FOUND',
      path: ['nodes', 0],
      message: "Could not resolve to a node with the global id of 'PR_no'",
    }),
  ])
})

test('a page without bounds is rejected with its type and path', async () => {
  await using standIn = await startSmall()
  const { body } = await ask(
    standIn,
    '{ repository(owner: "acme", name: "engine") { pullRequests { nodes { id } } } }',
  )
  expect(body.errors?.[0]).toMatchObject({
    type: 'MISSING_PAGINATION_BOUNDARIES',
    path: ['repository', 'pullRequests'],
  })
})

test('a cursor of another kind is rejected', async () => {
  await using standIn = await startSmall()
  const { body } = await ask(
    standIn,
    '{ repository(owner: "acme", name: "engine") { pullRequests(first: 1, after: "x") { nodes { id } } } }',
  )
  expect(body.errors?.[0].type).toBe('INVALID_CURSOR_ARGUMENTS')
})

test('a body without a query, and a missing token, are rejected by status', async () => {
  await using standIn = await startSmall()
  const post = (body: string, headers: Record<string, string>) =>
    fetch(`${standIn.url}/graphql`, { method: 'POST', body, headers })
  const authorization = `bearer ${standIn.personalToken}`
  expect((await post('{', { authorization })).status).toBe(400)
  expect((await post('{}', { authorization })).status).toBe(400)
  expect((await post('{}', {})).status).toBe(401)
  expect((await post('{}', { authorization: 'bearer ghp_wrong' })).status).toBe(401)
})

test('a field that the stand-in does not model is an error that names it', async () => {
  await using standIn = await startSmall()
  const { body } = await ask(
    standIn,
    '{ repository(owner: "acme", name: "engine") { diskUsage sshUrl } }',
  )
  expect(body.errors?.[0].message).toContain('does not model Repository.sshUrl')
})
