import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runGit } from '#test/github/git/run-git.ts'
import { fillCheckout } from '../../../cli/fill-checkout.ts'

let folder: string
let oid: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'whence-checkout-'))
  runGit(folder, ['init', '-q'])
  runGit(folder, ['commit', '-q', '--allow-empty', '-m', 'Begin'])
  runGit(folder, ['remote', 'add', 'origin', 'git@github.com:octo/repo.git'])
  mkdirSync(join(folder, 'src'))
  oid = runGit(folder, ['rev-parse', 'HEAD'])
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a checkout gives its repository, its commit and the folder', async () => {
  expect(await fillCheckout(['why', 'a.c:1'], join(folder, 'src'))).toEqual([
    ...['why', '--repo', 'octo/repo', '--ref', oid, '--within', 'src/', 'a.c:1'],
  ])
  expect(await fillCheckout(['why', 'a.c:1', '--ref', 'main'], folder)).toEqual([
    ...['why', '--repo', 'octo/repo', 'a.c:1', '--ref', 'main'],
  ])
})

test.each([
  [['search', 'x']],
  [['why', 'a.c:1', '--repo', 'acme/engine']],
  [['why', '--repo=acme/engine']],
  [['why', '--help']],
])('%j stays as it is', async (argv) => {
  expect(await fillCheckout(argv, folder)).toEqual(argv)
})

test('outside of a checkout, nothing is added', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'whence-none-'))
  expect(await fillCheckout(['why', 'a.c:1'], empty)).toEqual(['why', 'a.c:1'])
  rmSync(empty, { recursive: true })
})
