import { defaultSchema, type Options } from 'rehype-sanitize'

const NOT_SHOWN = ['img', 'input', 'picture', 'source']
/** Browsers accept 1,000 columns and 65,534 rows, and hang. */
const SPAN = /^[1-9]\d?$/
const WITHOUT_TEXT = ['script', 'style', 'svg', 'math', 'template', 'iframe', 'object', 'title']

/**
 * Allowed elements and attributes in user text: those of GitHub without images, forms and anything that
 * fetches, runs or styles. `render.server.ts` sets the prefix of ids.
 */
export const SCHEMA: Options = {
  ...defaultSchema,
  tagNames: defaultSchema.tagNames?.filter((name) => !NOT_SHOWN.includes(name)) ?? [],
  strip: WITHOUT_TEXT,
  required: {},
  protocols: { href: ['http', 'https', 'mailto'] },
  attributes: {
    '*': ['id', 'title', ['dir', 'ltr', 'rtl', 'auto']],
    a: [
      'href',
      'dataFootnoteBackref',
      'dataFootnoteRef',
      'ariaDescribedBy',
      'ariaLabel',
      ['rel', 'nofollow', 'noopener', 'noreferrer'],
      ['className', 'data-footnote-backref'],
    ],
    code: [['className', /^language-[\w+#.-]{1,40}$/]],
    details: ['open'],
    // The only element we add: a container for content wider than the page, focusable for keyboard
    // scrolling.
    div: [
      ['className', 'wide'],
      ['tabIndex', 0],
      ['role', 'group'],
      ['ariaLabel', 'Table'],
    ],
    h4: [['className', 'sr-only']],
    li: [['className', 'task-list-item'], 'value'],
    ol: ['start', ['className', 'contains-task-list']],
    section: ['dataFootnotes', ['className', 'footnotes']],
    td: [
      ['align', 'left', 'center', 'right'],
      ['colSpan', SPAN],
      ['rowSpan', SPAN],
    ],
    th: [
      ['align', 'left', 'center', 'right'],
      ['colSpan', SPAN],
      ['rowSpan', SPAN],
    ],
    ul: [['className', 'contains-task-list']],
  },
}
