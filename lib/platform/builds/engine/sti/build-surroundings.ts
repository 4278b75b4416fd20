import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mount } from '../../../runtime/container-runtime.ts';
import type { BuildSurroundings, Variable } from '../build-engine.ts';

/** Where a builder container finds what holds only while it assembles. */
const FOLDER = '/run/openshift/build';
const BUNDLE = `${FOLDER}/ca-bundle.crt`;
/** By which programs that fetch packages find authorities: OpenSSL's and Go's, Node's, curl's, Python's, git's. */
const TRUST = ['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS', 'CURL_CA_BUNDLE', 'REQUESTS_CA_BUNDLE', 'PIP_CERT', 'GIT_SSL_CAINFO'];

export interface LentSurroundings extends AsyncDisposable {
  readonly mounts: readonly Mount[];
  /** Put before the command of a shell. */
  readonly prelude: string;
}

/**
 * Proxies and authorities for assemble, in files that are mounted: a container's variables and command would stand in the image that is made of it.
 * A variable that the build sets itself stays as it is.
 */
export async function lendSurroundings(
  { environment, trustedCa }: BuildSurroundings,
  own: readonly Variable[],
  spool: string,
): Promise<LentSurroundings> {
  const trust = trustedCa === undefined ? [] : TRUST.map((name) => ({ name, value: BUNDLE }));
  const set = [...environment, ...trust].filter(
    ({ name }) => /^[A-Za-z_]\w*$/.test(name) && !own.some((each) => each.name === name),
  );
  if (set.length === 0) return { mounts: [], prelude: '', async [Symbol.asyncDispose]() {} };
  const folder = await mkdtemp(join(spool, 'surroundings-'));
  const lines = set.map(({ name, value }) => `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`);
  await writeFile(join(folder, 'environment'), lines.join(''), { mode: 0o644 });
  if (trustedCa !== undefined) await writeFile(join(folder, 'ca-bundle.crt'), trustedCa, { mode: 0o644 });
  // Whoever assembles reads it; on this machine the spool keeps others out.
  await chmod(folder, 0o755);
  return {
    mounts: [{ source: folder, target: FOLDER, readOnly: true }],
    prelude: `. ${FOLDER}/environment && `,
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
    },
  };
}
