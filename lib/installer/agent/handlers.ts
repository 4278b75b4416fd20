import type { Handlers } from './call-context.ts';
import type { CallName } from './call-schemas.ts';
import { agentHandlers } from './handlers/agent-handlers.ts';
import { dockerConfigHandlers } from './handlers/docker-config-handlers.ts';
import { dockerHandlers } from './handlers/docker-handlers.ts';
import { fileHandlers } from './handlers/file-handlers.ts';
import { logHandlers } from './handlers/log-handlers.ts';
import { kernelHandlers } from './handlers/kernel-handlers.ts';
import { packageHandlers } from './handlers/package-handlers.ts';
import { platformHandlers } from './handlers/platform-handlers.ts';
import { programHandlers } from './handlers/program-handlers.ts';
import { serviceHandlers } from './handlers/service-handlers.ts';
import { upgradeHandlers } from './handlers/upgrade-handlers.ts';
import { unitHandlers } from './handlers/unit-handlers.ts';

/** Every call has its handler, or this does not compile. `lock.take` is answered by the server itself: it belongs to a connection. */
export const handlers: Handlers<Exclude<CallName, 'lock.take'>> & { readonly 'lock.take'?: never } = {
  ...agentHandlers,
  ...dockerConfigHandlers,
  ...dockerHandlers,
  ...fileHandlers,
  ...kernelHandlers,
  ...logHandlers,
  ...packageHandlers,
  ...platformHandlers,
  ...programHandlers,
  ...serviceHandlers,
  ...unitHandlers,
  ...upgradeHandlers,
};
