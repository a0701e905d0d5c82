import { expect, test } from 'vitest'
import { detectLanguage, languageByName } from '#app/code/chunks/languages.ts'

test.each([
  ['src/a.c', '', 'C'],
  ['a.H', '', 'C'],
  ['a.test.tsx', '', 'TSX'],
  ['Makefile', '', 'Makefile'],
  ['lib/CMakeLists.txt', '', 'CMake'],
  ['run', '#!/usr/bin/env -S node --import tsx', 'JavaScript'],
  ['run', '#!/bin/sh', 'Shell'],
  ['run', '#! /usr/bin/python3.11', 'Python'],
  ['run.me', '#!/usr/bin/ruby', 'Ruby'],
  ['c', '', null],
  ['a.constructor', '', null],
  ['a.unknown', 'hello', null],
])('%s begins with "%s" and is %s', (path, line, language) => {
  expect(detectLanguage(path, line)).toBe(language)
})

test.each([
  ['c++', 'C++'],
  ['cpp', 'C++'],
  ['JSON-with-Comments', 'JSON with Comments'],
  ['Brainfuck', 'Brainfuck'],
])('the attribute %s names %s', (name, language) => {
  expect(languageByName(name)).toBe(language)
})
