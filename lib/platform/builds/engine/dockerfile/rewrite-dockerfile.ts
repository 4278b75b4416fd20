import type { Variable } from '../build-engine.ts';
import { judgeInstruction } from './judge-instruction.ts';
import { type Dockerfile, dockerfileError, type Instruction, parseDockerfile, splitFlags } from './parse-dockerfile.ts';

export interface RewriteOptions {
  readonly buildArgs: readonly Variable[];
  /** Instead of what the last stage is from. */
  readonly from?: string;
  /** Put into each stage (OpenShift: insertEnvAfterFrom). */
  readonly environment: readonly Variable[];
  /** Put behind everything else, as the labels are. */
  readonly imageEnvironment: readonly Variable[];
  readonly labels: Readonly<Record<string, string>>;
  /** Brings an image and gives its id. */
  readonly resolve: (reference: string) => Promise<string>;
}

const FROM = /^(\S+)(?:\s+as\s+([A-Za-z][\w.-]*))?$/i;

/**
 * The same Dockerfile with images by their ids, so that the engine looks none up by itself: they were brought with the rights of the build, and
 * neither a name on this machine nor one that is moved meanwhile counts.
 *
 * @throws BuildError (ManageDockerfileFailed)
 */
export async function rewriteDockerfile(text: string, options: RewriteOptions): Promise<string> {
  const dockerfile = parseDockerfile(text);
  const { instructions, escape } = dockerfile;
  const lastFrom = instructions.findLast(({ name }) => name === 'FROM');
  if (lastFrom === undefined) throw dockerfileError(0, 'the Dockerfile has no FROM');
  const stages: string[] = [];
  const globals = new Map<string, string>();
  const out: string[] = escape === '`' ? ['# escape=`'] : [];
  for (const instruction of instructions) {
    judgeInstruction(instruction);
    if (stages.length === 0 && !['ARG', 'FROM'].includes(instruction.name))
      throw dockerfileError(instruction.line, 'no build stage in current context');
    if (instruction.name === 'FROM') {
      out.push(await fromLine(instruction, instruction === lastFrom ? options.from : undefined, stages, globals, options));
      if (options.environment.length > 0) out.push(`ENV ${pairs(options.environment, escape)}`);
    } else if (instruction.name === 'COPY') out.push(await copyLine(instruction, stages, options));
    else {
      if (instruction.name === 'ARG' && stages.length === 0) noteGlobal(instruction, globals, options.buildArgs);
      if (instruction.name === 'ONBUILD' && /^copy\s/i.test(instruction.args)) refuseForeignCopy(instruction);
      out.push(`${instruction.name} ${instruction.args}`);
    }
  }
  if (options.imageEnvironment.length > 0) out.push(`ENV ${pairs(options.imageEnvironment, escape)}`);
  const labels = Object.entries(options.labels).map(([name, value]) => ({ name, value }));
  if (labels.length > 0) out.push(`LABEL ${pairs(labels, escape)}`);
  return `${out.join('\n')}\n`;
}

async function fromLine(
  instruction: Instruction,
  override: string | undefined,
  stages: string[],
  globals: ReadonlyMap<string, string>,
  { resolve }: RewriteOptions,
): Promise<string> {
  const { rest } = splitFlags(instruction);
  const [, written, stage] = FROM.exec(rest.trim()) ?? [];
  if (written === undefined) throw dockerfileError(instruction.line, 'FROM requires either one or three arguments');
  const reference = expand(written, globals, instruction.line);
  const earlier = stages.includes(reference.toLowerCase());
  stages.push(stage?.toLowerCase() ?? '');
  const as = stage === undefined ? '' : ` AS ${stage}`;
  if (override !== undefined && !earlier) return `FROM ${await resolve(override)}${as}`;
  return `FROM ${earlier || reference === 'scratch' ? reference : await resolve(reference)}${as}`;
}

async function copyLine(instruction: Instruction, stages: readonly string[], { resolve }: RewriteOptions): Promise<string> {
  const { flags, rest } = splitFlags(instruction);
  const from = flags.get('from');
  if (from === undefined) return `COPY ${instruction.args}`;
  const isStage = /^\d+$/.test(from) ? Number(from) < stages.length - 1 : stages.slice(0, -1).includes(from.toLowerCase());
  const others = [...flags].filter(([name]) => name !== 'from').map(([name, value]) => `--${name}=${value} `);
  return `COPY --from=${isStage ? from : await resolve(from)} ${others.join('')}${rest}`;
}

/** A trigger runs where nobody looks names up any more. */
export function refuseForeignCopy({ args, line }: Instruction): void {
  const inner = { name: 'COPY', args: args.replace(/^copy\s+/i, ''), line };
  if (splitFlags(inner).flags.has('from'))
    throw dockerfileError(line, 'COPY --from is not possible in an ONBUILD trigger of a build');
}

function noteGlobal({ args, line }: Instruction, globals: Map<string, string>, given: readonly Variable[]): void {
  for (const word of args.split(/\s+/)) {
    const equals = word.indexOf('=');
    const name = equals === -1 ? word : word.slice(0, equals);
    const value = given.find((arg) => arg.name === name)?.value ?? (equals === -1 ? undefined : word.slice(equals + 1));
    if (value !== undefined) globals.set(name, expand(value.replace(/^(["'])(.*)\1$/, '$2'), globals, line));
  }
}

/** `$NAME`, `${NAME}`, `${NAME:-default}` and `${NAME:+instead}` out of the ARGs before the first FROM. */
function expand(text: string, globals: ReadonlyMap<string, string>, line: number): string {
  const out = text.replaceAll(
    /\$(?:(\w+)|\{(\w+)(?::([-+])([^}]*))?\})/g,
    (_all, plain: string, braced: string, sign: string, word: string) => {
      const value = globals.get(plain ?? braced) ?? '';
      if (sign === '-') return value === '' ? word : value;
      return sign === '+' ? (value === '' ? '' : word) : value;
    },
  );
  if (out === '' || /[$"'\\`\s]/.test(out)) throw dockerfileError(line, `${JSON.stringify(text)} is no name of an image`);
  return out;
}

function pairs(variables: readonly Variable[], escape: Dockerfile['escape']): string {
  return variables
    .map(({ name, value }) => {
      if (/[\r\n\0]/.test(value))
        throw dockerfileError(0, `the value of ${name} has several lines, which a Dockerfile cannot hold`);
      if (!/^[\w./-]+$/.test(name)) throw dockerfileError(0, `${JSON.stringify(name)} is no name that a Dockerfile can hold`);
      return `${name}="${value.replaceAll(/["$\\`]/g, (char) => (char === '\\' || char === '`' ? (char === escape ? `${escape}${char}` : char) : `${escape}${char}`))}"`;
    })
    .join(' ');
}
