import { describe, expect, test } from 'vitest'
import { checkAddress, cloneAddress } from '#app/code/git/clone-address.ts'

const github = { webUrl: 'https://github.com', bySsh: false }

describe('the address of a clone', () => {
  test.each([
    'ada/engine',
    'ada/engine.git',
    'github.com/ada/engine',
    'GitHub.com/ada/engine.git',
    'https://github.com/ada/engine',
    'https://github.com/ada/engine/',
    'https://github.com/ada/engine/tree/main',
    'https://ada:secret@github.com/ada/engine',
    'git://github.com/ada/engine',
    'https://github.com/ada/engine.git',
    'http://github.com/ada/engine',
    'https://someone@github.com/ada/engine.git',
    'git@github.com:ada/engine.git',
    'ssh://git@github.com/ada/engine.git',
    'ssh://git@github.com:22/ada/engine',
    ' ada/engine\n',
  ])('is read from %j', (form) => {
    expect(cloneAddress(form, github)).toEqual({
      url: 'https://github.com/ada/engine.git',
      repository: 'ada/engine',
    })
  })

  test('is on the configured server, with its port and path', () => {
    const rules = { webUrl: 'http://127.0.0.1:3000/git/', bySsh: false }
    const url = 'http://127.0.0.1:3000/git/ada/engine.git'
    expect(cloneAddress('ada/engine', rules).url).toBe(url)
    expect(cloneAddress('git@127.0.0.1:ada/engine.git', rules).url).toBe(url)
  })

  test('is by ssh where the operator wants it, in whatever form it was given', () => {
    const rules = { ...github, bySsh: true }
    const url = 'ssh://git@github.com/ada/engine.git'
    expect(cloneAddress('git@github.com:ada/engine', rules).url).toBe(url)
    expect(cloneAddress('ada/engine', rules).url).toBe(url)
  })

  test.each([
    'https://gitlab.com/ada/engine',
    'git@gitlab.com:ada/engine',
    'gitlab.com/ada/engine',
  ])('is refused with the name of its host: %s', (form) => {
    expect(() => cloneAddress(form, github)).toThrow(/on gitlab\.com, .* github\.com only/)
  })

  test.each([
    '',
    'ada',
    '/',
    'ada/',
    'ada/..',
    'ada/.git',
    '-u/engine',
    'ada/en gine',
    'ada/eng\u0000ine',
    'https://github.com/ada/%2e%2e',
    'file:///etc/passwd',
    'ext::sh -c touch% /tmp/x',
    '--upload-pack=touch/x',
    'a'.repeat(70_000),
  ])('is no %j', (form) => {
    expect(() => cloneAddress(form, github)).toThrow(
      expect.objectContaining({ name: 'RefusedError', kind: 'invalid', hint: expect.any(String) }),
    )
  })

  test.each([
    'http://github.com/ada/engine',
    'file:///srv/engine.git',
    'ext::sh',
    '/srv/engine.git',
    'https://x:secret@github.com/ada/engine',
    'ssh://-oProxyCommand=x/ada',
  ])('is never opened as %s', (address) => {
    expect(() => checkAddress(address)).toThrow(/https only/)
  })
})
