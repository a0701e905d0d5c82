/**
 * The words of code for search. Stems, humps, joined names and bounds are those of conversations, so that one
 * query finds both. The division into names is another: a conversation keeps `users.getById` as one name, while in
 * code each member is a name; and stop words stay, since `by` and `is` are parts of names.
 */
import {
  fold,
  HUMP,
  joinedName,
  LONGEST,
  stemmed,
  WITHOUT_SPACES,
  wordsOf,
} from '#app/search/text/words.ts'

const NAME = /[\p{L}\p{N}_$][\p{L}\p{N}\p{M}_$]*(?:-[\p{L}\p{N}_$][\p{L}\p{N}\p{M}_$]*)*/gu
const JOINT = /[_$-]+/
/** UTF-16 units; nothing longer is a name, but a key or a picture in letters. */
const LONGEST_NAME = 2 * LONGEST
const KEPT_NAMES = 20_000
const LONGEST_KEPT = 48

const kept = new Map<string, string[]>()

/**
 * Returns the words in their order, repeated as in the text: a name as a whole, if it has parts, and its parts.
 * `getUserById` is `getuserbyid`, `get`, `user`, `by` and `id`, and so is `get_user_by_id`. Takes time in
 * proportion to the length.
 */
export function codeWords(text: string): string[] {
  const words: string[] = []
  for (const [name] of text.matchAll(NAME)) {
    if (name.length > LONGEST_NAME) continue
    for (const word of kept.get(name) ?? readName(name)) words.push(word)
  }
  return words
}

function readName(name: string): string[] {
  const words = splitName(name)
  if (name.length > LONGEST_KEPT) return words
  if (kept.size >= KEPT_NAMES) kept.clear()
  // A copy: a substring would keep the entire text in memory.
  kept.set(Buffer.from(name).toString(), words)
  return words
}

function splitName(name: string): string[] {
  if (WITHOUT_SPACES.test(name)) return wordsOf(name).map(({ lexeme }) => lexeme)
  const pieces = name.split(JOINT).filter(Boolean)
  const parts = pieces.flatMap((piece) => piece.split(HUMP)).map((part) => stemmed(fold(part)))
  const whole = parts.length > 1 ? [joinedName(fold(pieces.join(jointOf(name))))] : []
  return [...whole, ...parts].filter((word) => word.length <= LONGEST)
}

/** Names with digits keep their sign, as in conversations: `utf8_decode`. */
function jointOf(name: string): string {
  return name.includes('_') ? '_' : '-'
}
