/** Reads and builds expressions. */
import type { Expression, Filter, Phrase, QueryFilter, Term } from './query.ts'

/** The condition of an empty query. */
export const EVERYTHING: Expression = { kind: 'and', all: [] }

/** Returns the parts that must all hold. */
export function conjunctsOf(expression: Expression): Expression[] {
  return expression.kind === 'and' ? expression.all : [expression]
}

/** Joins expressions; those that are conjunctions themselves are inlined. */
export function allOf(expressions: Expression[]): Expression {
  const all = expressions.flatMap(conjunctsOf)
  const [only] = all
  return only && all.length === 1 ? only : { kind: 'and', all }
}

/** Joins alternatives; filters of one kind become one with all values. Returns null if there are none. */
export function anyOf(any: Expression[]): Expression | null {
  if (any.length < 2) return any[0] ?? null
  const filters = any.filter((one) => one.kind === 'filter')
  const kinds = new Set(filters.map(({ filter }) => filter.kind))
  const isOneKind = kinds.size === 1 && filters.every(({ filter }) => 'values' in filter)
  return isOneKind && filters.length === any.length ? joinedFilters(filters) : { kind: 'or', any }
}

/** @param filters of one kind, with values. */
export function joinedFilters(filters: Filter[]): Expression {
  const values = filters.flatMap(({ filter }) => ('values' in filter ? filter.values : []))
  return filterOf({ ...filters[0]?.filter, values } as QueryFilter)
}

export function filterOf(filter: QueryFilter, negated = false): Expression {
  return negated ? not({ kind: 'filter', filter }) : { kind: 'filter', filter }
}

export function not(one: Expression): Expression {
  return { kind: 'not', one }
}

export type Leaf = Term | Phrase | Filter

/** Returns the terms, phrases and filters in order, without those that are negated unless they are wanted. */
export function leavesOf(expression: Expression, which?: 'negated too'): Leaf[] {
  switch (expression.kind) {
    case 'and':
      return expression.all.flatMap((one) => leavesOf(one, which))
    case 'or':
      return expression.any.flatMap((one) => leavesOf(one, which))
    case 'not':
      return which ? leavesOf(expression.one, which) : []
    default:
      return [expression]
  }
}

/** Returns the expression without the leaves that are not kept; null if nothing is left. */
export function pruned(expression: Expression, isKept: (leaf: Leaf) => boolean): Expression | null {
  switch (expression.kind) {
    case 'and': {
      const all = expression.all.flatMap((one) => pruned(one, isKept) ?? [])
      return all.length > 0 ? allOf(all) : null
    }
    case 'or': {
      const any = expression.any.flatMap((one) => pruned(one, isKept) ?? [])
      return any.length > 0 ? { kind: 'or', any } : null
    }
    case 'not': {
      const one = pruned(expression.one, isKept)
      return one && not(one)
    }
    default:
      return isKept(expression) ? expression : null
  }
}
