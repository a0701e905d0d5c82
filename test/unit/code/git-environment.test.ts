import { describe, expect, test } from 'vitest'
import { gitEnvironment } from '#app/code/git/git-environment.ts'

describe('the environment of git', () => {
  test('has no settings, tokens or keys of the parent', () => {
    const parent = {
      PATH: '/bin',
      HOME: '/root',
      GIT_DIR: '/elsewhere',
      GIT_CONFIG_GLOBAL: '/root/.gitconfig',
      GIT_SSH_COMMAND: 'touch /tmp/x',
      GITHUB_TOKEN: 'ghs_secret',
      DATABASE_URL: 'postgres://secret',
    }
    const environment = gitEnvironment(parent)
    expect(environment).toMatchObject({ PATH: '/bin', GIT_CONFIG_GLOBAL: '/dev/null' })
    expect(JSON.stringify(environment)).not.toMatch(/secret|elsewhere|root|touch/)
  })

  test.each([
    [{ HTTPS_PROXY: 'http://p:1' }, { https_proxy: 'http://p:1' }],
    [{ HTTP_PROXY: 'http://p:1' }, { http_proxy: 'http://p:1', https_proxy: 'http://p:1' }],
    [
      { HTTPS_PROXY: 'http://p:1', https_proxy: 'http://q:1', NO_PROXY: 'ghe.local' },
      { https_proxy: 'http://q:1', no_proxy: 'ghe.local,localhost,127.0.0.1,::1' },
    ],
    [{}, { no_proxy: 'localhost,127.0.0.1,::1' }],
  ])('obeys the proxies of %j', (parent, expected) => {
    expect(gitEnvironment(parent)).toMatchObject(expected)
    expect('http_proxy' in gitEnvironment({})).toBe(false)
  })
})
