import type { App } from 'aws-cdk-lib/core';
import { emptyApp, type EmptyAppOptions } from './empty-app.ts';
import { JanitorStack, type JanitorStackProps } from './janitor-stack.ts';
import { JANITOR_STACK } from './lab-definition.ts';
import { stackErrors } from './stack-errors.ts';

export interface JanitorDefinition extends Pick<JanitorStackProps, 'code' | 'notify' | 'noticeBefore' | 'every'> {
  /** @default the region of the credentials that the CDK found */
  readonly region?: string | undefined;
}

/** An app of its own: `cdk destroy --all` of a lab must not take the janitor of the other labs away. */
export function janitorApp(definition: JanitorDefinition, options: EmptyAppOptions = {}): App {
  const app = emptyApp(options);
  addJanitor(app, definition);
  return app;
}

/** @throws JANITOR_REGION_MISSING */
export function addJanitor(app: App, { region, ...props }: JanitorDefinition): void {
  new JanitorStack(app, JANITOR_STACK, {
    ...props,
    stackName: JANITOR_STACK,
    description: 'Takes oo-install labs away whose time is over',
    env: { region: region ?? process.env['CDK_DEFAULT_REGION'] ?? stop() },
  });
}

function stop(): never {
  throw stackErrors.JANITOR_REGION_MISSING();
}
