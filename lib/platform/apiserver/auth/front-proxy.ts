import type { IncomingMessage } from 'node:http';
import type { UserInfo } from '../../api/verbs.ts';
import { extraHeaders } from './extra-headers.ts';

const USER = 'x-remote-user';
const UID = 'x-remote-uid';
const GROUP = 'x-remote-group';
const EXTRA = 'x-remote-extra-';

/** Whom a proxy with the right certificate says it asks for (apiserver authentication/request/headerrequest). Undefined: it says nobody. */
export function frontProxyUser(request: IncomingMessage): UserInfo | undefined {
  const [name] = request.headersDistinct[USER] ?? [];
  if (name === undefined || name === '') return undefined;
  const [uid] = request.headersDistinct[UID] ?? [];
  const groups = (request.headersDistinct[GROUP] ?? []).filter((group) => group !== '');
  const extra = extraHeaders(request, EXTRA);
  return {
    name,
    ...(uid === undefined || uid === '' ? {} : { uid }),
    groups: [...new Set([...groups, 'system:authenticated'])],
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
}
