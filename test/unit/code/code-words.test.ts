import { expect, test } from 'vitest'
import { codeWords } from '#app/code/chunks/code-words.ts'
import { wordsOf } from '#app/search/text/words.ts'

test.each([
  ['getUserById', 'getuserbyid get user by id'],
  ['get_user_by_id', 'getuserbyid get user by id'],
  ['GET_USER', 'getus get user'],
  ['HTTPServer', 'httpserver http server'],
  ['parseJSON', 'parsejson pars json'],
  ['data-test-key', 'datatestkei data test kei'],
  ['utf8Decode', 'utf8decode utf8 decod'],
  ['sha256_init', 'sha256_init sha256 init'],
  ['__init__', 'init'],
  ['$scope.users[0]', 'scope user 0'],
  ['a->b.getAll()', 'a b getal get all'],
  ['std::vector<int>', 'std vector int'],
  ['// Größe', 'größe'],
  ['日本語', '日本 本語'],
])('the words of %s', (text, words) => {
  expect(codeWords(text).join(' ')).toBe(words)
})

test('a query for a name or its parts has the words of the code', () => {
  const code = new Set(codeWords('store.getUserEntries(hashTables, max_retry_count)'))
  for (const query of [
    'getUserEntries',
    'user entries',
    'hash table',
    'max_retry_count',
    'retries',
  ])
    for (const { lexeme } of wordsOf(query)) expect(code, query).toContain(lexeme)
})

test.each([
  ['one name', 'a'.repeat(1_000_000)],
  ['humps', 'aB'.repeat(500_000)],
  ['signs', '-_$'.repeat(300_000)],
  ['joined names', 'a-'.repeat(500_000)],
])('%s of 1 MB takes time in proportion and has no long word', (_name, text) => {
  const start = performance.now()
  for (const word of codeWords(text)) expect(word.length).toBeLessThanOrEqual(100)
  expect(performance.now() - start).toBeLessThan(3_000)
})
