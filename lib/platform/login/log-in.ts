import { readFile } from 'node:fs/promises';
import { errorText } from '../../common/errors.ts';
import { changeKubeconfig, defaultKubeconfig } from '../../common/kubeconfig/kubeconfig-file.ts';
import { OAUTH_ACCESS_TOKENS } from '../api/oauth/oauth-tokens.ts';
import { tokenObjectName } from '../api/oauth/token-rules.ts';
import { PROJECT } from '../api/project/project-annotations.ts';
import { isReason } from '../api/status-error.ts';
import { USERS } from '../api/user/user.ts';
import { type HttpClient, httpClient } from '../client/http-client.ts';
import { readKubeconfig } from '../pki/kubeconfig.ts';
import { askToken, type LoginServer } from './ask-token.ts';
import { loginErrors } from './login-errors.ts';
import { presentedAuthority, trustQuestion } from './presented-authority.ts';
import { knownServers, readAuthority, serverAddress, withLogin, withoutToken } from './login-entry.ts';

export interface LoginFlags {
  readonly kubeconfig?: string;
  readonly username?: string;
  readonly certificateAuthority?: string;
}

/** How a name and a password are asked for. */
export interface Asker {
  name(question: string): Promise<string>;
  password(question: string): Promise<string>;
  /** Whether the answer is yes; absent where nobody is there to be asked. */
  trust?(question: string): Promise<boolean>;
}

const PROJECTS = { ...PROJECT, resource: 'projects' };
const PROJECT_REQUESTS = { ...PROJECT, resource: 'projectrequests' };

/** Where logins are kept: --kubeconfig, the first of $KUBECONFIG, ~/.kube/config. */
export const loginFile = ({ kubeconfig }: Pick<LoginFlags, 'kubeconfig'>): string => kubeconfig ?? defaultKubeconfig();

/** Logs in and makes that the kubeconfig's current context. Resolves with what there is to say. Nothing is written when it rejects. */
export async function logIn(server: string | undefined, flags: LoginFlags, asker: Asker, signal: AbortSignal): Promise<string> {
  const path = loginFile(flags);
  const where = await chooseServer(server, flags, path, asker, signal);
  const user = flags.username ?? (await asker.name(`User name for ${where.server}: `));
  if (!/^[^:\r\n]+$/.test(user)) throw loginErrors.LOGIN_USER_INVALID(user);
  const password = await asker.password(`Password of ${user} for ${where.server}: `);
  const token = await askToken(where, user, password, signal);
  const client = httpClient({ ...where, token });
  try {
    const project = await firstProject(client);
    const entry = { ...where, user, token, ...(project === undefined ? {} : { project }) };
    await changeKubeconfig(path, (text) => withLogin(text, entry, path), { backup: false });
    const next = project === undefined ? 'You have no project yet: openshift new-project NAME' : `Your project is ${project}.`;
    return `Logged in to ${where.server} as ${user}. ${next}\n`;
  } finally {
    client.close();
  }
}

/** Ends the current context's token, on the server and in the file. */
export async function logOut(flags: Pick<LoginFlags, 'kubeconfig'>): Promise<string> {
  const path = loginFile(flags);
  const access = await readKubeconfig(path);
  const { token = '', server } = access;
  const name = tokenObjectName(token);
  if (name === undefined) throw loginErrors.LOGIN_NO_TOKEN(path);
  await withClient(path, async (client) => {
    await client.delete({ ...OAUTH_ACCESS_TOKENS, name }).catch((error: unknown) => {
      // It has ended already.
      if (!isReason(error, 'NotFound') && !isReason(error, 'Unauthorized')) throw error;
    });
  });
  await changeKubeconfig(path, (text) => withoutToken(text, access.user, token, path), { backup: false });
  return `Logged out of ${server}.\n`;
}

/** Who the current context is, by the server's own word. */
export async function whoAmI(flags: Pick<LoginFlags, 'kubeconfig'>): Promise<string> {
  const self = await withClient(loginFile(flags), (client) => client.get({ ...USERS, name: '~' }));
  return `${self.metadata.name ?? ''}\n`;
}

/** Asks for a project, and makes it the one that is worked in. */
export async function newProject(name: string, flags: Pick<LoginFlags, 'kubeconfig'>): Promise<string> {
  const path = loginFile(flags);
  const access = await readKubeconfig(path);
  const request = { apiVersion: 'project.openshift.io/v1', kind: 'ProjectRequest', metadata: { name } };
  await withClient(path, (client) => client.create(PROJECT_REQUESTS, request));
  const { server, caPem, tlsServerName, token } = access;
  if (token === undefined) return `The project ${name} is there. Work in it with --namespace ${name}.\n`;
  const user = access.user.replace(/\/[^/]*$/, '');
  const entry = { server, caPem, tlsServerName, user, token, project: name };
  await changeKubeconfig(path, (text) => withLogin(text, entry, path), { backup: false });
  return `The project ${name} is there, and yours. Next: openshift app create NAME -t nodejs\n`;
}

async function withClient<T>(path: string, work: (client: HttpClient) => Promise<T>): Promise<T> {
  const client = httpClient(await readKubeconfig(path));
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

async function chooseServer(
  named: string | undefined,
  flags: LoginFlags,
  path: string,
  asker: Asker,
  signal: AbortSignal,
): Promise<LoginServer> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const known = knownServers(text, path);
  const wanted = named ?? known.current;
  if (wanted === undefined) throw loginErrors.LOGIN_SERVER_NEEDED(path);
  const server = serverAddress(wanted);
  const file = flags.certificateAuthority;
  const found = known.find(server);
  if (file !== undefined) return { ...found, server, caPem: await readAuthority(file) };
  return found ?? { server, caPem: await trusted(server, asker, signal) };
}

/** The authority that the server shows, when somebody says that it is the one. Once it is in the kubeconfig, nobody is asked again, and no other one will do. */
async function trusted(server: string, asker: Asker, signal: AbortSignal): Promise<string> {
  if (asker.trust === undefined) throw loginErrors.LOGIN_AUTHORITY_NEEDED(server);
  const shown = await presentedAuthority(server, signal).catch((error: unknown) => {
    throw signal.aborted ? loginErrors.LOGIN_INTERRUPTED() : loginErrors.LOGIN_SERVER_STRANGE(server, errorText(error));
  });
  if (shown === undefined || !(await asker.trust(trustQuestion(server, shown)))) throw loginErrors.LOGIN_AUTHORITY_NEEDED(server);
  return shown.pem;
}

/** The project to begin with: `default` where that is one's own, else the first by name. */
async function firstProject(client: HttpClient): Promise<string | undefined> {
  const { items } = await client.list(PROJECTS);
  const names = items.map(({ metadata }) => metadata.name ?? '').toSorted();
  return names.find((name) => name === 'default') ?? names[0];
}
