import { parse, validate } from 'graphql'
import { describe, expect, test } from 'vitest'
import { leaveOut } from '#app/github/queries/leave-out.ts'
import { NESTED_PAGES } from '#app/github/queries/nested.ts'
import { FULL_PULL_REQUEST, PULL_REQUEST_PAGE } from '#app/github/queries/pull-requests.ts'
import { PROBE } from '#app/github/queries/repositories.ts'
import { githubSchema } from '#test/github/answer/schema.ts'

const schema = githubSchema()

describe('a query without a field is still valid', () => {
  test.each([
    [PULL_REQUEST_PAGE.text, 'fragment pullRequest', 'statusCheckRollup'],
    [PULL_REQUEST_PAGE.text, 'fragment pullRequest', 'closingIssuesReferences'],
    [PULL_REQUEST_PAGE.text, 'fragment pullRequest', 'commits'],
    [PULL_REQUEST_PAGE.text, 'fragment pullRequest', 'headRepository'],
    [FULL_PULL_REQUEST.text, 'fragment pullRequest', 'reviewThreads'],
    [FULL_PULL_REQUEST.text, 'fragment pullRequest', 'comments'],
    [FULL_PULL_REQUEST.text, 'fragment reviewComment', 'isMinimized'],
    [NESTED_PAGES.comments.text, 'fragment comment', 'minimizedReason'],
    [PROBE.text, 'fragment repository', 'primaryLanguage'],
  ])('%#: %s', (text, definition, field) => {
    const shorter = leaveOut(text, { definition, field })
    expect(shorter.length).toBeLessThan(text.length)
    expect(validate(schema, parse(shorter))).toEqual([])
    expect(leaveOut(shorter, { definition, field })).toBe(shorter)
  })

  test('which is the one at its place, not one of the same name within another', () => {
    const { text } = FULL_PULL_REQUEST
    const inThreads = ['reviewThreads', 'nodes']
    const field = { definition: 'fragment pullRequest', field: 'comments' }
    const ofThreads = /\{ \.\.\.reviewThread comments/
    expect(leaveOut(text, field)).toMatch(ofThreads)
    expect(leaveOut(text, field)).not.toMatch(/\n {2}comments/)
    expect(leaveOut(text, { ...field, parents: inThreads })).not.toMatch(ofThreads)
    expect(leaveOut(text, { ...field, parents: inThreads })).toMatch(/\n {2}comments/)
    expect(leaveOut(text, { ...field, parents: ['reviews'] })).toBe(text)
  })

  test('and keeps fields of that name elsewhere', () => {
    const { text } = PULL_REQUEST_PAGE
    const shorter = leaveOut(text, { definition: 'fragment review', field: 'isMinimized' })
    expect(shorter.match(/isMinimized/g)).toHaveLength(1)
  })
})
