import ts from 'typescript'
import { expect, test } from 'vitest'
import { everyNode, readSources, type Source } from '../../architecture/sources.ts'
import { slowTextFor } from './slow-text-for.ts'

/** Slow ones that may be, with what bounds their text: none of them meets a long text of others. */
const BOUNDED: Record<string, string> = {
  'app/database/migrations.server.ts: ENDS_TRANSACTION': 'the migrations are our own',
  'app/github/connection/private-key.ts: LABELLED': 'the key of the App, from who runs the server',
  'app/github/connection/connection.ts: /\\/+$/': 'the addresses come from who runs the server',
  'app/passages/split.ts: SENTENCE_START': 'the end of a passage, at most 200 characters',
  'app/passages/split.ts: WORD_START': 'the end of a passage, at most 200 characters',
  'app/search/query/tokens-of-query.ts: /\\)*$/': 'a query has at most 1,000 characters',
}

/** Expressions that are put together, by file, which this test cannot read from the source. */
const PUT_TOGETHER: Record<string, [count: number, why: string]> = {
  'app/code/search/parse-code-query.ts': [1, 'is one of a few fixed names'],
  'app/code/search/tests-of-code.ts': [
    1,
    'has no repetition next to another of the same characters',
  ],
  'app/config/secrets.ts': [1, 'config/secrets.test.ts times it'],
  'app/forms/notices.server.ts': [1, 'repeats one class of characters, after a fixed name'],
  'app/github/queries/leave-out.ts': [3, 'the queries are our own'],
  'app/github/queries/nested.ts': [1, 'the queries are our own'],
  'app/markdown/weigh.ts': [2, 'matches names of fixed length'],
  'app/search/text/plain-form.ts': [1, 'matches one character'],
  'app/search/text/words.ts': [2, 'matches one character, or repeats one of two classes'],
}

/**
 * In milliseconds, for 64 KB. One that scans its text again and again takes a second or more, any other far less
 * than a tenth of this.
 */
const LIMIT = 400

const sources = readSources().filter(({ path }) => /^(app|cli|server|workers)\//.test(path))

test('no regular expression is slow on 64 KB of what it looks for', () => {
  const slow = sources.flatMap((source) =>
    literalsOf(source).flatMap(({ name, expression }) => {
      const text = slowTextFor(expression, LIMIT)
      return text === null ? [] : [{ name: `${source.path}: ${name}`, text }]
    }),
  )
  expect(slow.filter(({ name }) => !(name in BOUNDED))).toEqual([])
}, 180_000)

test('every regular expression that is put together is known', () => {
  const found = sources.map((source) => [source.path, countConstructed(source)] as const)
  expect(Object.fromEntries(found.filter(([, count]) => count > 0))).toEqual(
    Object.fromEntries(Object.entries(PUT_TOGETHER).map(([path, [count]]) => [path, count])),
  )
})

test.each([[/(?<=:\/\/[^:/@\s"]*:)[^\s"]+(?=@)/], [/\s+$/], [/(a+)+$/], [/(\w+\s?)*;/]])(
  'a slow one is noticed: %s',
  (expression) => {
    expect(slowTextFor(expression, LIMIT)).not.toBeNull()
  },
)

function literalsOf(source: Source): { name: string; expression: RegExp }[] {
  return everyNode(source).flatMap((node) => {
    if (!ts.isRegularExpressionLiteral(node)) return []
    const [, pattern = '', flags] = /^\/(.*)\/([a-z]*)$/s.exec(node.text) ?? []
    const { parent } = node
    const name = ts.isVariableDeclaration(parent) ? parent.name.getText() : node.text
    return [{ name, expression: new RegExp(pattern, flags) }]
  })
}

function countConstructed(source: Source): number {
  return everyNode(source).filter(
    (node) =>
      (ts.isNewExpression(node) || ts.isCallExpression(node)) &&
      node.expression.getText() === 'RegExp',
  ).length
}
