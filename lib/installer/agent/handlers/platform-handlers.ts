import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { parse } from 'yaml';
import { z } from 'zod';
import { errorText } from '../../../common/errors.ts';
import type { Handlers } from '../call-context.ts';
import type { SubjectOf } from '../journal/journal-entry.ts';

export const platformHandlers: Handlers<'platform.adopt' | 'platform.health'> = {
  'platform.adopt': async ({ program, config, dataDir, kubeconfig }, context) => {
    const known = context.journal
      .entries()
      .some((entry) => entry.subject.kind === 'platform' && entry.subject.dataDir === dataDir && entry.state !== 'undone');
    if (known) return { changed: false };
    const subject: SubjectOf<'platform'> = { kind: 'platform', program, config, dataDir, kubeconfig };
    const id = await context.journal.begin(context.change.phase, context.change.description, subject);
    await context.journal.done(id, subject);
    return { changed: true };
  },

  'platform.health': async ({ kubeconfig }) => {
    const unready = (reason: string, server = '') => ({ ready: false, nodeReady: false, reason, server });
    let access: Access;
    try {
      access = await readAccess(kubeconfig);
    } catch (error) {
      return unready(
        (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'it has not written its kubeconfig yet' : errorText(error),
      );
    }
    try {
      const ready = await get(access, '/readyz?verbose');
      if (ready.status !== 200) return unready(`/readyz answers ${ready.status}: ${ready.body.slice(0, 400)}`, access.server);
      const nodes = nodeList.parse(JSON.parse((await get(access, '/api/v1/nodes')).body));
      const problem = nodeProblem(nodes);
      return { ready: true, nodeReady: problem === '', reason: problem, server: access.server };
    } catch (error) {
      return unready(errorText(error), access.server);
    }
  },
};

const nodeList = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      status: z.object({
        conditions: z.array(z.object({ type: z.string(), status: z.string(), message: z.string().optional() })).optional(),
      }),
    }),
  ),
});

/** Why the first node is not Ready, or nothing. */
function nodeProblem(nodes: z.infer<typeof nodeList>): string {
  const [node] = nodes.items;
  if (node === undefined) return 'the node has not registered yet';
  const ready = node.status.conditions?.find((condition) => condition.type === 'Ready');
  if (ready?.status === 'True') return '';
  return `node ${node.metadata.name} is not Ready${ready?.message === undefined ? '' : `: ${ready.message}`}`;
}

interface Access {
  readonly server: string;
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

const base64 = z.string().transform((text) => Buffer.from(text, 'base64'));
const kubeconfigFile = z.object({
  clusters: z.array(z.object({ cluster: z.object({ server: z.string(), 'certificate-authority-data': base64 }) })).min(1),
  users: z.array(z.object({ user: z.object({ 'client-certificate-data': base64, 'client-key-data': base64 }) })).min(1),
});

async function readAccess(path: string): Promise<Access> {
  const file = kubeconfigFile.parse(parse(await readFile(path, 'utf8')));
  const { cluster } = file.clusters[0]!;
  const { user } = file.users[0]!;
  return {
    server: cluster.server,
    ca: cluster['certificate-authority-data'],
    cert: user['client-certificate-data'],
    key: user['client-key-data'],
  };
}

function get(access: Access, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const { ca, cert, key } = access;
    const call = request(new URL(path, access.server), { ca, cert, key, timeout: 5000, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', reject);
    });
    call.on('timeout', () => call.destroy(new Error(`${access.server} does not answer in 5 s`)));
    call.on('error', reject).end();
  });
}
