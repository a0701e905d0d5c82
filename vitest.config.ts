import { defineConfig } from 'vitest/config'
import {
  BaseSequencer,
  type TestSequencer,
  type TestSequencerConstructor,
  type TestSpecification,
  type Vitest,
} from 'vitest/node'

// On CI, a test with real servers and processes is retried once; the report names the tests that needed it.
const retry = process.env.CI ? 1 : 0

/**
 * Vitest starts with the largest files, so that no long one runs last on its own. These files are small but
 * slow.
 */
const LONG = /\/(personas|row-security-alone|crashes|faults|repositories|cli|start)[^/]*\.test\.ts$/

function longestFirst(vitest: Vitest): TestSequencer {
  const base = new BaseSequencer(vitest)
  const isLong = (file: TestSpecification) => LONG.test(file.moduleId)
  async function sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await base.sort(files)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
  return { shard: (files) => base.shard(files), sort }
}

/**
 * Tests with real servers and processes are not about speed. Each file spends half of its time waiting: two
 * files at once make use of that, while more slow everything down.
 */
const patient = { testTimeout: 60_000, hookTimeout: 60_000, maxWorkers: 2 }

/** These files wait more than they work: for servers, pauses and retries. */
const INTEGRATION_WORKERS = 3

// Few processes run all files of a kind, since loading the program and starting an embedded database takes
// longer than most files do. A file must restore everything that it changes outside its own modules.
const isolate = false

// One project per kind of test, so that `npm test` can run, time and report each on its own.
export default defineConfig({
  test: {
    // Vitest calls it with `new` and uses the object that it returns.
    sequence: { sequencer: longestFirst as unknown as TestSequencerConstructor },
    projects: [
      {
        test: {
          ...patient,
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/*.test.ts'],
          isolate,
        },
      },
      { test: { ...patient, name: 'github', include: ['test/github/**/*.test.ts'], isolate } },
      {
        test: {
          ...patient,
          maxWorkers: INTEGRATION_WORKERS,
          // Vitest wants a group of its own for another number of workers.
          sequence: { groupOrder: 1 },
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/services/global-setup.ts'],
          retry,
          expect: { poll: { timeout: 30_000 } },
          isolate,
        },
      },
      {
        test: {
          ...patient,
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/services/global-setup.ts'],
          retry,
          isolate,
        },
      },
      {
        test: {
          ...patient,
          name: 'machines',
          include: ['test/machines/**/*.test.ts'],
          expect: { poll: { timeout: 30_000 } },
        },
      },
    ],
  },
})
