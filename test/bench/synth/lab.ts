import { packUserData } from '../../../lib/stacks/cloud-init/pack-user-data.ts';
import { renderUserData } from '../../../lib/stacks/cloud-init/render-user-data.ts';
import { labApp } from '../../../lib/stacks/lab-app.ts';
import { DOCKER_DEVICE, hostNames } from '../../../lib/stacks/lab-definition.ts';
import { sampleLab, samplePublicKey } from '../../support/aws/sample-lab.ts';

/** A whole lab, with the user data of each host rendered, to templates: `lab.ts OUTDIR ATTENDEES`. */
const names = Array.from({ length: Number(process.argv[3]) }, (_, index) => `a${index + 1}`);
const lab = sampleLab(names, { awsAccounts: true });
const userData = hostNames(lab).map((hostname) => [
  hostname,
  packUserData(
    renderUserData({
      hostname,
      lab: lab.name,
      expires: lab.expires,
      attendee: { name: hostname.split('-')[0]!, publicKey: samplePublicKey, accountExpires: '2026-11-28' },
      operator: { name: 'oo-install', publicKey: samplePublicKey },
      dockerDevice: DOCKER_DEVICE,
    }),
  ),
]);
labApp({ ...lab, host: { ...lab.host, userData: Object.fromEntries(userData) } }, { outdir: process.argv[2]! }).synth();
const { user, system } = process.cpuUsage();
process.stdout.write(String((user + system) / 1e6));
