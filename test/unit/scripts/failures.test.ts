import { describe, expect, test } from 'vitest'
import { explain, HintedError } from '#scripts/failures.mjs'

describe('explain', () => {
  test.each([
    ['npm error code ECONNREFUSED', 'The package registry cannot be reached.'],
    ['npm error code ENOTFOUND', 'The package registry cannot be reached.'],
    ['npm warn tar TAR_ENTRY_ERROR ENOSPC: no space left on device', 'The disk is full.'],
    ["EROFS: read-only file system, access '.'", 'The folder is on a read-only file system.'],
    ['npm error code EACCES', 'A file or folder is not writable.'],
    ['npm error code EUSAGE', 'package.json and package-lock.json do not agree.'],
    ['npm error code EINTEGRITY', 'does not match package-lock.json'],
    ['npm error code E403', 'The package registry refused a package.'],
  ])('recognises the reason of "%s"', (output, reason) => {
    const error = explain('npm ci', output, 'unknown')
    expect(error).toBeInstanceOf(HintedError)
    expect(error.message).toContain(reason)
    expect(error.hint).not.toBe('unknown')
  })

  test('keeps the output of a tool if the failure is unknown', () => {
    const error = explain('Building', 'app/root.tsx:3:1: Unexpected token', 'Correct it.')
    expect(error.details).toBe('app/root.tsx:3:1: Unexpected token')
    expect(error.hint).toBe('Correct it.')
  })

  test('omits stack traces and npm’s usage text', () => {
    const output = [
      'npm error code EUSAGE',
      "npm error Invalid: lock file's a@1.0.0 does not satisfy a@2.0.0",
      'npm error',
      'npm error Clean install a project',
      'npm error Usage:',
      '    at Object.<anonymous> (file.js:1:1)',
    ].join('\n')
    expect(explain('npm ci', output, '').details).toBe(
      "npm error code EUSAGE\nnpm error Invalid: lock file's a@1.0.0 does not satisfy a@2.0.0",
    )
  })
})
