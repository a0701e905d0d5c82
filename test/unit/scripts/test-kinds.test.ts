import { describe, expect, test } from 'vitest'
import { chooseKinds, chooseProfile } from '#scripts/test-kinds.mjs'

function choose(...args: string[]) {
  const { kinds, rest } = chooseKinds(args)
  return { kinds: kinds.map(({ name }) => name), rest }
}

describe('the kinds of a test run', () => {
  test('default to all of them, the quick ones first', () => {
    const kinds = ['lint', 'types', 'unit', 'github', 'integration', 'e2e']
    expect(choose()).toEqual({ kinds, rest: [] })
  })

  test('are the named ones, with the remaining arguments for Vitest', () => {
    const { kinds, rest } = choose('e2e', 'integration', '-t', 'a name')
    expect(kinds).toEqual(['integration', 'e2e'])
    expect(rest).toEqual(['-t', 'a name'])
  })

  test('exclude the drills unless they are named', () => {
    expect(choose('machines').kinds).toEqual(['machines'])
    expect(choose('test/machines/drill.test.ts').kinds).toEqual(['machines'])
  })

  test('are derived from the folder of a path', () => {
    expect(choose('test/e2e/page.test.ts').kinds).toEqual(['e2e'])
    expect(choose('test/unit/env.test.ts').kinds).toEqual(['unit'])
    expect(choose('./test/architecture.test.ts').kinds).toEqual(['unit'])
  })

  test('are rejected for an unknown word', () => {
    expect(() => choose('integraton')).toThrow('"integraton" is neither a kind of test nor a path.')
  })
})

describe('the profile of a test run', () => {
  test('is external with both addresses and embedded with none', () => {
    expect(chooseProfile({})).toBe('embedded')
    expect(chooseProfile({ DATABASE_URL: 'a', REDIS_URL: 'b' })).toBe('external')
  })

  test('is rejected by name if only one address is set', () => {
    expect(() => chooseProfile({ REDIS_URL: 'b' })).toThrow('REDIS_URL is set, but DATABASE_URL is')
    expect(() => chooseProfile({ DATABASE_URL: 'a' })).toThrow('DATABASE_URL is set, but REDIS_URL')
  })
})
