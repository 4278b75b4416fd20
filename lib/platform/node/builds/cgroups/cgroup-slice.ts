import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Runs a program; rejects when it fails. */
export type RunProgram = (file: string, args: readonly string[]) => Promise<unknown>;

/** systemd answers at once, unless it is ill or the machine is busy: without an answer a build runs without its bound. */
const LIMIT_MS = 90_000;

export const runProgram: RunProgram = (file, args) => promisify(execFile)(file, [...args], { timeout: LIMIT_MS });

/**
 * Has systemd make a slice with at most so many processes in it and below it: runc's scopes of containers go there. For engines with the driver
 * `systemd`. By systemctl, which reaches systemd where there is no D-Bus too, as runc does. The property comes first: a slice without
 * a file is there as soon as somebody names it.
 */
export async function makeSlice(name: string, pids: number, run: RunProgram): Promise<void> {
  await run('systemctl', ['set-property', '--runtime', name, 'TasksAccounting=yes', `TasksMax=${pids}`]);
  await run('systemctl', ['start', name]);
}

/** Ends a slice with all that is in it, and takes its property away; nothing else is read anew for it. */
export async function removeSlice(name: string, run: RunProgram): Promise<void> {
  await run('systemctl', ['stop', name]);
  await run('systemctl', ['revert', '--no-reload', name]);
}
