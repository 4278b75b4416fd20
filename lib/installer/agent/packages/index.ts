import { access } from 'node:fs/promises';
import { agentErrors } from '../agent-errors.ts';
import { apt } from './apt.ts';
import type { PackageManager } from './package-manager.ts';
import { dnf, zypper } from './rpm.ts';

const managers: readonly { readonly manager: PackageManager; readonly program: string }[] = [
  { manager: apt, program: '/usr/bin/apt-get' },
  { manager: dnf, program: '/usr/bin/dnf' },
  { manager: zypper, program: '/usr/bin/zypper' },
];

/** This server's package manager, or undefined. */
export async function findPackageManager(): Promise<PackageManager | undefined> {
  for (const { manager, program } of managers) {
    const found = await access(program).then(
      () => true,
      () => false,
    );
    if (found) return manager;
  }
  return undefined;
}

/** The same, where there must be one. */
export async function packageManager(): Promise<PackageManager> {
  const manager = await findPackageManager();
  if (manager === undefined) throw agentErrors.NO_PACKAGE_MANAGER();
  return manager;
}

/** Waits, bounded and visibly, for whoever holds the package database. */
export async function waitForPackageLock(
  manager: PackageManager,
  seconds: number,
  progress: (line: string) => void,
): Promise<void> {
  for (let waited = 0; ; waited++) {
    const holder = await manager.lockHolder();
    if (holder === undefined) return;
    if (waited >= seconds) throw agentErrors.PACKAGE_LOCK_HELD(seconds, holder);
    if (waited % 5 === 0) progress(`waiting for ${holder} to release the package database (${waited} s)`);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
