import { expect, test } from 'vitest'
import { camelCase } from '#app/database/pool.server.ts'

test.each([
  ['id', 'id'],
  ['node_id', 'nodeId'],
  ['pull_request_id', 'pullRequestId'],
  ['p_95', 'p95'],
  ['alreadyCamel', 'alreadyCamel'],
  ['?column?', '?column?'],
])('the column %s becomes the field %s, on the first call and later', (column, field) => {
  expect(camelCase(column)).toBe(field)
  expect(camelCase(column)).toBe(field)
})
