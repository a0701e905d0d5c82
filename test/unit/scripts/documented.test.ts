import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ROOT } from '#test/architecture/sources.ts'
import { documentedCommands, mentionedScripts } from '#test/support/documented/commands.ts'
import { recipeOf } from '#test/support/documented/recipes.ts'

test('every npm script that a page mentions exists', () => {
  const { scripts } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8'))
  expect(mentionedScripts().filter((name) => !(name in scripts))).toEqual([])
})

test('the test of a fresh clone knows how to run every command of README and docs', () => {
  const commands = documentedCommands()
  expect(commands.length).toBeGreaterThan(30)
  expect(commands.filter(({ command }) => !recipeOf(command))).toEqual([])
})
