import { expect, test } from 'vitest'
import { welcome } from '#cli/welcome.ts'

const url = 'http://localhost:3000'
const token = { kind: 'token', token: 't' } as const

test('the end of the start says what to open and what to try', () => {
  const text = welcome({ github: token, PUBLIC_URL: undefined }, { url, operatorLink: null }).join(
    '\n',
  )
  for (const part of [
    `ready at ${url}`,
    `${url}/search`,
    'whence -- sync --repo',
    'whence -- search',
  ])
    expect(text).toContain(part)
})

test('it gives the link where one is needed, and the next step without credentials', () => {
  const link = `${url}/operator?key=k`
  const web = { url, operatorLink: link }
  const text = welcome({ github: { kind: 'none' }, PUBLIC_URL: undefined }, web).join('\n')
  for (const part of [link, 'PUBLIC_URL', 'GITHUB_TOKEN', 'npm run demo'])
    expect(text).toContain(part)
})
