import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorText, OoError } from '../../../common/errors.ts';
import type { Lab } from '../../config/lab-schema.ts';
import { writeAtomically } from '../../agent/path-state.ts';
import { labErrors } from '../lab-errors.ts';
import type { LabState, StateChange } from './lab-state.ts';
import { type NewKey, reconcileState } from './reconcile-state.ts';
import { knownLabs, labFolder, lockFile, makeFolder, readState, stateFile } from './state-folder.ts';
import { lockState } from './state-lock.ts';

/** A lab's state in the hands of the one command that may change it. Disposing of it lets the next one in. */
export interface OpenState extends AsyncDisposable {
  /** As it is now. */
  readonly state: LabState;
  /** Keeps what `change` answers, given the state so far; on the disk when it resolves. */
  remember(change: (state: LabState) => StateChange): Promise<LabState>;
  /** Takes the lab's state away, keys and all. */
  remove(): Promise<void>;
}

/** What `lab plan` goes by: the state as it is or as it would be. Writes nothing. @throws OoError LAB_OF_ANOTHER_PROVIDER */
export async function draftState(lab: Lab): Promise<LabState> {
  const before = await readState(lab.name);
  refuseOtherProvider(before, lab);
  return reconcileState(before, lab, { folder: labFolder(lab.name), now: Date.now() }).state;
}

/** What is remembered of a lab that was put up. Not locked: for commands that only look. @throws OoError LAB_UNKNOWN */
export async function requireState(name: string): Promise<LabState> {
  const state = await readState(name);
  if (state === undefined) throw labErrors.LAB_UNKNOWN(name, await knownLabs());
  return state;
}

/** Opens a lab's state for a change. @throws OoError LAB_UNKNOWN, LAB_BUSY, LAB_STATE_FOREIGN, LAB_STATE_CORRUPT */
export async function openState(name: string, command: string): Promise<OpenState> {
  await requireState(name);
  return locked(name, command, () => requireState(name));
}

/**
 * Opens the state of the lab that is wanted, makes it when there is none, and brings keys and cohorts in line with it.
 * @throws OoError LAB_OF_ANOTHER_PROVIDER, LAB_BUSY, LAB_STATE_FOREIGN, LAB_STATE_CORRUPT
 */
export async function openStateFor(lab: Lab, command: string): Promise<OpenState> {
  const folder = labFolder(lab.name);
  return locked(lab.name, command, async () => {
    const before = await readState(lab.name);
    refuseOtherProvider(before, lab);
    const { state, newKeys } = reconcileState(before, lab, { folder, now: Date.now() });
    await writing(folder, () => makeFolder(folder));
    // Keys first: a state never names one that is not there.
    await Promise.all(newKeys.map((key) => writing(key.file, () => writeKey(key))));
    await writeState(state);
    return state;
  });
}

function refuseOtherProvider(before: LabState | undefined, lab: Lab): void {
  if (before === undefined || before.provider === lab.provider) return;
  throw labErrors.LAB_OF_ANOTHER_PROVIDER(lab.name, before.provider, lab.provider);
}

async function locked(name: string, command: string, load: () => Promise<LabState>): Promise<OpenState> {
  const folder = labFolder(name);
  const lock = await writing(lockFile(folder), async () => {
    await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
    return lockState(lockFile(folder), name, command);
  });
  let state: LabState;
  try {
    await removeLeftovers(dirname(folder));
    state = await load();
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw error;
  }
  // One after the other, whoever asks.
  let last: Promise<unknown> = Promise.resolve();
  return {
    get state() {
      return state;
    },
    remember: (change) => {
      const before = last;
      const turn = (async () => {
        await before;
        const next = { ...state, ...change(state) };
        await writeState(next);
        return (state = next);
      })();
      last = turn.catch(() => undefined);
      return turn;
    },
    remove: async () => {
      // In one step, so that half a state is never met.
      const aside = `${folder}.${randomUUID()}${removed}`;
      await writing(folder, async () => {
        await rename(folder, aside);
        await rm(aside, { recursive: true, force: true });
      });
    },
    [Symbol.asyncDispose]: async () => {
      await last;
      await lock[Symbol.asyncDispose]();
    },
  };
}

/** What a folder is called, after the lab's name, while it is taken away. */
const removed = '.removed';

/** Keys of labs that are gone, where a process was killed while it took them away. */
async function removeLeftovers(labs: string): Promise<void> {
  const names = (await readdir(labs)).filter((name) => name.endsWith(removed));
  for (const name of names) await rm(join(labs, name), { recursive: true, force: true });
}

/** Tells of a disk that is full, or of a folder that is closed to us, as such. @throws OoError LAB_STATE_UNWRITABLE */
async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof OoError) throw error;
    throw labErrors.LAB_STATE_UNWRITABLE(path, errorText(error));
  }
}

async function writeKey({ file, publicKey, privateKey }: NewKey): Promise<void> {
  await writeAtomically(file, privateKey, 0o600);
  await writeAtomically(`${file}.pub`, `${publicKey}\n`, 0o600);
}

function writeState(state: LabState): Promise<void> {
  const file = stateFile(state.folder);
  return writing(file, () => writeAtomically(file, `${JSON.stringify(state, undefined, 2)}\n`, 0o600));
}
