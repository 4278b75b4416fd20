import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { janitorApp } from '../../../lib/stacks/janitor-app.ts';
import { propertiesOf, templatesOf } from './sample-lab.ts';

export interface PolicyStatement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** What the janitor's function may do, as its template says. */
export function janitorStatements(): readonly PolicyStatement[] {
  const code = mkdtempSync(join(tmpdir(), 'oo-janitor-'));
  try {
    writeFileSync(join(code, 'index.mjs'), 'export const handler = () => undefined;\n');
    const template = templatesOf(janitorApp({ region: 'eu-central-1', code })).get('oo-janitor');
    const role = propertiesOf(template, 'AWS::IAM::Role').find((each) => JSON.stringify(each).includes('lambda.amazonaws.com'));
    return role.Policies[0].PolicyDocument.Statement;
  } finally {
    rmSync(code, { recursive: true });
  }
}
