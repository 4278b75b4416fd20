// The app that cdk.json names: what `npx cdk` synthesises, deploys, compares and destroys. docs/labs-with-cdk.md
import { OoError } from '../lib/common/errors.ts';
import { cdkLab } from '../lib/installer/lab/aws/cdk-lab.ts';
import { janitorCode } from '../lib/installer/lab/aws/janitor-deployment/janitor-code.ts';
import { emptyApp } from '../lib/stacks/empty-app.ts';
import { addJanitor } from '../lib/stacks/janitor-app.ts';
import { addLab } from '../lib/stacks/lab-app.ts';
import { readDefinition } from '../lib/stacks/read-definition.ts';

try {
  const app = emptyApp();
  const context = (key: string): string | undefined => app.node.tryGetContext(key) as string | undefined;
  const [janitor, definition, notify] = [context('janitor'), context('definition'), context('notify')];
  if (janitor !== undefined) {
    await using code = await janitorCode();
    addJanitor(app, { code: code.folder, region: context('region'), ...(notify === undefined ? {} : { notify }) });
    // The CDK takes the code over while it makes the stack, so that the folder may go.
  } else if (definition !== undefined) {
    addLab(app, readDefinition(definition));
  } else {
    addLab(app, await cdkLab(context('lab') ?? 'lab.yaml', process.env['CDK_DEFAULT_REGION']));
  }
  app.synth();
} catch (error) {
  if (!(error instanceof OoError)) throw error;
  process.stderr.write(`${error.message}\n${error.hint === undefined ? '' : `${error.hint}\n`}`);
  process.exitCode = 1;
}
