import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { explain, HintedError } from './failures.mjs'
import { fingerprint } from './fingerprint.mjs'
import { installPackages } from './installed.mjs'
import { assertWritable, ROOT, runStep } from './steps.mjs'

const OLDEST_NODE = [20, 19]

// Each output stores the fingerprint of its inputs. The fingerprint is deleted first and written last, so
// that an interrupted run is simply repeated.
const CLIENT = {
  title: 'generating the Prisma client',
  stamp: 'app/generated/prisma/.made-from',
  inputs: ['prisma/schema.prisma', 'prisma.config.ts', 'package-lock.json'],
  tool: ['node_modules/prisma-cli/build/index.js', 'generate'],
  // `generate` needs no engine, but Prisma downloads one unless it is given an executable.
  env: { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' },
  hint: 'Correct prisma/schema.prisma as described above, then run the same command again.',
}

const PAGES = {
  title: 'building the pages',
  stamp: 'build/.made-from',
  inputs: [
    'app',
    'public',
    'prisma/schema.prisma',
    'vite.config.ts',
    'remix.config.js',
    'tsconfig.json',
    'package.json',
    'package-lock.json',
  ],
  skip: ['app/generated', 'public/build'],
  tool: ['node_modules/@remix-run/dev/dist/cli.js', 'vite:build', '--logLevel', 'warn'],
  env: { NODE_ENV: 'production' },
  hint: 'Correct the source as described above, then run the same command again.',
}

/** Installs, generates and builds what is missing or outdated. */
export async function prepare() {
  await prepareSources()
  await buildPages()
}

/** Does the same without the pages: prepares everything that the sources import. */
export async function prepareSources() {
  checkNode()
  await installPackages()
  await make(CLIENT)
}

export function buildPages() {
  return make(PAGES)
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const [wantedMajor, wantedMinor] = OLDEST_NODE
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return
  throw new HintedError(
    `Whence needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}.`,
    'Install Node 22 or 24, then run the same command again.',
  )
}

async function make({ title, stamp, inputs, skip, tool, env, hint }) {
  const [source] = inputs
  if (!existsSync(join(ROOT, source))) {
    const hint = `Restore it with \`git checkout ${source}\`.`
    throw new HintedError(`${source} is missing: the checkout is incomplete.`, hint)
  }
  const madeFrom = fingerprint(inputs, skip)
  const path = join(ROOT, stamp)
  if (existsSync(path) && readFileSync(path, 'utf8') === madeFrom) return
  assertWritable()
  rmSync(path, { force: true })
  const { code, output } = await runStep(title, process.execPath, tool, env)
  if (code !== 0) throw explain(sentence(title), output, hint)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, madeFrom)
}

function sentence(title) {
  return title.charAt(0).toUpperCase() + title.slice(1)
}
