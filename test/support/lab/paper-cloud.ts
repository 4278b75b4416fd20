import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostName } from '../../../lib/stacks/lab-definition.ts';
import type { Lab } from '../../../lib/installer/config/lab-schema.ts';
import type { HostWork } from '../../../lib/installer/lab/host-work.ts';
import type { LabAudit, LabContext, LabHost, LabProvider, LabResource } from '../../../lib/installer/lab/provider.ts';

/** A host of a cloud that stands on paper. */
export interface PaperHost {
  readonly id: string;
  readonly attendee: string;
  readonly state: 'pending' | 'running' | 'stopped';
  /** The key that it was made with: another one means another host. */
  readonly key: string;
  readonly hasPlatform: boolean;
  /** The lab's end, as the host knows it. */
  readonly end: string;
}

/** All that the cloud has of a lab. */
export interface Paper {
  readonly network: boolean;
  readonly hosts: Readonly<Record<string, PaperHost>>;
  /** The lab's end, as the cloud knows it. */
  readonly end: string;
  /** Hosts that were ever made. */
  readonly made: number;
}

export interface PaperCloud {
  readonly provider: LabProvider;
  readonly work: HostWork;
  readonly paper: () => Paper;
  /** What somebody else does to it. */
  readonly change: (change: Partial<Paper>) => void;
}

export interface PaperCloudOptions {
  /** Where it is written down, so that it outlives a process. */
  readonly folder: string;
  /** Called before every step, by its name, and once more when all of a method is done: what it throws is what the cloud answers. */
  readonly at?: (step: string) => void;
  /** Instead of what the audit finds. */
  readonly audit?: (found: LabAudit) => LabAudit;
}

/** A provider of labs without hosts that could be reached: a file is all that there is. What `HostWork` does to a host is written down too. */
export function paperCloud({ folder, at = () => undefined, audit = (found) => found }: PaperCloudOptions): PaperCloud {
  const file = join(folder, 'cloud.json');
  const paper = (): Paper => {
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as Paper;
    } catch {
      return { network: false, hosts: {}, end: '', made: 0 };
    }
  };
  const change = (changed: Partial<Paper>): void => {
    writeFileSync(`${file}.new`, JSON.stringify({ ...paper(), ...changed }));
    renameSync(`${file}.new`, file);
  };
  const setHost = (name: string, host: Partial<PaperHost> | undefined): void => {
    const { [name]: before, ...others } = paper().hosts;
    change({ hosts: host === undefined ? others : { ...others, [name]: { ...before, ...host } as PaperHost } });
  };
  /** A cloud is asked step by step: Ctrl-C is heeded between two of them. */
  const stepsOf = (method: string, signal?: AbortSignal) => async (step: string) => {
    at(`${method}: ${step}`);
    signal?.throwIfAborted();
  };
  const onEach = async (method: string, { signal }: LabContext, state: PaperHost['state']): Promise<void> => {
    const step = stepsOf(method, signal);
    for (const name of Object.keys(paper().hosts)) {
      await step(name);
      setHost(name, { state });
    }
    await step('done');
  };
  const remaining = (): LabResource[] => {
    const { network, hosts } = paper();
    const made = Object.entries(hosts).map(([name, { id }]): LabResource => ({ type: 'host', id, detail: name }));
    return [...made, ...(network ? [{ type: 'network', id: 'net', detail: '' }] : [])];
  };

  const provider: LabProvider = {
    name: 'local',
    async plan(context) {
      await stepsOf('plan', context.signal)('hosts');
      const { wanted, toReplace, toRemove } = compare(context, paper());
      const names = [...wanted.keys()];
      const create = names.filter((name) => paper().hosts[name] === undefined);
      return {
        provider: 'local',
        where: 'paper',
        resources: [{ what: 'hosts', count: wanted.size }],
        hosts: { create, keep: names.filter((name) => !create.includes(name)), replace: toReplace, remove: toRemove },
        cost: undefined,
        problems: [],
        notes: [],
      };
    },
    async up(context) {
      const step = stepsOf('up', context.signal);
      await step('network');
      change({ network: true, end: context.state.expires });
      const { wanted, toReplace, toRemove } = compare(context, paper());
      for (const name of [...toRemove, ...toReplace]) {
        await step(`remove ${name}`);
        setHost(name, undefined);
      }
      for (const [name, { attendee, key }] of wanted) {
        const there = paper().hosts[name];
        if (there === undefined) {
          await step(`remember ${name}`);
          await context.remember(({ generations }) => ({
            generations: { ...generations, [name]: (generations[name] ?? 0) + 1 },
          }));
          await step(`make ${name}`);
          const made = paper().made + 1;
          change({ made });
          setHost(name, {
            id: `i-${made}`,
            attendee,
            state: 'pending',
            key,
            hasPlatform: false,
            end: context.state.firstExpires,
          });
        }
        if (paper().hosts[name]!.state === 'running') continue;
        await step(`start ${name}`);
        setHost(name, { state: 'running' });
      }
      await step('done');
      return hostsOf(context, paper());
    },
    async hosts(context) {
      await stepsOf('hosts', context.signal)('all');
      return hostsOf(context, paper());
    },
    start: (context) => onEach('start', context, 'running'),
    stop: (context) => onEach('stop', context, 'stopped'),
    async extend({ signal }, expires) {
      await stepsOf('extend', signal)('end');
      change({ end: expires.toISOString() });
      await stepsOf('extend', signal)('done');
    },
    async remains({ signal }) {
      await stepsOf('remains', signal)('all');
      return remaining();
    },
    async down({ signal }) {
      const step = stepsOf('down', signal);
      for (const name of Object.keys(paper().hosts)) {
        await step(`remove ${name}`);
        setHost(name, undefined);
      }
      await step('remove the network');
      change({ network: false });
      await step('done');
    },
    async audit({ signal }) {
      await stepsOf('audit', signal)('all');
      const { network, hosts } = paper();
      const left = Object.entries(hosts).map(([name, { id }]) => ({ type: 'host', id, detail: name }));
      const asked = [
        { type: 'host', left },
        { type: 'network', left: network ? [{ type: 'network', id: 'net', detail: '' }] : [] },
      ];
      return audit({ clean: !network && left.length === 0, asked, errors: [] });
    },
  };
  const work: HostWork = {
    prepare: () => undefined,
    async install({ signal }, { name }, { state }) {
      const step = stepsOf('install', signal);
      await step(name);
      setHost(name, { hasPlatform: true });
      if (state.expires !== state.firstExpires) setHost(name, { end: state.expires });
    },
    async look({ signal }, { name }) {
      await stepsOf('look', signal)(name);
      return { boot: 'done', platform: paper().hosts[name]?.hasPlatform === true ? 'ready' : 'absent', reason: '' };
    },
    async tellEnd({ name }, expires) {
      await stepsOf('tell')(name);
      setHost(name, { end: expires });
    },
    async exec({ name }, { argv: [program = '', status = '0'], onOutput }) {
      await stepsOf('exec')(name);
      onOutput('stdout', `${program} on ${name}\n`);
      return Number(status);
    },
  };
  return { provider, work, paper, change };
}

interface Comparison {
  readonly wanted: ReadonlyMap<string, { readonly attendee: string; readonly key: string }>;
  readonly toReplace: readonly string[];
  readonly toRemove: readonly string[];
}

function compare({ lab, state }: Pick<LabContext, 'lab' | 'state'>, { hosts }: Paper): Comparison {
  const keys = new Map(state.attendees.map(({ name, key }) => [name, key.publicKey]));
  const wanted = new Map(namesOf(lab).map(([name, attendee]) => [name, { attendee, key: keys.get(attendee)! }]));
  const names = Object.keys(hosts);
  return {
    wanted,
    toReplace: names.filter((name) => wanted.has(name) && wanted.get(name)!.key !== hosts[name]!.key),
    toRemove: names.filter((name) => !wanted.has(name)),
  };
}

function namesOf({ attendees, hostsPerAttendee }: Lab): [host: string, attendee: string][] {
  return attendees.flatMap(({ name }) =>
    Array.from({ length: hostsPerAttendee }, (_, index): [string, string] => [hostName(name, index + 1), name]),
  );
}

/** Addresses that nothing ever connects to: what is done on a host is done on paper. */
function hostsOf({ lab }: Pick<LabContext, 'lab'>, { hosts }: Paper): readonly LabHost[] {
  const attendees = new Map(namesOf(lab));
  const names = [...attendees.keys(), ...Object.keys(hosts).filter((name) => !attendees.has(name))];
  return names.map((name): LabHost => {
    const there = hosts[name];
    const address = '127.0.0.1';
    return {
      name,
      attendee: there?.attendee ?? attendees.get(name)!,
      state: there?.state ?? 'missing',
      id: there?.id,
      ssh: there && { address, port: 1 },
      public: there && { address, sshPort: 1, apiPort: 1 },
      hostKeys: there === undefined ? [] : [`SHA256:${there.id}`],
      boot: there === undefined ? 'unknown' : 'done',
    };
  });
}
