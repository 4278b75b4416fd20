import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { errorText } from '../../../common/errors.ts';
import { registerSecret } from '../../../common/secrets.ts';
import { registryOf } from '../../runtime/image-reference.ts';
import type { RegistryAuth } from '../../runtime/image-runtime.ts';

/** Docker's own file of logins, as far as they are in it. */
interface DockerConfig {
  readonly auths?: Readonly<Record<string, { readonly auth?: string } | null>>;
  readonly credsStore?: string;
  readonly credHelpers?: Readonly<Record<string, string>>;
}

const HELPER_LIMIT_MS = 30_000;
/** What a helper says of a registry that it knows nothing of (docker-credential-helpers, credentials/error.go). */
const UNKNOWN = /credentials not found/i;

/**
 * Whom `docker login` has logged in to an image's registry: from the configuration's `auths`, or from the helper program that it names. undefined:
 * nobody. Throws an Error that says what is wrong with the configuration, or with its helper.
 */
export async function registryLogin(
  reference: string,
  folder = process.env['DOCKER_CONFIG'] ?? join(homedir(), '.docker'),
): Promise<RegistryAuth | undefined> {
  const config = await readConfig(join(folder, 'config.json'));
  const registry = registryOf(reference);
  // The Hub is known by a URL; others may be, from older versions of Docker.
  const keys = registry.startsWith('https:')
    ? [registry]
    : [registry, `https://${registry}`, `https://${registry}/v1/`, `https://${registry}/v2/`];
  const helper = keys.map((key) => config.credHelpers?.[key]).find((name) => name !== undefined) ?? config.credsStore;
  const login = helper === undefined || helper === '' ? fromAuths(config, keys) : await fromHelper(helper, registry);
  if (login !== undefined) registerSecret(login.password);
  return login;
}

async function readConfig(path: string): Promise<DockerConfig> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  try {
    return (JSON.parse(text) ?? {}) as DockerConfig;
  } catch {
    // Its text may hold passwords.
    throw new Error(`${path} is no JSON`);
  }
}

function fromAuths({ auths = {} }: DockerConfig, keys: readonly string[]): RegistryAuth | undefined {
  const auth = keys.map((key) => auths[key]?.auth).find((text) => typeof text === 'string' && text !== '');
  if (auth === undefined) return undefined;
  const decoded = Buffer.from(auth, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon === -1 ? undefined : { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}

/** Asks it as Docker does: the registry on its standard input, the answer on its output. */
async function fromHelper(name: string, registry: string): Promise<RegistryAuth | undefined> {
  const program = `docker-credential-${name}`;
  if (!/^[\w.-]+$/.test(name)) throw new Error(`${JSON.stringify(name)} is no name of a credential helper`);
  let answer: { Username?: string; Secret?: string };
  try {
    answer = JSON.parse(await asked(program, registry)) as typeof answer;
  } catch (error) {
    if (UNKNOWN.test(errorText(error))) return undefined;
    throw new Error(`the login for ${registry} cannot be had of ${program}: ${errorText(error)}`, { cause: error });
  }
  const { Username: username = '', Secret: password = '' } = answer;
  if (username === '<token>')
    throw new Error(`the login for ${registry} is a token for identities; pull the image with docker first`);
  return username === '' ? undefined : { username, password };
}

function asked(program: string, registry: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, ['get'], { timeout: HELPER_LIMIT_MS }, (error, stdout) => {
      // A helper explains itself on its output, and its secret is nowhere else.
      if (error === null) resolve(stdout);
      else reject(new Error(error.code === 'ENOENT' ? 'it is not installed' : stdout.trim().slice(0, 200) || 'it failed'));
    });
    child.stdin?.on('error', () => undefined).end(registry);
  });
}
