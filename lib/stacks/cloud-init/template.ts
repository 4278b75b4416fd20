import { readFileSync } from 'node:fs';
import Handlebars from 'handlebars';
import { assetPath } from '../../common/assets.ts';
import { jsonValue, plainText, shellWord, yamlScalar } from './escape.ts';
import { userDataErrors } from './user-data-errors.ts';

/** Which helper a value needs in a template, by what the template makes: the last part of its name before `.hbs`. */
const escapes = {
  yaml: { helper: 'yaml', escape: yamlScalar },
  sh: { helper: 'sh', escape: shellWord },
  json: { helper: 'json', escape: jsonValue },
  txt: { helper: 'text', escape: plainText },
} as const;
type Kind = keyof typeof escapes;

export type Values = Readonly<Record<string, unknown>>;
export type Template = (values: Values) => string;

const loaded = new Map<string, Template>();

/** A template of assets/cloud-init, such as `motd.txt.hbs`. Compiled once: a lab has hundreds of hosts. */
export function loadTemplate(name: string): Template {
  const template = loaded.get(name) ?? compileTemplate(name, loadFile(name));
  loaded.set(name, template);
  return template;
}

/** A file of assets/cloud-init. Comments of programs stay here: user data is bounded, and who reads a program reads it where it is kept. */
export function loadFile(name: string): string {
  const text = readFileSync(assetPath('cloud-init', name), 'utf8');
  return /\.(sh|py|service|conf)(\.hbs)?$/.test(name) ? text.replace(/^ *#(?!!).*\n/gm, '') : text;
}

/**
 * Compiles a template that puts no value anywhere but through the one helper that its kind has: `{{yaml hostname}}` in `*.yaml.hbs`. Everything else
 * that Handlebars knows (`{{x}}`, `{{{x}}}`, `{{&x}}`, partials, other helpers) is refused, with its line.
 */
export function compileTemplate(name: string, source: string): Template {
  const kind = /\.(\w+)\.hbs$/.exec(name)?.[1];
  if (kind === undefined || !Object.hasOwn(escapes, kind)) {
    throw userDataErrors.TEMPLATE_UNSAFE(name, 1, `a template is called *.${Object.keys(escapes).join('.hbs, *.')}.hbs`);
  }
  const { helper, escape } = escapes[kind as Kind];
  const program = Handlebars.parse(source);
  checkStatements(name, helper, program.body);
  const own = Handlebars.create();
  own.registerHelper(helper, (value: unknown, { loc }: { readonly loc: hbs.AST.SourceLocation }) => {
    if (value === undefined)
      throw userDataErrors.TEMPLATE_UNSAFE(name, loc.start.line, 'a value stands there that there is none of');
    return new Handlebars.SafeString(escape(value));
  });
  return own.compile(program, { strict: true, knownHelpersOnly: true, knownHelpers: { [helper]: true } });
}

function checkStatements(name: string, helper: string, statements: readonly hbs.AST.Statement[]): void {
  for (const statement of statements) {
    const refuse = (what: string) => userDataErrors.TEMPLATE_UNSAFE(name, statement.loc.start.line, what);
    if (isOf<hbs.AST.MustacheStatement>(statement, 'MustacheStatement')) {
      if (!statement.escaped) throw refuse('a value stands there unescaped');
      if (nameOf(statement.path) !== helper || statement.params.length !== 1)
        throw refuse(`values stand there as {{${helper} value}} only`);
      if (statement.params[0]!.type !== 'PathExpression') throw refuse('what is escaped is a value by its name');
    } else if (isOf<hbs.AST.BlockStatement>(statement, 'BlockStatement')) {
      if (!['if', 'each', 'unless'].includes(nameOf(statement.path))) throw refuse('blocks are if, unless and each');
      checkStatements(name, helper, statement.program.body);
      checkStatements(name, helper, (statement.inverse as hbs.AST.Program | undefined)?.body ?? []);
    } else if (statement.type !== 'ContentStatement' && statement.type !== 'CommentStatement') {
      throw refuse(`${statement.type} has no place there`);
    }
  }
}

const isOf = <T extends hbs.AST.Statement>(statement: hbs.AST.Statement, type: T['type']): statement is T =>
  statement.type === type;
const nameOf = (path: { readonly type: string; readonly original?: unknown }): string => String(path.original);
