import type { z } from 'zod';
import { agentCalls } from './calls/agent-calls.ts';
import { dockerCalls } from './calls/docker-calls.ts';
import { fileCalls } from './calls/file-calls.ts';
import { journalCalls } from './calls/journal-calls.ts';
import { packageCalls } from './calls/package-calls.ts';
import { platformCalls } from './calls/platform-calls.ts';
import { serviceCalls } from './calls/service-calls.ts';
import { upgradeCalls } from './calls/upgrade-calls.ts';

/** What the agent's calls look like: see `callSchemas`. */
export const agentProtocol = 1;

/**
 * Every call that the agent answers, by name: what goes in and what comes out, validated on both ends. A call that changes the server
 * is journalled by its handler, and only `Host.change` can make it.
 *
 * Operator and agent may be of different versions (commands that only look or start and stop ask the agent that is installed). Within one
 * `agentProtocol` calls are only added, and answers only get further fields, which who does not know them passes over. Anything else
 * takes another number.
 */
export const callSchemas = {
  ...agentCalls,
  ...fileCalls,
  ...packageCalls,
  ...serviceCalls,
  ...dockerCalls,
  ...platformCalls,
  ...upgradeCalls,
  ...journalCalls,
} as const;

export type CallName = keyof typeof callSchemas;
/** Names of the calls that change the server. */
export type ChangeName = { [K in CallName]: (typeof callSchemas)[K]['changes'] extends true ? K : never }[CallName];
/** Names of the calls that only look. */
export type ReadName = Exclude<CallName, ChangeName>;
export type CallParams<K extends CallName> = z.infer<(typeof callSchemas)[K]['params']>;
export type CallResult<K extends CallName> = z.infer<(typeof callSchemas)[K]['result']>;
