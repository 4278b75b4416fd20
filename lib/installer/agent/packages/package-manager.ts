import type { PackageManager as PackageManagerName } from '../../distro/distro.ts';

/** What the package database knows. */
export interface PackageStates {
  /** Installed and configured: name and version. */
  readonly complete: ReadonlyMap<string, string>;
  /** On the system in any state: also unpacked only, or waiting for a trigger, as packages are while others are installed. */
  readonly present: ReadonlySet<string>;
  /** Without which the system does not work: never ours to remove. */
  readonly vital: ReadonlySet<string>;
}

/** How a command of a package manager ended: an error text, or nothing. */
export type Outcome = string;

export interface InstallOptions {
  /** Seconds to wait for somebody else's installation. */
  readonly lockTimeout: number;
  readonly progress: (line: string) => void;
}

/** What the calls need of a distribution's package manager. Every program is run with an argument array; nothing asks a question. */
export interface PackageManager {
  readonly name: PackageManagerName;
  read(): Promise<PackageStates>;
  /** Who holds the package database, as a person would say it, or undefined. */
  lockHolder(): Promise<string | undefined>;
  /** Finishes what was left half done by one that was killed. */
  finishInterrupted(progress: (line: string) => void): Promise<void>;
  /** From the server's own repositories. Removes nothing, asks nothing, and keeps edited configuration. */
  install(names: readonly string[], options: InstallOptions): Promise<Outcome>;
  /** Packages that need one of these, and are none of them. */
  needing(names: readonly string[]): Promise<string[]>;
  /** Removes exactly these, with their configuration. */
  purge(names: readonly string[]): Promise<Outcome>;
}
