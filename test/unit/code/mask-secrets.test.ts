import fc from 'fast-check'
import { expect, test } from 'vitest'
import { maskSecrets } from '#app/code/chunks/mask-secrets.ts'
import { hideAll } from '#app/config/secrets.ts'

const LETTERS = '0123456789abcdefABCDEF0123456789abcdefABCDE'
const PIECES = [
  ...[
    'ghp_',
    'github_pat_',
    'sk-',
    'glpat-',
    'xoxb-',
    'hf_',
    'npm_',
    'AKIA',
    'ASIA',
    'AIza',
    'eyJ',
  ],
  ...[
    'eyJabcde.eyJabcde.',
    'whence_',
    'session_',
    'sha256=',
    'sha1=',
    '?key=',
    '&code=',
    '?token=',
  ],
  ...[
    'access_token=',
    'client_secret=',
    'PASSWORD=',
    'passwd=',
    'api-key=',
    'api_key: ',
    'cookie: ',
  ],
  ...[
    'private-token: ',
    'Bearer ',
    'basic ',
    'token ',
    '"authorization": "',
    '"x-signature":"',
    '"',
  ],
  ...['https://me:', '@host', ' ', ';', LETTERS, LETTERS.toUpperCase(), '0123456789ABCDEF', 'a=b'],
]

test('masks in a line whatever is masked in a log', () => {
  const line = fc.array(fc.constantFrom(...PIECES), { maxLength: 8 }).map((all) => all.join(''))
  fc.assert(
    fc.property(line, (given) => maskSecrets(given) === hideAll(given)),
    { numRuns: 5_000 },
  )
})

test('a text of many beginnings of private keys takes time in proportion', () => {
  const text = '-----BEGIN PRIVATE KEY-----\n'.repeat(37_000)
  const start = performance.now()
  expect(maskSecrets(text).split('\n')).toHaveLength(37_001)
  expect(performance.now() - start).toBeLessThan(3_000)
})
