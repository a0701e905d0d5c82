import { expect, test } from 'vitest'
import { get, startSmall } from '#test/github/ask.ts'

test('lists are split into pages that link to one another', async () => {
  await using standIn = await startSmall()
  const first = await get(standIn, '/user/repos?per_page=3')
  expect(JSON.parse(first.text)).toHaveLength(3)
  expect(first.headers.get('link')).toBe(
    `<${standIn.url}/user/repos?per_page=3&page=2>; rel="next", <${standIn.url}/user/repos?per_page=3&page=3>; rel="last"`,
  )
  const last = await get(standIn, '/user/repos?per_page=3&page=3')
  expect(last.headers.get('link')).toContain('rel="prev"')
  expect(last.headers.get('link')).not.toContain('rel="next"')
})

test('an ETag makes an unchanged answer free, for the token that it was issued to', async () => {
  await using standIn = await startSmall()
  const etag = (await get(standIn, '/repos/acme/engine')).headers.get('etag') ?? ''
  const same = await get(standIn, '/repos/acme/engine', { 'if-none-match': etag })
  expect([same.status, same.text]).toEqual([304, ''])
  expect(standIn.tally.of('user:stand-in-reader', 'core')).toMatchObject({
    requests: 2,
    points: 1,
    notModified: 1,
  })
  const other = standIn.givePersonalToken('mira', 'all')
  const authorization = `token ${other}`
  const foreign = await get(standIn, '/repos/acme/engine', { 'if-none-match': etag, authorization })
  expect(foreign.status).toBe(200)
  standIn.changes.editRepository({ repository: 'acme/engine', description: 'Another one' })
  expect((await get(standIn, '/repos/acme/engine', { 'if-none-match': etag })).status).toBe(200)
})

test('a renamed repository answers 301 under its old name and keeps its id', async () => {
  await using standIn = await startSmall()
  const before = JSON.parse((await get(standIn, '/repos/acme/engine')).text)
  standIn.changes.rename({ repository: 'acme/engine', name: 'motor' })
  const moved = await get(standIn, '/repos/acme/engine')
  expect(moved.status).toBe(301)
  expect(moved.headers.get('location')).toBe(`${standIn.url}/repositories/${before.id}`)
  const after = JSON.parse((await get(standIn, `/repositories/${before.id}`)).text)
  expect(after).toMatchObject({ node_id: before.node_id, full_name: 'acme/motor' })
})

test('a name that another repository took leads there, not to the renamed one', async () => {
  await using standIn = await startSmall()
  standIn.changes.rename({ repository: 'acme/engine', name: 'motor' })
  const taken = standIn.changes.createRepository({ repository: 'acme/engine' })
  const answer = await get(standIn, '/repos/acme/engine')
  expect([answer.status, JSON.parse(answer.text).node_id]).toEqual([200, taken.id])
})

test('a repository that was taken down answers 451, an unknown or unreadable one 404', async () => {
  await using standIn = await startSmall()
  standIn.changes.editRepository({ repository: 'acme/engine', isBlocked: true })
  expect((await get(standIn, '/repos/acme/engine')).status).toBe(451)
  expect((await get(standIn, '/repos/acme/none')).status).toBe(404)
  const authorization = `token ${standIn.givePersonalToken('mira', [])}`
  expect((await get(standIn, '/repos/acme/secret', { authorization })).status).toBe(404)
  expect((await get(standIn, '/repos/acme/brick', { authorization })).status).toBe(200)
  const named = `token ${standIn.givePersonalToken('nils', ['acme/secret'])}`
  expect((await get(standIn, '/repos/acme/secret', { authorization: named })).status).toBe(200)
  expect(
    JSON.parse((await get(standIn, '/user/repos', { authorization: named })).text),
  ).toHaveLength(1)
})

test('a person, an account and its repositories can be read', async () => {
  await using standIn = await startSmall()
  const { login, id, node_id } = JSON.parse((await get(standIn, '/user')).text)
  expect(login).toBe('stand-in-reader')
  expect(node_id).toMatch(/^U_kgDO/)
  expect(id).toBeTypeOf('number')
  expect(JSON.parse((await get(standIn, '/users/acme')).text).type).toBe('Organization')
  const names = JSON.parse((await get(standIn, '/orgs/acme/repos')).text) as { name: string }[]
  expect(names.map((one) => one.name)).toContain('shelved')
  expect((await get(standIn, '/nothing/here')).status).toBe(404)
})
