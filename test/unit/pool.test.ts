import { expect, test } from 'vitest'
import { camelCase } from '#app/database/pool.server.ts'

test.each([
  ['id', 'id'],
  ['node_id', 'nodeId'],
  ['pull_request_id', 'pullRequestId'],
  ['p_95', 'p95'],
  ['alreadyCamel', 'alreadyCamel'],
  ['?column?', '?column?'],
])('a column %s is the field %s, the first time and after it', (column, field) => {
  expect(camelCase(column)).toBe(field)
  expect(camelCase(column)).toBe(field)
})
