import { spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

export type CniCommand = 'ADD' | 'DEL' | 'CHECK' | 'VERSION';

/** What a plugin is told about the attachment, in its environment (CNI specification, "Execution Protocol"). */
export interface CniAttachment {
  /** The sandbox container's id. */
  readonly containerId: string;
  /** Path of the network namespace; empty when it is gone already, which DEL must cope with. */
  readonly netns: string;
  readonly interfaceName: string;
  readonly args: Readonly<Record<string, string>>;
}

/** A plugin's configuration as it reads it; `type` is the plugin's name. */
export interface CniConfig {
  readonly cniVersion: string;
  readonly name: string;
  readonly type: string;
  readonly prevResult?: CniResult;
  readonly [field: string]: unknown;
}

/** The part of a CNI result that we read; plugins of a chain get it whole. */
export interface CniResult {
  readonly cniVersion: string;
  readonly ips?: readonly { readonly address: string; readonly gateway?: string }[];
  readonly [field: string]: unknown;
}

/** A plugin that failed; the text is libcni's. `code` is the specification's, 0 when the plugin gave none. */
export class CniError extends Error {
  readonly code: number;
  constructor(message: string, code = 0, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'CniError';
    this.code = code;
  }
}

const TIMEOUT_MS = 120_000;
const OUTPUT_LIMIT = 1 << 20;

/** The plugin's executable in the first folder that has it. */
async function findPlugin(dirs: readonly string[], type: string): Promise<string> {
  for (const dir of dirs) {
    const path = join(dir, type);
    try {
      await access(path, constants.X_OK);
      return path;
    } catch {
      // The next folder may have it.
    }
  }
  throw new CniError(`failed to find plugin "${type}" in path [${dirs.join(' ')}]`);
}

function environment(command: CniCommand, at: CniAttachment, dirs: readonly string[]): NodeJS.ProcessEnv {
  return {
    // portmap runs iptables, which services often do not have in their PATH.
    PATH: [process.env['PATH'] ?? '', '/usr/sbin', '/sbin', '/usr/bin', '/bin'].join(delimiter),
    CNI_COMMAND: command,
    CNI_CONTAINERID: at.containerId,
    CNI_NETNS: at.netns,
    CNI_IFNAME: at.interfaceName,
    CNI_ARGS: Object.entries(at.args)
      .map(([key, value]) => `${key}=${value}`)
      .join(';'),
    CNI_PATH: dirs.join(':'),
  };
}

function failure(type: string, command: CniCommand, stdout: string, stderr: string, why: string): CniError {
  const prefix = `plugin type="${type}" failed (${command.toLowerCase()})`;
  try {
    const { code, msg, details } = JSON.parse(stdout) as { code?: number; msg?: string; details?: string };
    if (typeof msg === 'string' && msg !== '')
      return new CniError(`${prefix}: ${msg}${details ? `; ${details}` : ''}`, typeof code === 'number' ? code : 0);
  } catch {
    // Plugins that die without a CNI error say why on standard error, if at all.
  }
  return new CniError(`${prefix}: ${stderr.trim() || why}`);
}

/** Runs one plugin. Resolves with what it printed, undefined for DEL and CHECK. Rejects with a CniError. */
export async function runPlugin(
  dirs: readonly string[],
  command: CniCommand,
  config: CniConfig,
  at: CniAttachment,
): Promise<CniResult | undefined> {
  const path = await findPlugin(dirs, config.type);
  const { code, signal, stdout, stderr } = await execute(path, environment(command, at, dirs), JSON.stringify(config));
  if (code !== 0)
    throw failure(config.type, command, stdout, stderr, signal === null ? `exit status ${code}` : `signal: ${signal}`);
  if (command !== 'ADD') return undefined;
  try {
    return JSON.parse(stdout) as CniResult;
  } catch (cause) {
    throw new CniError(`plugin type="${config.type}" failed (add): no result: ${stdout.slice(0, 200)}`, 0, { cause });
  }
}

interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

function execute(path: string, env: NodeJS.ProcessEnv, input: string): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, [], { env, stdio: 'pipe', timeout: TIMEOUT_MS, killSignal: 'SIGKILL' });
    const read = (stream: NodeJS.ReadableStream): (() => string) => {
      const chunks: Buffer[] = [];
      let size = 0;
      stream.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size <= OUTPUT_LIMIT) chunks.push(chunk);
      });
      return () => Buffer.concat(chunks).toString('utf8');
    };
    const stdout = read(child.stdout);
    const stderr = read(child.stderr);
    child.once('error', (cause) => reject(new CniError(`cannot run ${path}: ${cause.message}`, 0, { cause })));
    child.once('close', (code, signal) => resolve({ code, signal, stdout: stdout(), stderr: stderr() }));
    // A plugin that exits without reading its input is judged by its exit code.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
