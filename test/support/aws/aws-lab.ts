import { parseLab } from '../../../lib/installer/config/lab-file.ts';
import type { Lab } from '../../../lib/installer/config/lab-schema.ts';
import type { LabContext, LabEvent } from '../../../lib/installer/lab/provider.ts';
import type { LabState } from '../../../lib/installer/lab/state/lab-state.ts';
import { labStateOf } from '../lab-state.ts';

/** A lab on AWS whose state is kept in memory: what a command of oo-install holds while it works. */
export interface AwsLab {
  /** What was told since the last look. */
  readonly told: LabEvent[];
  state(): LabState;
  /** For attendees of these names; what has been remembered is in it. `looking`: nothing may be remembered. */
  context(names: readonly string[], options?: AwsLabOptions): LabContext;
}

export interface AwsLabOptions {
  /** Members of lab.yaml beside the usual ones; of `aws`, the janitor is left out unless a test wants it. */
  readonly file?: Readonly<Record<string, unknown>>;
  readonly aws?: Readonly<Record<string, unknown>>;
  readonly looking?: boolean;
  readonly signal?: AbortSignal;
}

/** @param imageId one that the emulated account has */
export function awsLab(imageId: string, name = 'demo'): AwsLab {
  let state: LabState | undefined;
  const told: LabEvent[] = [];
  return {
    told,
    state: () => state!,
    context(names, { file = {}, aws = {}, looking = false, signal = new AbortController().signal } = {}) {
      const lab = labOf({ name, attendees: names, ...file }, { image: imageId, ...aws });
      const draft = labStateOf(lab, state);
      if (!looking) state = draft;
      return {
        lab,
        get state() {
          return looking ? draft : state!;
        },
        remember: async (change) => {
          if (looking) throw new TypeError('a command that only looks remembers nothing');
          return (state = { ...state!, ...change(state!) });
        },
        report: (event) => void told.push(event),
        signal,
      };
    },
  };
}

function labOf(file: Readonly<Record<string, unknown>>, aws: Readonly<Record<string, unknown>>): Lab {
  const access = { ssh: ['203.0.113.7/32'], api: ['203.0.113.0/24'], apps: ['203.0.113.0/24'] };
  // JSON is YAML: read as lab.yaml is.
  return parseLab(
    JSON.stringify({ provider: 'aws', access, ...file, aws: { region: 'eu-central-1', janitor: false, ...aws } }),
    'lab.yaml',
  );
}
