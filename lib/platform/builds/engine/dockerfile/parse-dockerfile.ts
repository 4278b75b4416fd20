import { BuildError } from '../build-error.ts';

/** One instruction on one line, as Docker reads it. */
export interface Instruction {
  /** In capitals. */
  readonly name: string;
  readonly args: string;
  /** Where it begins; 0: not in the file. */
  readonly line: number;
}

export interface Dockerfile {
  /** What takes the meaning from the next character. */
  readonly escape: '\\' | '`';
  readonly instructions: readonly Instruction[];
}

const KNOWN = new Set([
  'ADD', 'ARG', 'CMD', 'COPY', 'ENTRYPOINT', 'ENV', 'EXPOSE', 'FROM', 'HEALTHCHECK', 'LABEL', 'MAINTAINER', 'ONBUILD', 'RUN',
  'SHELL', 'STOPSIGNAL', 'USER', 'VOLUME', 'WORKDIR',
]); // prettier-ignore

/** What is wrong with a Dockerfile, and where; line 0 is the whole of it. */
export const dockerfileError = (line: number, message: string): BuildError =>
  new BuildError('ManageDockerfileFailed', line === 0 ? message : `Dockerfile line ${line}: ${message}`);

/**
 * A Dockerfile's instructions (docs.docker.com, Dockerfile reference: format). What is written back from them means to Docker what was understood here:
 * each stands on a line of its own, without continuations and comments.
 *
 * @throws BuildError (ManageDockerfileFailed) for what Docker does not know either
 */
export function parseDockerfile(text: string): Dockerfile {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const escape = escapeOf(lines);
  const continued = escape === '`' ? /`[ \t]*$/ : /\\[ \t]*$/;
  const instructions: Instruction[] = [];
  for (let at = 0; at < lines.length; at++) {
    if (isComment(lines[at]!)) continue;
    const line = at + 1;
    let whole = lines[at]!.trimStart();
    while (continued.test(whole)) {
      whole = whole.replace(continued, '');
      // Comments and empty lines in between do not end it.
      do at++;
      while (at < lines.length && isComment(lines[at]!));
      if (at >= lines.length) break;
      whole += lines[at]!;
    }
    instructions.push(parseInstruction(whole, line));
  }
  return { escape, instructions };
}

const isComment = (line: string): boolean => /^\s*(?:#|$)/.test(line);

/** One instruction, its lines joined. Throws for characters by which another reader would see other lines. */
export function parseInstruction(text: string, line: number): Instruction {
  if (/[\r\n\0\u0085\u2028\u2029]/.test(text)) throw dockerfileError(line, 'a character that ends lines is inside of one');
  const match = /^([A-Za-z]+)(?:[ \t]+(.*))?$/s.exec(text.trimEnd());
  const name = match?.[1]!.toUpperCase() ?? text.split(/\s/, 1)[0]!;
  if (match === null || !KNOWN.has(name)) throw dockerfileError(line, `unknown instruction: ${name}`);
  return { name, args: (match[2] ?? '').trimStart(), line };
}

/** Directives are comments before everything else. */
function escapeOf(lines: readonly string[]): '\\' | '`' {
  for (const line of lines) {
    const directive = /^\s*#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/.exec(line);
    if (directive === null) break;
    if (directive[1]!.toLowerCase() !== 'escape') continue;
    if (directive[2] !== '\\' && directive[2] !== '`')
      throw dockerfileError(1, `invalid ESCAPE '${directive[2]}'. Must be \` or \\`);
    return directive[2];
  }
  return '\\';
}

/** `--name=value` before an instruction's own arguments. */
export function splitFlags({ args, line }: Instruction): { flags: Map<string, string>; rest: string } {
  const flags = new Map<string, string>();
  let rest = args;
  for (;;) {
    const match = /^--(\S*)(?:\s+|$)/.exec(rest);
    if (match === null) return { flags, rest };
    const [, name, value] = /^([a-z-]+)(?:=(.*))?$/.exec(match[1]!) ?? [];
    // Quotes and escapes would be taken out before Docker compares names.
    if (name === undefined || /["'\\`$]/.test(match[1]!)) throw dockerfileError(line, `flag --${match[1]} is not understood`);
    flags.set(name, value ?? '');
    rest = rest.slice(match[0].length);
  }
}
