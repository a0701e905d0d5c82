const NOT_ASCII = /[^\0-\x7f]/
// Elsewhere, marks are letters of their own: vowels in Devanagari, the two dots of `й` and `が`.
const WITH_ACCENTS = /[\p{Script=Latin}\p{Script=Greek}\p{Script=Arabic}\p{Script=Hebrew}]\p{M}*/gu
const MARKS = /\p{M}/gu
const LETTERS: Record<string, string> = {
  ...{ ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i', ħ: 'h', ŧ: 't' },
  ...{ ς: 'σ', ё: 'е' },
}
const OTHER_LETTERS = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'gu')

/** Returns a word as it is written on a keyboard without its accents: `müller` as `muller`, `ß` as `ss`. */
export function plainForm(word: string): string {
  if (!NOT_ASCII.test(word)) return word
  return word
    .replace(WITH_ACCENTS, (letter) => letter.normalize('NFD').replace(MARKS, ''))
    .replace(OTHER_LETTERS, (letter) => LETTERS[letter] ?? letter)
}
