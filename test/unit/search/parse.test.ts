import { describe, expect, test } from 'vitest'
import type { Expression, QueryFilter, Term } from '#app/search/query/query.ts'
import {
  added,
  EMPTY,
  expressionOf,
  parse,
  phrase,
  type QueryParts,
  word,
} from '../../support/search/parsed-queries.ts'

function filter(kind: string, ...values: string[]): Partial<QueryParts> {
  return { filters: [{ kind, values, negated: false } as QueryFilter & { negated: boolean }] }
}

function bot(isBot: boolean): Partial<QueryParts> {
  return { filters: [{ kind: 'bot', isBot, negated: false }] }
}

describe('words and phrases', () => {
  test.each<[string, Partial<QueryParts>]>([
    ['', {}],
    [' \n\t ', {}],
    ['retry the lease', { words: ['retry', 'the', 'lease'] }],
    ['a\u00a0b\u3000c', { words: ['a', 'b', 'c'] }],
    ['"a phrase" b', { phrases: ['a phrase'], words: ['b'] }],
    ['“a phrase”', { phrases: ['a phrase'] }],
    ['"a b" "a b"', { phrases: ['a b'] }],
    ['-b a', { words: ['a'], excluded: [word('b')] }],
    ['-"a b"', { excluded: [phrase('a b')] }],
    ['NOT b a', { words: ['a'], excluded: [word('b')] }],
    ['NOT -b', { excluded: [word('b')] }],
    ['not b', { words: ['not', 'b'] }],
    ['a AND b', { words: ['a', 'b'] }],
    ['a OR b OR "c d"', { alternatives: [[word('a'), word('b'), phrase('c d')]] }],
    ['x a OR b y', { words: ['x', 'y'], alternatives: [[word('a'), word('b')]] }],
    [
      'a OR b c OR d',
      {
        alternatives: [
          [word('a'), word('b')],
          [word('c'), word('d')],
        ],
      },
    ],
    ['a or b', { words: ['a', 'or', 'b'] }],
    ['f(x) (see above)', { words: ['f(x)', 'see', 'above'] }],
    ['--flag -1 - a-b -> x', { words: ['--flag', '-1', '-', 'a-b', '->', 'x'] }],
    ['"augment"-ing', { phrases: ['augment'], words: ['-ing'] }],
    ['5" {"a":"b c"}', { words: ['5"', '{"a":"b', 'c"}'] }],
  ])('%s', (text, expected) => {
    expect(added(text)).toEqual(expected)
  })

  test.each([
    'std::vector',
    'foo::bar',
    'repo::new',
    'http://x/y',
    'path://x',
    'C:\\path',
    '12:30',
    'localhost:3000',
    'port:8080',
    'node:fs/promises',
    'mailto:bob@example.com',
    'parser.ts:12:3',
    'sha256:abcdef',
    'TLS:1.3',
    'fix:',
    'feat(core):add',
    'urn:ietf:params:x',
    ':wq',
    'a:b', // A single letter is a drive or a variable.
  ])('%s is text', (text) => {
    expect(added(text)).toEqual({ words: [text] })
  })

  test('a qualifier in quotes is text', () => {
    expect(added('"key:value" "author:bob"')).toEqual({ phrases: ['key:value', 'author:bob'] })
  })
})

describe('parentheses', () => {
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(word) as [Term, Term, Term, Term]
  const bug: Expression = { kind: 'filter', filter: { kind: 'label', values: ['bug'] } }
  const open: Expression = { kind: 'filter', filter: { kind: 'is', values: ['open'] } }
  const both: Expression = { kind: 'and', all: [a, b] }
  const either: Expression = { kind: 'or', any: [a, b] }
  const ann: Expression = { kind: 'filter', filter: { kind: 'author', values: ['ann'] } }

  test.each<[string, Expression]>([
    ['(a)', a],
    ['(a b) c', { kind: 'and', all: [a, b, c] }],
    ['(a OR b) c', { kind: 'and', all: [either, c] }],
    ['c (a OR b)', { kind: 'and', all: [c, either] }],
    ['(a b) OR c', { kind: 'or', any: [both, c] }],
    ['(a AND b) OR (c d)', { kind: 'or', any: [both, { kind: 'and', all: [c, d] }] }],
    ['((a OR b) c) OR d', { kind: 'or', any: [{ kind: 'and', all: [either, c] }, d] }],
    ['(((a)) OR ((b)))', either],
    ['-(a b)', { kind: 'not', one: both }],
    ['NOT (a OR b)', { kind: 'not', one: either }],
    ['NOT -(a OR b)', { kind: 'not', one: either }],
    ['-(a -b)', { kind: 'not', one: { kind: 'and', all: [a, { kind: 'not', one: b }] } }],
    ['( a OR b )', either],
    ['("a b" OR label:bug)', { kind: 'or', any: [phrase('a b'), bug] }],
    ['label:bug OR is:open', { kind: 'or', any: [bug, open] }],
    ['a OR -b', { kind: 'or', any: [a, { kind: 'not', one: b }] }],
    [
      '(is:open author:ann) OR label:bug',
      { kind: 'or', any: [{ kind: 'and', all: [open, ann] }, bug] },
    ],
    ['-(label:bug OR is:open)', { kind: 'not', one: { kind: 'or', any: [bug, open] } }],
    ['() a ( )', a],
    [
      '(author:ann) author:bob',
      { kind: 'and', all: [ann, { kind: 'filter', filter: { kind: 'author', values: ['bob'] } }] },
    ],
  ])('%s groups', (text, expected) => {
    expect(expressionOf(text)).toEqual(expected)
  })

  test.each<[string, Partial<QueryParts>]>([
    ['foo() f(x) call(a,b)', { words: ['foo()', 'f(x)', 'call(a,b)'] }],
    ['(foo() bar)', { words: ['foo()', 'bar'] }],
    ['(f(x) OR g(y))', { alternatives: [[word('f(x)'), word('g(y)')]] }],
    ['f(x y) OR z', { words: ['f(x'], alternatives: [[word('y'), word('z')]] }],
    ['sad :( face', { words: ['sad', ':(', 'face'] }],
    ['"(a OR b)"', { phrases: ['(a OR b)'] }],
    ['label:name(x)', filter('label', 'name(x)')],
  ])('%s are part of a word', (text, expected) => {
    expect(added(text)).toEqual(expected)
  })

  test.each<[string, Partial<QueryParts>, string]>([
    [
      '(a OR b',
      { alternatives: [[a, b]] },
      'A parenthesis is not closed: the group was read up to the end of the query.',
    ],
    [
      'a OR b)',
      { alternatives: [[a, b]] },
      'A closing parenthesis was ignored: it closes nothing.',
    ],
    ['a ) b', { words: ['a', 'b'] }, 'A closing parenthesis was ignored: it closes nothing.'],
    ['a OR ()', { words: ['a'] }, '`OR` was ignored where it is not between two terms.'],
    ['(a OR) b', { words: ['a', 'b'] }, '`OR` was ignored where it is not between two terms.'],
    ['(a NOT) b', { words: ['a', 'b'] }, '`NOT` was ignored: nothing follows it.'],
  ])('%s is read with a warning', (text, expected, warning) => {
    expect(parse(text)).toEqual({ ...EMPTY, ...expected, warnings: [warning] })
  })
})

describe('names', () => {
  test.each([
    'repo:acme/tools',
    'org:acme',
    'author:bob',
    'commenter:bob',
    'reviewed-by:bob',
    'involves:bob',
    'assignee:bob',
    'label:bug',
    'milestone:v1',
    'base:main',
    'head:topic/a',
    'path:src/a.ts',
  ])('%s is a condition, and a negated one with a minus', (text) => {
    const [kind = '', value = ''] = text.split(':')
    expect(added(text)).toEqual(filter(kind, value))
    expect(added(text.replace(kind, kind.toUpperCase()))).toEqual(filter(kind, value))
    for (const negation of ['-', 'NOT '])
      expect(added(negation + text)).toEqual({
        filters: [{ kind, values: [value], negated: true }],
      })
  })

  test.each<[string, Partial<QueryParts>]>([
    ['label:"good first issue"', filter('label', 'good first issue')],
    ['label:“good first issue”', filter('label', 'good first issue')],
    ['label:bug,"good first issue"', filter('label', 'bug', 'good first issue')],
    ['label:"a,b",c', filter('label', 'a,b', 'c')],
    ['label:bug OR label:docs', filter('label', 'bug', 'docs')],
    ['milestone:"v1, later"', filter('milestone', 'v1, later')],
    ['head:fix,this', filter('head', 'fix,this')],
    ['author:ann,bob', filter('author', 'ann', 'bob')],
    ['author:@bob', filter('author', 'bob')],
    ['author:app/dependabot', filter('author', 'dependabot')],
    ['author:dependabot[bot]', filter('author', 'dependabot[bot]')],
    ['user:acme', filter('org', 'acme')],
    ['repo:tools', filter('repo', 'tools')],
    ['repo:acme/*', filter('repo', 'acme/*')],
    ['repo:https://github.com/acme/tools.git', filter('repo', 'acme/tools')],
    ['repo:https://github.com/acme/tools/pull/3', filter('repo', 'acme/tools')],
    ['(author:bob)', filter('author', 'bob')],
    ['label:name(x)', filter('label', 'name(x)')],
    ['path:"src/a b/*.ts"', filter('path', 'src/a b/*.ts')],
  ])('%s', (text, expected) => {
    expect(added(text)).toEqual(expected)
  })

  test('repeated qualifiers and those joined by OR are one condition', () => {
    const both = filter('author', 'ann', 'bob')
    for (const text of ['author:ann author:bob', 'author:ann OR author:bob', 'author:ann,bob'])
      expect(added(text)).toEqual(both)
    expect(added('author:ann x author:bob')).toEqual({ ...both, words: ['x'] })
  })
})

describe('states', () => {
  test.each<[string, Partial<QueryParts>]>([
    ['is:open', filter('is', 'open')],
    ['is:CLOSED', filter('is', 'closed')],
    ['is:merged', filter('is', 'merged')],
    ['is:draft', filter('is', 'draft')],
    ['is:open,merged', filter('is', 'open', 'merged')],
    ['state:open', filter('is', 'open')],
    ['is:unmerged', { filters: [{ kind: 'is', values: ['merged'], negated: true }] }],
    ['draft:true', filter('is', 'draft')],
    ['draft:false', { filters: [{ kind: 'is', values: ['draft'], negated: true }] }],
    ['review:approved', filter('review', 'approved')],
    ['review:changes_requested', filter('review', 'changes_requested')],
    ['review:changes-requested', filter('review', 'changes_requested')],
    ['review:none', filter('review', 'none')],
    ['no:label', filter('no', 'label')],
    ['-no:assignee', { filters: [{ kind: 'no', values: ['assignee'], negated: true }] }],
    ['is:pr type:pr -is:issue', {}],
    ['bot:true', bot(true)],
    ['bot:false', bot(false)],
    ['-bot:true', bot(false)],
    ['in:title', filter('in', 'title')],
    ['in:title,body', filter('in', 'title', 'description')],
    ['in:body in:commits', filter('in', 'description', 'commit')],
    ['in:comments', filter('in', 'comment', 'review_comment')],
    ['in:reviews', filter('in', 'review', 'review_comment')],
    [
      '-in:comments',
      { filters: [{ kind: 'in', values: ['comment', 'review_comment'], negated: true }] },
    ],
    ['similar:#123', { similar: { repository: null, number: 123 } }],
    ['similar:123', { similar: { repository: null, number: 123 } }],
    ['similar:acme/tools#7', { similar: { repository: 'acme/tools', number: 7 } }],
    [
      'similar:https://github.com/acme/tools/pull/7/files',
      { similar: { repository: 'acme/tools', number: 7 } },
    ],
    ['sort:updated', { sort: { by: 'updated', direction: 'desc' } }],
    ['sort:comments-asc', { sort: { by: 'comments', direction: 'asc' } }],
    ['sort:created-desc', { sort: { by: 'created', direction: 'desc' } }],
    ['sort:merged sort:relevance', {}],
  ])('%s', (text, expected) => {
    expect(added(text)).toEqual(expected)
  })
})

describe('an invalid part', () => {
  test.each([
    ['mentions:bob', '`mentions:` was ignored: Whence does not store the data that it needs.'],
    ['comments:>5', '`comments:` was ignored: Whence does not store the data that it needs.'],
    ['author:', '`author:` was ignored: its value must follow the colon without a space.'],
    ['label:""', '`label:` was ignored: its value must follow the colon without a space.'],
    ['label:,', '`label:` was ignored: its value must follow the colon without a space.'],
    [
      'author:@me',
      '`author:@me` was ignored: it needs a login, but nobody signs in here; write your login.',
    ],
    ['author:"a b"', '`author:a b` was ignored: it is not a valid login.'],
    ['org:a/b', '`org:a/b` was ignored: it is not a valid account name.'],
    [
      'repo:"a b"',
      '`repo:a b` was ignored: it is not a repository; write `owner/name`, `owner/*`, a name or a URL.',
    ],
    ['is:opened', '`is:opened` was ignored: did you mean `is:open`?'],
    [
      'is:public',
      '`is:public` was ignored: there is no such value; use `open`, `closed`, `merged` or `draft`.',
    ],
    ['state:mergd', '`state:mergd` was ignored: did you mean `state:merged`?'],
    ['review:aproved', '`review:aproved` was ignored: did you mean `review:approved`?'],
    ['in:titel', '`in:titel` was ignored: did you mean `in:title`?'],
    ['bot:maybe', '`bot:maybe` was ignored: there is no such value; use `true` or `false`.'],
    [
      'no:project',
      '`no:project` was ignored: there is no such value; use `label`, `assignee` or `milestone`.',
    ],
    ['is:issue', '`is:issue` was ignored: only pull requests are searched.'],
    ['type:issue', '`type:issue` was ignored: only pull requests are searched.'],
    ['-is:pr', '`-is:pr` was ignored: only pull requests are searched.'],
    ['sort:update', '`sort:update` was ignored: did you mean `sort:updated`?'],
    [
      'sort:updated-up',
      '`sort:updated-up` was ignored: write `sort:updated-asc` or `sort:updated-desc`.',
    ],
    [
      'sort:interactions',
      '`sort:interactions` was ignored: use `relevance`, `created`, `updated`, `merged` or `comments`, with `-asc` or `-desc`.',
    ],
    ['-sort:updated', '`-sort:` was ignored; for the opposite order, write `sort:created-asc`.'],
    [
      'similar:tools',
      '`similar:tools` was ignored: it is not a pull request; write `similar:#123` or `similar:owner/name#123`.',
    ],
    [
      'similar:acme/tools7',
      '`similar:acme/tools7` was ignored: it is not a pull request; write `similar:#123` or `similar:owner/name#123`.',
    ],
    [
      'similar:#0',
      '`similar:#0` was ignored: it is not a pull request; write `similar:#123` or `similar:owner/name#123`.',
    ],
    ['-similar:#1', '`-similar:` was ignored: a search cannot exclude similar pull requests.'],
    ['NOT', '`NOT` was ignored: nothing follows it.'],
    ['OR', '`OR` was ignored where it is not between two terms.'],
    ['-"->"', 'A phrase without letters or digits was ignored: there is nothing to search for.'],
    ['@me', '`@me` was ignored: nobody signs in here; write a login, as in `author:ann`.'],
  ])('%s is only a warning', (text, warning) => {
    expect(parse(text)).toEqual({ ...EMPTY, warnings: [warning] })
  })

  test.each([
    ['autor:bob', ' Did you mean `author:`?'],
    ['Autor:bob', ' Did you mean `author:`?'],
    ['labels:bug', ' Did you mean `label:`?'],
    ['reviewed_by:bob', ' Did you mean `reviewed-by:`?'],
    ['reviewer:bob', ' Did you mean `reviewed-by:`?'],
    ['craeted:>2024', ' Did you mean `created:`?'],
    ['autor:2024/x', ' Did you mean `author:`?'],
    ['from:bob', ' Did you mean `author:`?'],
    ['error:ENOENT', ''],
    ['priority:high', ''],
  ])('%s is text, with a warning', (text, hint) => {
    const name = text.split(':')[0]
    const warnings = [`\`${name}:\` is not a qualifier, so \`${text}\` was taken as text.${hint}`]
    expect(parse(text)).toEqual({ ...EMPTY, words: [text], warnings })
    expect(parse(`-${text}`)).toEqual({ ...EMPTY, excluded: [word(text)], warnings })
  })

  test.each<[string, Partial<QueryParts>, string]>([
    ['late msg:"timed out"', { words: ['late', 'msg:timed out'] }, 'taken as text'],
    ['OR a', { words: ['a'] }, 'is not between two terms'],
    ['a OR', { words: ['a'] }, 'is not between two terms'],
    ['a OR OR b', { alternatives: [[word('a'), word('b')]] }, 'between two terms'],
    [
      'a OR sort:created is:open',
      { words: ['a'], sort: { by: 'created', direction: 'desc' }, ...filter('is', 'open') },
      'is not between two terms',
    ],
    ['a "b c', { words: ['a'], phrases: ['b c'] }, 'A quote is not closed'],
    ['label:"b c', filter('label', 'b c'), 'A quote is not closed'],
    ['author:ann,@me', filter('author', 'ann'), '`author:@me` was ignored'],
    [
      'similar:#1 similar:#2',
      { similar: { repository: null, number: 1 } },
      'a query can have only one `similar:`',
    ],
  ])('%s keeps the valid parts', (text, expected, warning) => {
    expect(parse(text)).toEqual({
      ...EMPTY,
      ...expected,
      warnings: [expect.stringContaining(warning)],
    })
  })
})
