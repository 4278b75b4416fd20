import { readFileSync } from 'node:fs';
import { addLab, emptyApp } from '../lib/stacks/lab-app.ts';
import type { LabDefinition } from '../lib/stacks/lab-definition.ts';

/** The app that cdk.json names: what the plain CDK CLI synthesises, deploys and destroys. */
const app = emptyApp();
const file = app.node.tryGetContext('definition') as string;
addLab(app, JSON.parse(readFileSync(file, 'utf8')) as LabDefinition);
app.synth();
