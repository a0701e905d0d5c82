import { defaultSchema, type Options } from 'rehype-sanitize'

const NOT_SHOWN = ['img', 'input', 'picture', 'source']
const WITHOUT_TEXT = ['script', 'style', 'svg', 'math', 'template', 'iframe', 'object', 'title']

/**
 * What may be left of what somebody wrote: GitHub's own elements without images, forms and anything
 * that would fetch, run or dress. Ids get a prefix that `render.server.ts` chooses.
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
    // The one element of ours: what may be wider than the page, and is scrolled by keyboard too.
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
    td: [['align', 'left', 'center', 'right'], 'colSpan', 'rowSpan'],
    th: [['align', 'left', 'center', 'right'], 'colSpan', 'rowSpan'],
    ul: [['className', 'contains-task-list']],
  },
}
