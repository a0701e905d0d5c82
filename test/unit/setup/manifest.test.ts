import { describe, expect, test } from 'vitest'
import { type ManifestFacts, manifestOf } from '#app/setup/manifest.ts'

/** The permission that GitHub wants for each event: https://docs.github.com/webhooks/webhook-events-and-payloads. */
const PERMISSION_OF: Record<string, string> = {
  check_run: 'checks',
  check_suite: 'checks',
  commit_comment: 'contents',
  issue_comment: 'issues',
  issues: 'issues',
  label: 'metadata',
  member: 'members',
  membership: 'members',
  milestone: 'issues',
  organization: 'members',
  public: 'metadata',
  pull_request: 'pull_requests',
  pull_request_review: 'pull_requests',
  pull_request_review_comment: 'pull_requests',
  pull_request_review_thread: 'pull_requests',
  push: 'contents',
  repository: 'metadata',
  status: 'statuses',
  team: 'members',
}

function made(given: Partial<ManifestFacts> = {}) {
  const address = 'https://whence.example.com'
  return manifestOf({ address, suffix: 'a1b2', isPublic: false, hookMode: 'push', ...given })
}

describe('the manifest', () => {
  test('asks for rights to read, and for no more', () => {
    expect(made().default_permissions).toEqual({
      checks: 'read',
      contents: 'read',
      issues: 'read',
      members: 'read',
      metadata: 'read',
      pull_requests: 'read',
      statuses: 'read',
    })
  })

  test('names no event without its permission, and none that comes by itself', () => {
    const { default_events: events, default_permissions: rights } = made()
    expect(events.length).toBeGreaterThan(10)
    for (const event of events) expect(Object.keys(rights)).toContain(PERMISSION_OF[event])
  })

  test('has the permanent addresses', () => {
    expect(made()).toMatchObject({
      redirect_url: 'https://whence.example.com/setup/github',
      setup_url: 'https://whence.example.com/setup/github',
      setup_on_update: true,
      callback_urls: ['https://whence.example.com/auth/github/callback'],
      hook_attributes: { url: 'https://whence.example.com/webhooks/github', active: true },
    })
    expect(JSON.stringify(made())).not.toMatch(/secret|request_oauth_on_install/)
  })

  test.each(['http://localhost:3000', 'http://127.0.0.1:3000', 'http://[::1]:3000'])(
    'gives GitHub no page and no hook at %s',
    (address) => {
      const manifest = made({ address, hookMode: 'pull' })
      expect(manifest.url).not.toContain(new URL(address).hostname)
      expect(manifest.hook_attributes?.url).toMatch(/^https:\/\/[\w.]+\.invalid\//)
      expect(made({ address, hookMode: 'none' })).not.toHaveProperty('hook_attributes')
    },
  )

  test.each([
    ['https://whence.example.com', 'whence-whence-example-com-a1b2'],
    [
      'https://a-very-long-name-of-a-host.internal.example.com',
      'whence-a-very-long-name-of-a-a1b2',
    ],
    ['http://[::1]:3000', 'whence-1-a1b2'],
    ['https://xn--bcher-kva.example', 'whence-xn-bcher-kva-example-a1b2'],
  ])('names the App after its host: %s', (address, name) => {
    const manifest = made({ address })
    expect(manifest.name).toBe(name)
    expect(manifest.name.length).toBeLessThanOrEqual(34)
  })
})
