import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { assetPath } from '../../../../common/assets.ts';
import { errorText } from '../../../../common/errors.ts';
import type { LabAudit } from '../../provider.ts';
import { engineRequest } from './engine-request.ts';

const run = promisify(execFile);
const script = () => assetPath('lab', 'audit-machine.sh');

/** What the machine is asked about. */
export interface MachineSubject {
  readonly id: string;
  readonly bridge: string;
  /** That nothing else publishes now. */
  readonly ports: readonly number[];
  /** Where Docker keeps its data. */
  readonly dockerFolder: string;
  /** Of the lab's hosts: it holds the programs that are asked. */
  readonly image: string;
}

/**
 * Asks the machine itself. Root asks at once; everybody else has a container ask that sees the machine's network, processes and Docker's folder:
 * who may use Docker may do that.
 */
export async function askMachine(subject: MachineSubject, asRoot: boolean): Promise<Omit<LabAudit, 'clean'>> {
  try {
    return parseAnswers(await (asRoot ? askHere(subject) : askInContainer(subject)));
  } catch (error) {
    return { asked: [], errors: [{ type: 'this machine', message: errorText(error) }] };
  }
}

const argumentsFor = ({ id, bridge, ports }: MachineSubject, folder: string): string[] => [
  id,
  bridge,
  folder,
  ...ports.map(String),
];

async function askHere(subject: MachineSubject): Promise<string> {
  const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/bin:/sbin:/bin`;
  const options = { env: { PATH, LC_ALL: 'C' }, maxBuffer: 16e6, timeout: 120_000 };
  return (await run('sh', [script(), ...argumentsFor(subject, subject.dockerFolder)], options)).stdout;
}

async function askInContainer(subject: MachineSubject): Promise<string> {
  const folder = '/mnt';
  const { Id } = await engineRequest<{ readonly Id: string }>('POST', '/containers/create', {
    Image: subject.image,
    Cmd: ['sh', '-c', await readFile(script(), 'utf8'), 'audit-machine.sh', ...argumentsFor(subject, folder)],
    Tty: true,
    HostConfig: {
      NetworkMode: 'host',
      PidMode: 'host',
      CapAdd: ['NET_ADMIN', 'SYS_PTRACE', 'DAC_READ_SEARCH'],
      SecurityOpt: ['apparmor=unconfined', 'label=disable'],
      Binds: [`${subject.dockerFolder}:${folder}:ro`],
      LogConfig: { Type: 'json-file', Config: {} },
    },
  });
  try {
    await engineRequest('POST', `/containers/${Id}/start`);
    const { StatusCode } = await engineRequest<{ readonly StatusCode: number }>('POST', `/containers/${Id}/wait`);
    const output = await engineRequest<string>('GET', `/containers/${Id}/logs?stdout=1&stderr=1`);
    if (StatusCode !== 0) throw new Error(`the container that asks ended with ${StatusCode}: ${output.trim().slice(-300)}`);
    return output;
  } finally {
    await engineRequest('DELETE', `/containers/${Id}?force=1&v=1`).catch(() => undefined);
  }
}

/** What assets/lab/audit-machine.sh asks for. */
const types = ['interface', 'firewall rule', 'process or mount', 'listening proxy', 'folder of a volume'];

/** The lines of the script. One that was cut off has not answered: every type must be asked for, and the end reached. */
export function parseAnswers(output: string): Omit<LabAudit, 'clean'> {
  const rows = output.split(/\r?\n/).map((line) => line.split('\t'));
  const reached = new Set(rows.filter(([kind]) => kind === 'asked').map(([, type]) => type));
  const cut = rows.some(([kind]) => kind === 'end') ? [] : [{ type: 'this machine', message: 'the questions were cut off' }];
  return {
    asked: types
      .filter((type) => reached.has(type))
      .map((type) => ({
        type,
        left: rows
          .filter(([kind, of]) => kind === 'left' && of === type)
          .map(([, , id = '', ...detail]) => ({ type, id, detail: detail.join(' ') })),
      })),
    errors: [
      ...rows.filter(([kind]) => kind === 'unanswered').map(([, type = '', ...why]) => ({ type, message: why.join(' ') })),
      ...types.filter((type) => !reached.has(type)).map((type) => ({ type, message: 'it was not asked for' })),
      ...cut,
    ],
  };
}
