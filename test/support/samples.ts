import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { packageRoot } from '../../lib/common/assets.ts';
import type { KubeObject } from '../../lib/platform/api/meta.ts';

const FOLDER = join(packageRoot(), 'test', 'conformance', 'samples');
/** Roles before what is bound to them, namespaces and limits before what they govern. */
const FILES = readdirSync(FOLDER).sort();

/** One object of every kind that users bring along (test/conformance/samples), as YAML for a namespace. */
export const sampleText = (namespace: string): string =>
  FILES.map((file) => readFileSync(join(FOLDER, file), 'utf8').replaceAll('NAMESPACE', namespace)).join('---\n');

/** The same, as objects. */
export const sampleObjects = (namespace: string): KubeObject[] =>
  parseAllDocuments(sampleText(namespace)).map((document) => document.toJS() as KubeObject);
