import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { AttachmentRecords } from '../../../../../lib/platform/node/network/attachment-records.ts';
import { listReservations } from '../../../../../lib/platform/node/network/ipam-reservations.ts';
import { defaultRouteInterface } from '../../../../../lib/platform/node/network/uplink-mtu.ts';

const HEADER = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n';

it('finds the way out', () => {
  const routes = `${HEADER}docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\neth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\n`;
  assert.equal(defaultRouteInterface(routes), 'eth0');
  assert.equal(defaultRouteInterface(HEADER), undefined);
  assert.equal(defaultRouteInterface(''), undefined);
});

it('reads what host-local has reserved', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'oo-ipam-'));
  try {
    assert.deepEqual(await listReservations(dir, 'net'), []);
    mkdirSync(join(dir, 'net'));
    writeFileSync(join(dir, 'net', '10.1.0.2'), 'abc\r\neth0');
    writeFileSync(join(dir, 'net', 'last_reserved_ip.0'), '10.1.0.2');
    writeFileSync(join(dir, 'net', 'lock'), '');
    assert.deepEqual(await listReservations(dir, 'net'), [{ ip: '10.1.0.2', containerId: 'abc' }]);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

it('keeps records, and bears a garbled one', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'oo-attachments-'));
  try {
    const records = new AttachmentRecords(dir);
    await records.write({ containerId: 'abc', portMappings: [{ hostPort: 1, containerPort: 2, protocol: 'tcp' }] });
    assert.equal((await records.read('abc'))!.portMappings[0]!.hostPort, 1);
    writeFileSync(join(dir, 'abc.json'), '{"containerId"');
    assert.equal(await records.read('abc'), undefined);
    assert.deepEqual(await records.list(), ['abc']);
    await records.remove('abc');
    assert.deepEqual(await records.list(), []);
    await assert.rejects(records.read('../../etc/passwd'), TypeError);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
