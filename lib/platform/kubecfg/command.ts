import { remove, resize, rollingUpdate, runImage } from './controllers-by-name.ts';
import { connectionFrom } from './credentials.ts';
import { type Flags, readFlags, USAGE } from './flags.ts';
import { kubecfgErrors } from './kubecfg-errors.ts';
import { readObject } from './object-source.ts';
import { oldClient, type OldClient, type OldObject } from './old-client.ts';
import { printed } from './printer.ts';

/** What the command needs from its process. */
export interface KubecfgHost {
  /** Aborts when the process is asked to end. */
  readonly signal: AbortSignal;
  write(text: string): void;
}

const RESOURCES = ['pods', 'services', 'replicationControllers', 'minions'];

/**
 * Runs `kubecfg ARGS...`, the command line of 2014, against /api/v1beta1. Resolves with the exit code.
 * @throws OoError for what cannot be done as asked, StatusError for what the API refuses
 */
export async function runKubecfg(args: readonly string[], host: KubecfgHost): Promise<number> {
  const { flags, words } = readFlags(args);
  if (flags.help === true || (words.length === 0 && flags.server_version !== true)) {
    host.write(USAGE);
    return flags.help === true ? 0 : 2;
  }
  if (flags.api_version !== undefined && flags.api_version !== 'v1beta1')
    throw kubecfgErrors.KUBECFG_USAGE(`-api_version: ${JSON.stringify(flags.api_version)} is not v1beta1`);
  using client = oldClient(await connectionFrom(flags, process.env), host.signal);
  if (flags.server_version === true) host.write(`Server: ${(await client.version())['gitVersion']}\n`);
  else host.write(printed(await perform(client, flags, words, host.signal), flags));
  return 0;
}

async function perform(client: OldClient, flags: Flags, words: readonly string[], signal: AbortSignal): Promise<OldObject> {
  const [command = '', ...operands] = words;
  const [first = '', second] = operands;
  const takes = (count: number): void => {
    if (operands.length !== count)
      throw kubecfgErrors.KUBECFG_USAGE(`${command} takes ${count} argument${count === 1 ? '' : 's'}, not ${operands.length}`);
  };
  switch (command) {
    case 'run':
      takes(3);
      return runImage(client, flags, operands);
    case 'resize':
      takes(2);
      return resize(client, first, second!);
    case 'stop':
      takes(1);
      return resize(client, first, '0');
    case 'rm':
      takes(1);
      return remove(client, first);
    case 'rollingupdate':
      takes(1);
      return rollingUpdate(client, flags, first, signal);
    case 'list':
    case 'get':
    case 'create':
    case 'update':
    case 'delete':
      takes(1);
      return onResource(client, flags, command, first);
    default:
      throw kubecfgErrors.KUBECFG_USAGE(`unknown command ${JSON.stringify(command)}`);
  }
}

/** `list pods`, `get pods/web`: of a list of one and of many, the path decides. */
async function onResource(client: OldClient, flags: Flags, verb: string, path: string): Promise<OldObject> {
  const [resource = '', id, ...more] = path.replace(/^\/+|\/+$/g, '').split('/');
  if (!RESOURCES.includes(resource) || more.length > 0)
    throw kubecfgErrors.KUBECFG_USAGE(`unknown resource ${JSON.stringify(path)}: it is one of ${RESOURCES.join(', ')}, with /ID`);
  if (verb === 'create') {
    if (id !== undefined) throw kubecfgErrors.KUBECFG_USAGE(`create takes the id from the object: create ${resource}`);
    return client.create(resource, await readObject(flags.c));
  }
  if (id === undefined) {
    if (verb === 'list' || verb === 'get') return client.list(resource, flags.l);
    throw kubecfgErrors.KUBECFG_USAGE(`${verb} needs an id: ${verb} ${resource}/ID`);
  }
  if (verb === 'delete') return client.delete(resource, id);
  return verb === 'update' ? client.update(resource, id, await readObject(flags.c)) : client.get(resource, id);
}
