import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openSources } from '#app/code/ingest/open-sources.ts'
import { commitFiles, makeRepository } from '#test/github/git/make-repository.ts'
import { openTestServices, type TestServices } from '#test/services/setup.ts'
import { type CodeGithub, startCodeGithub } from '#test/support/code/code-github.ts'
import { addInstallation } from '#test/support/rehearsal.ts'

const TOKEN = 'ghp_aVerySecretToken0123456789abcdefghij'
const { PATH } = process.env

let github: CodeGithub
let services: TestServices
let folder: string

beforeEach(async () => {
  github = await startCodeGithub()
  services = await openTestServices()
  folder = mkdtempSync(join(tmpdir(), 'whence-ssh-'))
  process.env.PATH = `${folder}${delimiter}${PATH}`
})
afterEach(async () => {
  process.env.PATH = PATH
  rmSync(folder, { recursive: true })
  await services.close()
  await github.stop()
})

/** Puts a program in the place of ssh that notes its arguments and its environment. */
function replaceSsh(script: string): void {
  const noting = `printf '%s\\n' "$@" >'${folder}/arguments'; env >'${folder}/environment'`
  writeFileSync(join(folder, 'ssh'), `#!/bin/sh\n${noting}\n${script}\n`, { mode: 0o755 })
}

function sources() {
  const { database, config, logger } = services.services
  const addresses = { GITHUB_API_URL: github.url, GITHUB_WEB_URL: github.url }
  const ssh = { CODE_CLONE_PROTOCOL: 'ssh' as const, GITHUB_TOKEN: TOKEN }
  return openSources({ pool: database.pool, config: { ...config, ...addresses, ...ssh }, logger })
}

test('repositories of an installation are read by ssh if that is set, without a token', async () => {
  const served = makeRepository(folder, 'acme/engine')
  const oid = commitFiles(served, { 'a.c': 'int a;\n' })
  // What the server runs for whoever logs in.
  replaceSsh(`exec git-upload-pack '${served}'`)
  const installationId = await addInstallation(services.services.database)
  const { readHeads } = sources()
  const heads = await readHeads({ installationId, fullName: 'acme/engine' }, ['main', 'other'])
  expect(heads).toEqual(new Map([['main', oid]]))
  const noted = readFileSync(join(folder, 'arguments'), 'utf8')
  expect(noted).toContain('-oBatchMode=yes\n-oStrictHostKeyChecking=yes\n')
  expect(noted).toContain("git@127.0.0.1\ngit-upload-pack '/acme/engine.git'\n")
  expect(noted + readFileSync(join(folder, 'environment'), 'utf8')).not.toContain(TOKEN)
})

test('a machine that may not connect by ssh is told what it needs', async () => {
  replaceSsh(`echo 'git@127.0.0.1: Permission denied (publickey).' >&2; exit 255`)
  const installationId = await addInstallation(services.services.database)
  const { readHeads } = sources()
  await expect(
    readHeads({ installationId, fullName: 'acme/engine' }, ['main']),
  ).rejects.toMatchObject({
    kind: 'unavailable',
    message: expect.stringContaining('git cannot connect by ssh from this machine'),
    hint: expect.stringContaining('known_hosts'),
  })
})

test('what a person ingests outside of the installations is read by https, as everybody may', async () => {
  const oid = github.commit('acme/engine', { 'a.c': 'int a;\n' })
  replaceSsh('exit 1')
  const { rows } = await services.services.database.pool.query<{ id: string }>(
    `insert into installation (kind, external_id, account) values ('local', 'me', 'me') returning id`,
  )
  const { readHeads, sourceOf } = sources()
  const repository = { installationId: rows[0]?.id ?? '', fullName: 'acme/engine' }
  expect(await readHeads(repository, ['main'])).toEqual(new Map([['main', oid]]))
  expect(await (await sourceOf(repository)).credentials()).toBeNull()
})
