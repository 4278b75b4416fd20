import { readFileSync } from 'node:fs';
import type { HostFile } from '../hosts/machine-settings.ts';

/** Where buckets lie on the host: an object is the file BUCKET/KEY below it. */
export const bucketsFolder = '/srv/buckets';
/** In which region its S3 is. */
export const servedRegion = 'eu-central-1';

/** How S3 misbehaves: `denied`, `corrupt`, `cut`, or not at all. No tmpfs, which docker cp does not see. */
export const modeFile = '/root/s3-mode';

const unit = `[Service]
ExecStartPre=/bin/ip address add 169.254.169.254/32 dev lo
ExecStart=/usr/bin/python3 /root/instance-services.py
ExecStartPost=/bin/sh -c 'until [ -e /run/instance-services ]; do sleep 0.1; done'
`;
const dropIn = `[Unit]
Wants=instance-services.service
After=instance-services.service
[Service]
Environment=AWS_ENDPOINT_URL_S3=http://127.0.0.1:9000
`;

/** Files by which a test host finds, on its own loopback, what an EC2 instance finds around it. S3 begins by denying everything. */
export function instanceServices(): HostFile[] {
  const program = readFileSync(new URL('./instance-services.py', import.meta.url), 'utf8');
  const units = '/etc/systemd/system';
  return [
    { path: '/root/instance-services.py', content: program, mode: 0o600 },
    { path: `${units}/instance-services.service`, content: unit, mode: 0o644 },
    { path: `${units}/oo-install-lab-install.service.d/tests.conf`, content: dropIn, mode: 0o644 },
    { path: modeFile, content: 'denied', mode: 0o600 },
  ];
}
