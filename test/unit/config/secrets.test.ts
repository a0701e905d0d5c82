import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hideAll, hideInLine, hideSecrets } from '#app/config/secrets.ts'

const WORD = 'correct-horse-battery-staple'
const SIGNED = '0123456789abcdefABCDEF_-0123456789abcdefABCDEF_'.slice(0, 43)

describe('redaction', () => {
  test.each([
    ['ghp_0123456789abcdefABCDEF0123456789abcd'],
    ['ghs_0123456789abcdefABCDEF0123456789abcd'],
    ['github_pat_11ABCDEFG0123456789_abcdefghijklmnop'],
    ['sk-proj-0123456789abcdefABCDEF'],
    ['glpat-0123456789abcdefABCDEF'],
    ['xoxb-0123456789-abcdefABCDEF'],
    ['hf_0123456789abcdefABCDEF0123456789ab'],
    ['AKIAIOSFODNN7EXAMPLE'],
    ['eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxMjM0NSJ9.c2lnbmF0dXJl_-x'],
    [`whence_${SIGNED}`],
    [`session_${SIGNED}`],
  ])('removes the secret %s', (secret) => {
    expect(hideSecrets(`before ${secret}, after`)).toBe('before [secret], after')
    expect(hideInLine(JSON.stringify({ msg: `a\n${secret}\nb` }))).toBe(
      '{"msg":"a\\n[secret]\\nb"}',
    )
  })

  test.each([
    `https://whence.example/operator?key=${WORD}`,
    `https://whence.example/callback?state=1&code=${WORD}`,
    `grant_type=x&client_secret=${WORD}`,
    `client_secret=${WORD}`,
    `host=db password=${WORD} user=whence`,
    `api-key: ${WORD}`,
    `X-Api-Key:${WORD}`,
    `sha256=${'0123456789abcdef'.repeat(4)}`,
    `Cookie: a=${WORD}; __Host-whence_session=${WORD}; b=${WORD}`,
    `Set-Cookie: whence_session=${WORD}`,
    `Authorization: Bearer ${WORD}`,
    JSON.stringify({ 'x-hub-signature-256': WORD, 'api-key': WORD, cookie: [WORD] }),
  ])('removes the secrets in %s', (text) => {
    const hidden = hideSecrets(`before ${text} after`)
    expect(hidden).not.toMatch(/horse|89abcdef/)
    expect(hidden).toMatch(/^before .*\[secret\].* after$/)
  })

  test('keeps text that only resembles a secret', () => {
    const plain =
      'disk-usage-monitor-daemon reads https://host:80/a?b=c, basic things; npm_config_registry; password: is missing'
    expect(hideSecrets(plain)).toBe(plain)
  })

  test('removes the password from any address', () => {
    const password = fc.stringMatching(/^[A-Za-z0-9:/@?#%!$&'()*+,;=._~-]{4,30}$/)
    fc.assert(
      fc.property(password, (word) => {
        expect(hideSecrets(`to redis://user:<${word}>@queue:6379/0 now`)).toBe(
          'to redis://user:[secret]@queue:6379/0 now',
        )
      }),
    )
  })

  test('cuts a text at a whole word, so that no half of a secret is left', () => {
    const hidden = hideSecrets(`${'a '.repeat(4_090)}postgres://whence:${WORD}@db`)
    expect(hidden).toMatch(/a … \(cut\)$/)
    expect(hidden.length).toBeLessThan(8_300)
  })

  test('cuts the texts of a log line, which remains valid JSON', () => {
    const fields = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [n, 'b '.repeat(9_000)]))
    const one = JSON.parse(hideInLine(JSON.stringify({ level: 50, msg: 'm', text: fields[0] })))
    expect(one).toMatchObject({ level: 50, msg: 'm', text: expect.stringMatching(/b … \(cut\)$/) })
    const line = hideInLine(JSON.stringify({ level: 50, time: 1, msg: 'm', ...fields }))
    expect(JSON.parse(line)).toEqual({ level: 50, time: 1, msg: 'm', cut: true })
  })
})

describe('redaction of 64 KB takes no time worth mentioning', () => {
  const PREFIXES = [
    '"token":[',
    '"token":"',
    '"token":"\\',
    '"token"        ',
    '"tokentokentoken',
    '-----BEGIN PRIVATE KEY-----',
    '-----BEGIN ',
    '-----END ',
    'ghp_',
    'ghp_a.',
    'sk-',
    'xoxb-',
    'AKIA',
    'AIza',
    'eyJ',
    'eyJaaaaa.',
    '.eyJ',
    'eyJaaaaa.eyJaaaaa.',
    '\\neyJaaaaa.',
    'whence_',
    'session_',
    'sha256=',
    '?key=',
    '&',
    'secret=',
    'api-key: ',
    'cookie: a',
    'cookie:a=b;',
    'bearer ',
    'basic.',
    '://a',
    '://a:',
    '://',
    '@:',
    '"',
    '\\',
    ' ',
    'a',
    '-',
  ]
  test.each(PREFIXES)('if it repeats %j', (prefix) => {
    for (const start of ['', '://x:', '"token":"', '-----BEGIN PRIVATE KEY-----']) {
      const text = start + prefix.repeat(Math.ceil(65_536 / prefix.length))
      const began = performance.now()
      hideAll(text)
      expect(performance.now() - began).toBeLessThan(1_000)
    }
  })
})
