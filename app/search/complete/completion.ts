/** What a search box offers to insert or to open. */
export type Option =
  | { kind: 'qualifier' | 'value' | 'recent'; text: string; detail?: string; insert: string }
  | { kind: 'page' | 'repository' | 'saved'; text: string; detail?: string; href: string }

export interface Completion {
  /** The part of the text that an option replaces, in UTF-16 units. */
  start: number
  end: number
  options: Option[]
}
