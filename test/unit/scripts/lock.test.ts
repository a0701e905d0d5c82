import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

interface Locked {
  integrity?: string
  link?: boolean
}

test('every locked package has an integrity hash, also those of other platforms', () => {
  const lock = readFileSync(new URL('../../../package-lock.json', import.meta.url), 'utf8')
  const { packages } = JSON.parse(lock) as { packages: Record<string, Locked> }
  const bare = Object.entries(packages).filter(
    ([path, { integrity, link }]) => path !== '' && !link && !integrity?.startsWith('sha512-'),
  )
  expect(bare.map(([path]) => path)).toEqual([])
})
