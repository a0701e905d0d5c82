import type rehypeSanitize from 'rehype-sanitize'

/** HTML as a tree; the types come with the package that sanitises it. */
export type Tree = Parameters<ReturnType<typeof rehypeSanitize>>[0]
export type Element = Extract<Tree['children'][number], { type: 'element' }>
export type Content = Element['children'][number]
