import { isReservedLabel } from '../reserved-labels.ts';
import { dockerfileError, type Instruction, parseInstruction, splitFlags } from './parse-dockerfile.ts';

/**
 * Refuses what the engine would do for a Dockerfile outside of the build's container, with the machine's own network, and what makes a container look like somebody
 * else's. Also for the triggers that an image brings.
 */
export function judgeInstruction(instruction: Instruction): void {
  const { name, args, line } = instruction;
  if (name === 'ONBUILD') {
    const inner = parseInstruction(args, line);
    if (['ONBUILD', 'FROM', 'MAINTAINER'].includes(inner.name))
      throw dockerfileError(line, `${inner.name} isn't allowed as an ONBUILD trigger`);
    judgeInstruction(inner);
  }
  if (name === 'RUN' && args.startsWith('--')) throw dockerfileError(line, 'options of RUN need BuildKit, which builds have not');
  if (['RUN', 'COPY', 'ADD'].includes(name) && /(?:^|\s)<<-?["']?[A-Za-z_]/.test(args) && name !== 'RUN')
    throw dockerfileError(line, 'here-documents need BuildKit, which builds have not');
  if (name === 'ADD') judgeAdd(instruction);
  if (name === 'LABEL') judgeLabel(instruction);
}

/** The engine itself fetches what ADD names by URL, from where it stands: on the machine's network, with what only the machine may reach. */
function judgeAdd(instruction: Instruction): void {
  const { rest } = splitFlags(instruction);
  const words = [rest.replace(/["'\\`\s]/g, ' ')];
  try {
    const json: unknown = JSON.parse(rest);
    if (Array.isArray(json)) words.push(json.join(' '));
  } catch {
    // Words, then.
  }
  const bare = rest.replace(/["'\\`]/g, '');
  if ([...words, bare].some((text) => /[a-z][a-z0-9+.-]*:\/\/|git@/i.test(text)))
    throw dockerfileError(instruction.line, 'ADD of a URL is not possible in builds: RUN a program that fetches it');
  if (rest.includes('$')) throw dockerfileError(instruction.line, 'ADD with a variable is not possible in builds: use COPY');
}

function judgeLabel({ args, line }: Instruction): void {
  const bare = args.replace(/["'\\`]/g, '');
  const names = bare.split(/\s+/).map((word) => word.split('=', 1)[0]!);
  const first = names[0] ?? '';
  const reserved = names.find(isReservedLabel);
  if (reserved !== undefined) throw dockerfileError(line, `label ${JSON.stringify(reserved)} is the node's to set`);
  if (first.includes('$') || bare.split(/\s+/).some((word) => word.includes('=') && word.split('=', 1)[0]!.includes('$')))
    throw dockerfileError(line, 'names of labels cannot hold variables in builds');
}
