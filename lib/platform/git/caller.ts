import type { IncomingMessage, ServerResponse } from 'node:http';
import { basicCredentials } from '../../common/basic-credentials.ts';
import { isReason } from '../api/status-error.ts';
import type { UserInfo } from '../api/verbs.ts';

interface Judge {
  readonly whoAsks: (request: IncomingMessage) => Promise<UserInfo>;
}

/**
 * Who sends this request: git gives a token as the password of Basic authentication, under any name (as registries take it), or shows a
 * client certificate. Answers 401, so that git asks for a password, and gives undefined, when it is nobody.
 */
export async function callerOf(judge: Judge, request: IncomingMessage, response: ServerResponse): Promise<UserInfo | undefined> {
  const credentials = basicCredentials(request);
  if (credentials !== undefined) request.headers.authorization = `Bearer ${credentials.password}`;
  try {
    const user = await judge.whoAsks(request);
    if (!user.groups.includes('system:unauthenticated')) return user;
  } catch (error) {
    if (!isReason(error, 'Unauthorized')) throw error;
  }
  const text = 'Log in with a token as the password, under any name (`oc whoami --show-token`, `kubectl create token`).\n';
  response
    .writeHead(401, { 'www-authenticate': 'Basic realm="git"', 'content-type': 'text/plain', 'content-length': text.length })
    .end(text);
  return undefined;
}
