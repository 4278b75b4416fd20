import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { janitorApp } from '../../../lib/stacks/janitor-app.ts';
import { propertiesOf, templatesOf } from './sample-lab.ts';

export interface PolicyStatement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: unknown;
}

/** What the janitor's function may do, as its template says, in the account 123456789012 and eu-central-1. */
export function janitorStatements(): readonly PolicyStatement[] {
  const code = mkdtempSync(join(tmpdir(), 'oo-janitor-'));
  try {
    writeFileSync(join(code, 'index.mjs'), 'export const handler = () => undefined;\n');
    const template = templatesOf(janitorApp({ region: 'eu-central-1', code })).get('oo-janitor');
    const role = propertiesOf(template, 'AWS::IAM::Role').find((each) => JSON.stringify(each).includes('lambda.amazonaws.com'));
    return resolve(role.Policies[0].PolicyDocument.Statement) as readonly PolicyStatement[];
  } finally {
    rmSync(code, { recursive: true });
  }
}

const account = '123456789012';
const arns: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::AccountId': account,
};

/** With what CloudFormation puts in place of references. */
function resolve(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolve);
  if (typeof value !== 'object' || value === null) return value;
  const { Ref: name, 'Fn::Join': join, 'Fn::GetAtt': attribute } = value as Readonly<Record<string, unknown>>;
  if (typeof name === 'string') return arns[name] ?? `arn:aws:sns:eu-central-1:${account}:oo-janitor-${name}`;
  if (Array.isArray(join)) return (resolve(join[1]) as readonly string[]).join(join[0] as string);
  if (attribute !== undefined) return `arn:aws:logs:eu-central-1:${account}:log-group:/oo-install/oo-janitor:*`;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolve(each)]));
}
