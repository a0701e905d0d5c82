import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Word, wordsOf } from '#app/search/text/words.ts'

function lexemesOf(text: string): string[] {
  return wordsOf(text).map((word) => word.lexeme)
}

function compoundsOf(text: string): string[] {
  return wordsOf(text).flatMap((word) => (word.isCompound ? [word.lexeme] : []))
}

/** Returns the lexemes of `query` that a search finds in `text`. */
function sharedBy(query: string, text: string): string[] {
  const said = new Set(lexemesOf(text))
  return lexemesOf(query).filter((lexeme) => said.has(lexeme))
}

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        'a',
        'B',
        '_',
        '-',
        '/',
        '.',
        '#',
        '7',
        ' ',
        "'",
        '\0',
        '\ud83d',
        '漢',
        'ﷺ',
        'İ',
      ),
    )
    .map((units) => units.join('')),
)

describe('plain words', () => {
  test('match in every inflection', () => {
    expect(lexemesOf('Clients connected')).toEqual(lexemesOf('client connects'))
  })

  test('leave out stop words, which still take up a position', () => {
    expect(
      wordsOf('Retry of the queue').map(({ position, start, end }) => [position, start, end]),
    ).toEqual([
      [1, 0, 5],
      [4, 13, 18],
    ])
  })

  test.each(["don't", 'don’t', "I'm", "they'll"])(
    'without meaning, like %s, are left out',
    (word) => {
      expect(lexemesOf(word)).toEqual([])
    },
  )

  test('lose a possessive', () => {
    expect(lexemesOf("the server’s key's")).toEqual(lexemesOf('server key'))
  })

  test('are equal in any width, case and composition', () => {
    expect(lexemesOf('Ｃafe\u0301')).toEqual(lexemesOf('CAFÉ'))
  })

  test('for acronyms include a plural ending', () => {
    expect(lexemesOf('PDUs APIs')).toEqual(lexemesOf('PDU API'))
    expect(compoundsOf('PDUs')).toEqual([])
  })
})

describe('compounds', () => {
  test.each([
    ['max_batch_size', ['max', 'batch', 'size']],
    ['maxBatchSize', ['max', 'batch', 'size']],
    ['TLSServer', ['tls', 'server']],
    ['app/search/words.ts', ['app', 'search', 'words', 'ts']],
    ['src\\main.rs', ['src', 'main', 'rs']],
    ['std::vector', ['std', 'vector']],
    ['ERR_MODULE_NOT_FOUND', ['err', 'module', 'found']],
    ['octo-org/hello#123', ['octo', 'org', 'hello', '123']],
    ['ada@example.com', ['ada', 'example']],
  ])('like %s are found as a whole and by their parts', (name, parts) => {
    const words = wordsOf(name)
    const [first] = words
    expect(first).toMatchObject({ isCompound: true, start: 0, end: name.length })
    expect(words.filter((word) => word.isCompound)).toHaveLength(1)
    expect(words.slice(1).map((word) => name.slice(word.start, word.end).toLowerCase())).toEqual(
      expect.arrayContaining(parts),
    )
    expect(sharedBy(name, `see \`${name}\`, please`)).toEqual(lexemesOf(name))
  })

  test('are equal in any naming convention', () => {
    expect(new Set(['key-package', 'key_package', 'KeyPackages'].flatMap(compoundsOf)).size).toBe(1)
    expect(sharedBy('KeyPackages', 'a keypackage')).not.toEqual([])
  })

  test.each(['E0499', 'TS2345', '0x80070005', 'ECONNREFUSED'])(
    'do not include error codes like %s, which are one word',
    (code) => {
      expect(sharedBy(code, `it fails with ${code}.`)).toEqual(lexemesOf(code))
      expect(wordsOf(code).filter((word) => !word.isCompound)).toHaveLength(1)
    },
  )

  test('with a number sign differ from the bare number', () => {
    expect(lexemesOf('#123')).toEqual(['#123', '123'])
    expect(sharedBy('#123', 'in 123 ways')).toEqual(['123'])
  })
})

describe('versions', () => {
  test.each([
    ['1.2.3', 'release v1.2.3'],
    ['v1.2', 'release v1.2.3'],
    ['1.2', 'release v1.2.3'],
    ['v1.2.3', 'release 1.2.3'],
    ['v1.2.3', 'needs ^1.2.3'],
    ['1.20.3', 'v1.20.3-beta'],
    ['18.2.0', 'react@18.2.0'],
    ['127.0', 'at 127.0.0.1:3000'],
  ])('like %s are found in %s', (query, text) => {
    expect(sharedBy(query, text)).not.toEqual([])
  })

  test('share most with the exact one', () => {
    const shared = ['v1.2.3', '1.2.3', 'v1.2.4', '1.3.3'].map(
      (text) => sharedBy('v1.2.3', text).length,
    )
    expect(shared).toEqual([3, 2, 1, 0])
    expect(sharedBy('react 18.2.0', 'react@18.2.0')).toEqual(lexemesOf('react 18.2.0'))
  })

  test('do not bring every number', () => {
    for (const text of ['1 and 2', '1.3', '2.1.2', '11.2', '1.21'])
      expect(sharedBy('1.2', text)).toEqual([])
    expect(sharedBy('18.2', 'at 18 or 18.3')).toEqual([])
  })
})

describe('names of languages', () => {
  test.each(['C', 'C++', 'C#', 'F#', 'J'])('like %s are told apart', (name) => {
    const others = ['C', 'C++', 'C#', 'F#', 'J'].filter((other) => other !== name)
    expect(sharedBy(name, `written in ${name}, not ${others.join(' or ')}`)).toEqual(
      lexemesOf(name),
    )
    expect(sharedBy(name, `written in ${others.join(', ')}.`)).toEqual([])
  })

  test('are found in what contains them', () => {
    expect(sharedBy('C++', 'compiled as C++17 or C/C++')).toEqual(['c++'])
    expect(sharedBy('libstdc', 'libstdc++ is missing')).toEqual(['libstdc'])
  })
})

describe('words with accents', () => {
  test.each([
    ['Muller', 'Müller'],
    ['Jose', 'José'],
    ['naive', 'naïve'],
    ['strasse', 'Straße'],
    ['Orsted', 'Ørsted'],
    ['Αθηνα', 'Αθήνα'],
    ['فعل', 'فَعَلَ'],
  ])('are found by %s', (query, text) => {
    expect(sharedBy(query, text)).toEqual(lexemesOf(query))
    expect(sharedBy(text, query)).not.toEqual([])
    expect(sharedBy(text, text).length).toBeGreaterThan(sharedBy(text, query).length)
  })

  test('do not include letters of scripts that are written with marks', () => {
    expect(sharedBy('कि', 'का')).toEqual([])
    expect(sharedBy('мои', 'мой')).toEqual([])
  })
})

describe('an oid', () => {
  const oid = '54e35f2c0de4b8a97f6e5d4c3b2a190817263544'
  test.each([7, 8, 12, 39, 40])('is found by its first %i characters', (length) => {
    expect(sharedBy(oid.slice(0, length), `Merged in ${oid}.`)).not.toEqual([])
  })

  test('is not found by a different prefix', () => {
    expect(sharedBy('54e35f3c0', oid)).toEqual([])
  })
})

describe('other scripts', () => {
  test('without spaces are found by any two consecutive characters', () => {
    expect(sharedBy('検索', '全文検索の速度')).toEqual(['検索'])
    expect(sharedBy('索検', '全文検索の速度')).toEqual([])
    expect(lexemesOf('漢')).toEqual(['漢'])
  })

  test.each([
    ['로그인', '로그인을 수정'],
    ['설정', 'API설정에서'],
    ['ပြင်', 'ပြင်ဆင်'],
  ])('with endings are found by %s alone', (query, text) => {
    expect(sharedBy(query, text)).toEqual(lexemesOf(query))
  })

  test('can adjoin Latin text without a space', () => {
    expect(sharedBy('API', '公開APIの速度')).toEqual(['api'])
  })

  test('from right to left are split like any other', () => {
    expect(wordsOf('שלום עולם').map((word) => word.position)).toEqual([1, 2])
  })

  test('have a word for each emoji, and none for control characters', () => {
    expect(lexemesOf('❤️ 👩‍👧 🐛 \0\u202e ---')).toEqual(['❤', '👩', '👧', '🐛'])
    expect(lexemesOf('ready\0set')).toEqual(lexemesOf('ready set'))
  })
})

describe('any text', () => {
  test('produces words in order, with positions inside the text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const words = wordsOf(text)
        expect(words.every((word) => isPlaced(word, text))).toBe(true)
        expect(words.every((word) => word.lexeme !== '' && word.lexeme.length <= 100)).toBe(true)
        const order = words.map((word) => word.start)
        expect(order).toEqual(order.toSorted((a, b) => a - b))
        const positions = words.map((word) => word.position)
        expect(positions).toEqual(positions.toSorted((a, b) => a - b))
      }),
      { numRuns: 500 },
    )
  })

  test('is found by each of its words', () => {
    fc.assert(
      fc.property(anyText, anyText, (before, text) => {
        const said = lexemesOf(`${before}\n${text}\n${before}`)
        expect(said).toEqual(expect.arrayContaining(lexemesOf(text)))
      }),
    )
  })

  test.each(['a', 'aB', 'a.', "a'", '_', '漢', 'f0', '#', '://', 'ﷺ', '\u0301'])(
    'may have 65,536 characters of %j',
    (unit) => {
      const text = unit.repeat(65_536 / unit.length)
      // Quadratic time would exceed the test's timeout.
      expect(wordsOf(text).length).toBeLessThanOrEqual(65_536)
    },
  )
})

function isPlaced({ start, end, position }: Word, text: string): boolean {
  return start >= 0 && start < end && end <= text.length && position >= 1
}
