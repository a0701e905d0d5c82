import { defineConfig } from 'vitest/config'
import {
  BaseSequencer,
  type TestSequencer,
  type TestSequencerConstructor,
  type TestSpecification,
  type Vitest,
} from 'vitest/node'

// On CI a test of real servers and processes has a second try; the report names those that needed it.
const retry = process.env.CI ? 1 : 0

/** Vitest begins with the largest files, so that none is left over when the others are through. These
 * are small for the time that they take. */
const LONG = /\/(crashes|faults|repositories|cli|start)[^/]*\.test\.ts$/

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
 * Real servers and processes: how long something may take is nothing that a test is about. Each file
 * waits for its own half of its time: with two at once that time is of use, with more everything gets slow.
 */
const patient = { testTimeout: 60_000, hookTimeout: 60_000, maxWorkers: 2 }

// Two processes run all files of a kind: to load the program, and to start an embedded database, takes
// longer than most files do. What a file changes beyond its own modules, it sets back.
const isolate = false

// One project per kind of test, so that `npm test` can run, time and name each by itself.
export default defineConfig({
  test: {
    // Vitest calls it with `new`, and takes what it returns.
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
