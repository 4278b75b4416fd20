import { chmod, lstat, mkdir, readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { errorText } from '../../../common/errors.ts';
import { shapeProblems } from '../../../common/shape-problems.ts';
import { isDnsLabel } from '../../config/text-forms.ts';
import { labErrors } from '../lab-errors.ts';
import { type LabState, labState } from './lab-state.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What oo-install remembers on this machine (XDG base directories): `$XDG_STATE_HOME/oo-install`, else below ~/.local/state. */
export function stateHome(env: Environment = process.env): string {
  const { XDG_STATE_HOME: given = '' } = env;
  // A relative one is to be ignored, as the specification says.
  return join(given.startsWith('/') ? given : join(env['HOME'] ?? homedir(), '.local', 'state'), 'oo-install');
}

/** Reports of labs that were taken away: they outlive the lab. */
export const reportsFolder = (): string => join(stateHome(), 'reports');

/** The folder of a lab. @throws OoError LAB_NAME_INVALID */
export function labFolder(name: string, env?: Environment): string {
  if (name.length > 20 || !isDnsLabel(name)) throw labErrors.LAB_NAME_INVALID(name);
  return join(stateHome(env), 'labs', name);
}

/** What is remembered of the lab. */
export const stateFile = (folder: string): string => join(folder, 'lab.json');
/** What `lab up` keeps for each host: kubectl's way to it from other machines. */
export const kubeconfigFile = (folder: string, host: string): string => join(folder, 'kubeconfigs', host);
export const lockFile = (folder: string): string => `${folder}.lock`;

/** Names of the labs that are remembered here. */
export async function knownLabs(): Promise<readonly string[]> {
  const names = await readdir(join(stateHome(), 'labs')).catch(() => []);
  return names.filter((name) => isDnsLabel(name)).sort();
}

/** Makes the folder, for its owner alone. @throws OoError LAB_STATE_FOREIGN */
export async function makeFolder(folder: string): Promise<void> {
  const parts = ['keys', 'kubeconfigs'].map((name) => join(folder, name));
  for (const part of parts) await mkdir(part, { recursive: true, mode: 0o700 });
  for (const path of [folder, ...parts]) {
    await requireOurs(path);
    await chmod(path, 0o700);
  }
}

/** What somebody else may write is not believed: a key in it would open hosts to them. @throws OoError LAB_STATE_FOREIGN */
async function requireOurs(path: string): Promise<void> {
  const found = await lstat(path);
  if (found.isSymbolicLink()) throw labErrors.LAB_STATE_FOREIGN(path, 'is a symbolic link');
  if (found.uid !== (process.getuid?.() ?? found.uid)) throw labErrors.LAB_STATE_FOREIGN(path, 'belongs to somebody else');
  if ((found.mode & 0o022) !== 0) throw labErrors.LAB_STATE_FOREIGN(path, 'can be written by others');
}

/** What is remembered of a lab; undefined: nothing. @throws OoError LAB_NAME_INVALID, LAB_STATE_FOREIGN, LAB_STATE_CORRUPT */
export async function readState(name: string): Promise<LabState | undefined> {
  const folder = labFolder(name);
  const file = stateFile(folder);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw labErrors.LAB_STATE_FOREIGN(file, `cannot be read (${error.code ?? errorText(error)})`);
  });
  if (text === undefined) return undefined;
  for (const path of [folder, file]) await requireOurs(path);
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw labErrors.LAB_STATE_CORRUPT(file, errorText(error));
  }
  const parsed = labState.safeParse(content);
  if (!parsed.success) throw labErrors.LAB_STATE_CORRUPT(file, shapeProblems(parsed.error));
  if (parsed.data.name !== name) throw labErrors.LAB_STATE_CORRUPT(file, `it is of the lab ${parsed.data.name}`);
  return parsed.data;
}
