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

/**
 * Vitest begins with the largest files, so that none is left over when the others are through. Those
 * that kill processes are small and take the longest.
 */
function longestFirst(vitest: Vitest): TestSequencer {
  const base = new BaseSequencer(vitest)
  const isLong = (file: TestSpecification) => file.moduleId.includes('/crashes-')
  async function sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await base.sort(files)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
  return { shard: (files) => base.shard(files), sort }
}

// One project per kind of test, so that `npm test` can run, time and name each by itself.
export default defineConfig({
  test: {
    // Vitest calls it with `new`, and takes what it returns.
    sequence: { sequencer: longestFirst as unknown as TestSequencerConstructor },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/*.test.ts'],
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'github',
          include: ['test/github/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/services/global-setup.ts'],
          retry,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // How long something may take is nothing that a retried assertion is about.
          expect: { poll: { timeout: 30_000 } },
          // Each file has databases, servers and worker processes of its own, and waits for them half of
          // its time: with two at once that time is of use, with more everything gets slow.
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/services/global-setup.ts'],
          retry,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
    ],
  },
})
