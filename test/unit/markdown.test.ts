import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { renderMarkdown } from '#app/markdown/render.server.ts'

const PLACE = { anchor: 'comment-1', repositoryUrl: 'https://github.com/acme/engine' }
const ELEMENTS = new Set(
  'a b blockquote br code dd del details div dl dt em h3 h4 h5 h6 hr i ins kbd li ol p pre q rp rt ruby s samp section span strike strong sub summary sup table tbody td tfoot th thead tr tt ul var'.split(
    ' ',
  ),
)
const ATTRIBUTES = new Set(
  'id title dir href rel class open start value align colspan rowspan role tabindex aria-label aria-describedby data-footnotes data-footnote-ref data-footnote-backref'.split(
    ' ',
  ),
)

function html(text: string): string {
  return renderMarkdown(text, PLACE).html
}

/** Parses rendered HTML as a browser would, alternating text and tags. Returns the violations. */
function faultsOf(made: string): string[] {
  const faults: string[] = []
  let index = 0
  for (;;) {
    const start = made.indexOf('<', index)
    if (start === -1) return faults
    const tag = /^<\/?([a-z\d]+)((?: [a-z-]+(?:="[^"]*")?)*)>/.exec(made.slice(start))
    if (!tag) return [...faults, `a stray < in ${made.slice(start, start + 40)}`]
    faults.push(...faultsOfTag(tag[1] ?? '', tag[2] ?? ''))
    index = start + tag[0].length
  }
}

function faultsOfTag(name: string, attributes: string): string[] {
  const faults: string[] = []
  if (!ELEMENTS.has(name)) faults.push(`<${name}>`)
  for (const [, key = '', value = ''] of attributes.matchAll(/ ([a-z-]+)(?:="([^"]*)")?/g)) {
    if (!ATTRIBUTES.has(key)) faults.push(`${name} ${key}`)
    if (key === 'href' && !/^(https?:|mailto:|#user-content-comment-1-)/i.test(value))
      faults.push(`${name} href ${value}`)
    if (key === 'id' && !value.startsWith('user-content-comment-1-')) faults.push(`id ${value}`)
    if (key === 'tabindex' && value !== '0') faults.push(`tabindex ${value}`)
  }
  if (/ href="http/i.test(attributes) && !attributes.includes('rel="nofollow noopener noreferrer"'))
    faults.push('a without rel')
  return faults
}

const HOSTILE = [
  '<script>alert(1)</script>',
  '<scr<script>ipt>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg/onload=alert(1)>',
  '<svg><script>alert(1)</script></svg>',
  '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
  '<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>',
  '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
  '<object data="javascript:alert(1)"></object><embed src="javascript:alert(1)">',
  '<form action="https://evil.example"><input name=q><button>go</button></form>',
  '<a href="javascript:alert(1)">x</a>',
  '<a href="java\nscript:alert(1)">x</a>',
  '<a href=" &#106;avascript:alert(1)">x</a>',
  '[x](javascript:alert(1))',
  '[x](JaVaScRiPt:alert(1))',
  '[x](&#x6A;avascript:alert(1))',
  '[x](data:text/html;base64,PHNjcmlwdD4=)',
  '[x](vbscript:msgbox)',
  '[x]( javascript:alert(1))',
  '![x](javascript:alert(1))',
  '![x"onerror="alert(1)](https://a.example/b.png "t\\" onload=alert(1)")',
  '<javascript:alert(1)>',
  '[a]\n\n[a]: javascript:alert(1)',
  '<style>body{display:none}</style><p style="position:fixed">x</p>',
  '<p onclick="alert(1)" class="fixed inset-0" data-x=1>x</p>',
  '<div tabindex=5 role=dialog aria-label=Password>x</div>',
  '<base href="https://evil.example/"><meta http-equiv=refresh content="0;url=//evil.example">',
  '<link rel=stylesheet href=//evil.example><template><script>1</script></template>',
  '<a id=content name=content href="#x">x</a><p id="__proto__">y</p>',
  '<textarea><script>alert(1)</script></textarea><title><img src=x onerror=1></title>',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
  '<!-- --!><img src=x onerror=alert(1)> -->',
  '<![CDATA[<script>alert(1)</script>]]><?php echo 1 ?><!DOCTYPE x>',
  "<table><td><script>alert(1)</script><p title='\"><img onerror=1>'>",
  '[^1]\n\n[^1]: <img src=x onerror=alert(1)>',
  '`<script>`\n\n```html" onload="x\n<script>\n```\n\n    <script>\n',
  '\0<\0script\0>alert(1)\u2028</script>',
  '</article></main><h1>Signed out</h1>',
]

describe('hostile text', () => {
  test.each(HOSTILE)('is harmless: %j', (text) => {
    expect(faultsOf(html(text))).toEqual([])
    expect(faultsOf(html(`> - ${text}\n\n**${text}**`))).toEqual([])
  })

  test('is harmless in any combination', () => {
    const piece = fc.oneof(
      fc.constantFrom(...HOSTILE),
      fc.constantFrom('<', '>', '"', "'", '`', '*', '[', '](', ')', '\n', '\n\n', '&', '<b>', '|'),
      fc.string({ unit: 'binary', maxLength: 8 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        expect(faultsOf(html(pieces.join('')))).toEqual([])
      }),
      { numRuns: 200 },
    )
  }, 60_000)

  test('is detected by the check itself', () => {
    expect(faultsOf('<a href="javascript:1">')).toEqual(['a href javascript:1'])
    expect(faultsOf('<script>')).toEqual(['<script>'])
    expect(faultsOf('<p onclick="x">')).toEqual(['p onclick'])
    expect(faultsOf('a < b')).toHaveLength(1)
  })
})

const BOMBS: Record<string, string> = {
  'a body of 600 KB': 'All work and no play. '.repeat(28_000),
  '5,000 quotes': `${'> '.repeat(5_000)}a`,
  '5,000 lists': `${'- '.repeat(5_000)}a`,
  '5,000 numbered lists': `${'1. '.repeat(5_000)}a`,
  'lists line by line': Array.from({ length: 200 }, (_, index) => `${'  '.repeat(index)}- a`).join(
    '\n',
  ),
  '5,000 marks of emphasis': '*a_'.repeat(5_000),
  '5,000 brackets': '['.repeat(5_000),
  '5,000 closing brackets': ']'.repeat(5_000),
  'runs of backticks': Array.from({ length: 200 }, (_, index) => '`'.repeat(index + 1)).join(' '),
  '5,000 elements': '<div>'.repeat(3_000),
  'elements that are opened again': `${'<b id=1>'.repeat(200)}${'<p>'.repeat(200)}`,
  'a wide table': `${'a|'.repeat(200)}\n${'-|'.repeat(200)}\n${'b\n'.repeat(200)}`,
  '5,000 entities': `http://a.example/${'&a;'.repeat(5_000)}`,
  '5,000 comments that never end': 'a <!-- '.repeat(2_000),
}

describe('text that would take too long to render', () => {
  test.each(Object.entries(BOMBS))('%s is shown as written', (_, text) => {
    const made = renderMarkdown(text, PLACE)
    expect(made.form).toBe('plain')
    expect(faultsOf(made.html)).toEqual([])
    expect(made.left).toBe(Math.max(0, text.length - 65_536))
  })

  test('is truncated between characters', () => {
    const { html, left } = renderMarkdown(`a${'😀'.repeat(40_000)}`, PLACE)
    expect(() => encodeURIComponent(html)).not.toThrow()
    expect(left).toBe(80_001 - 65_535)
  })
})

describe('ordinary text', () => {
  test.each([
    ['**bold** and ~~gone~~', '<p><strong>bold</strong> and <del>gone</del></p>'],
    ['seen<!-- a template -->', '<p>seen</p>'],
    ['<kbd>x</kbd> H<sub>2</sub>O', '<p><kbd>x</kbd> H<sub>2</sub>O</p>'],
    ['# Title', '<h3>Title</h3>'],
    ['- [x] done\n- [ ] not yet', '☑ done'],
    ['- [x] done\n- [ ] not yet', '☐ not yet'],
    ['```ts\nlet a = "<b>"\n```', '<code class="language-ts">let a = "&#x3C;b>"'],
    ['![A chart](https://a.example/b.png)', '>image: A chart</a>'],
    ['[![CI](https://a.example/b.svg)](https://ci.example/)', '>image: CI</a></p>'],
    ['[docs](docs/a.md)', '<p><a>docs</a></p>'],
    ['see #12', 'see <a href="https://github.com/acme/engine/issues/12"'],
    ['thanks @mara-lindqvist!', '<a href="https://github.com/mara-lindqvist"'],
    ['since 0f3a9bc', '<a href="https://github.com/acme/engine/commit/0f3a9bc"'],
    ['see acme/quay#5', '<a href="https://github.com/acme/quay/issues/5"'],
    ['an ed25519 key', '<p>an ed25519 key</p>'],
    ['a@b.example, `#1`, deadbeef, 1234567', '<code>#1</code>, deadbeef, 1234567</p>'],
    ['|a|\n|-|\n|b|', '<div class="wide" tabindex="0" role="group" aria-label="Table"><table>'],
  ])('%j contains %j', (text, part) => {
    expect(html(text)).toContain(part)
    expect(faultsOf(html(text))).toEqual([])
  })

  test('has footnotes that link to their own text', () => {
    const made = html('a[^1]\n\n[^1]: b')
    expect(made).toContain('href="#user-content-comment-1-fn-1"')
    expect(made).toContain('id="user-content-comment-1-fn-1"')
    expect(faultsOf(made)).toEqual([])
  })
})

describe('the spans of table cells', () => {
  const cell = (attributes: string) => `<td ${attributes}>x</td>`
  const tableOf = (row: string, rows = 1) => `<table>${`<tr>${row}</tr>`.repeat(rows)}</table>`
  const area = (made: string) =>
    [...made.matchAll(/<td(?: colspan="(\d+)")?(?: rowspan="(\d+)")?>/g)]
      .map(([, columns = 1, rows = 1]) => Number(columns) * Number(rows))
      .reduce((sum, one) => sum + one, 0)

  test('are kept where a person would write them', () => {
    const table = tableOf(cell('colspan="2" rowspan="3"'))
    expect(html(table)).toContain('<td colspan="2" rowspan="3">x</td>')
  })

  test.each(['colspan=1000 rowspan=65534', 'colspan=100', 'rowspan=0', 'colspan=-1'])(
    '%s is dropped',
    (attributes) => expect(html(tableOf(cell(attributes)))).toContain('<td>x</td>'),
  )

  test.each(['colspan=99 rowspan=99', 'rowspan=99 colspan="&#57;9"', 'colspan=2 rowspan=99'])(
    '%s covers few cells in all, however often it is written',
    (attributes) => {
      for (const table of [tableOf(cell(attributes), 60), tableOf(cell(attributes).repeat(100))])
        expect(area(html(table))).toBeLessThanOrEqual(3_200)
    },
  )
})

test.each([
  ['[x](http:/api/v1/export/pulls)', 'http://api/v1/export/pulls'],
  ['[x](https:api/v1)', 'https://api/v1'],
  ['<a href="http:operator?key=1">x</a>', 'http://operator/?key=1'],
  ['![x](http:/api/v1/jobs)', 'http://api/v1/jobs'],
])('the link %s leads to another site from wherever it is shown', (text, address) => {
  expect(html(text)).toContain(`href="${address}"`)
})
