import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anotherAddress } from '../../../../lib/platform/config/another-address.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

/** A machine whose default route's address, and whose other addresses, change. */
class Machine {
  readonly clock = new FakeClock();
  defaultAddress: string | undefined = '192.0.2.7';
  addresses = ['192.0.2.7', '172.17.0.1'];
  readonly #over = new AbortController();
  found: string | undefined;
  looks = 0;
  isBlind = false;

  constructor(address: string) {
    const { clock } = this;
    const look = () => {
      this.looks++;
      if (this.isBlind) return Promise.reject(new Error('too many open files'));
      return Promise.resolve({ hostname: 'web1', defaultAddress: this.defaultAddress, addresses: this.addresses });
    };
    anotherAddress(address, this.#over.signal, { look, clock }).then(
      (found) => (this.found = found),
      () => undefined,
    );
  }

  async after(seconds: number): Promise<string | undefined> {
    await this.clock.advance(seconds * 1000);
    return this.found;
  }

  [Symbol.dispose](): void {
    this.#over.abort();
  }
}

test('another address at the default route is told at the second look that finds it', async () => {
  using machine = new Machine('192.0.2.7');
  assert.equal(await machine.after(60), undefined);
  Object.assign(machine, { defaultAddress: '192.0.2.9', addresses: ['192.0.2.9', '172.17.0.1'] });
  assert.equal(await machine.after(10), undefined);
  assert.equal(await machine.after(10), '192.0.2.9');
});

test('an address that is away for a moment, a network that is gone and a second way out change nothing', async () => {
  using machine = new Machine('192.0.2.7');
  await machine.after(1);
  Object.assign(machine, { defaultAddress: undefined, addresses: ['172.17.0.1'] });
  assert.equal(await machine.after(60), undefined);
  Object.assign(machine, { defaultAddress: '192.0.2.9', addresses: ['192.0.2.9'] });
  assert.equal(await machine.after(10), undefined);
  Object.assign(machine, { defaultAddress: '192.0.2.7', addresses: ['192.0.2.7'] });
  assert.equal(await machine.after(60), undefined);
  Object.assign(machine, { defaultAddress: '198.51.100.1', addresses: ['192.0.2.7', '198.51.100.1'] });
  assert.equal(await machine.after(60), undefined);
});

test('a look that fails ends nothing, and is no look that finds another address', async () => {
  using machine = new Machine('192.0.2.7');
  await machine.after(1);
  machine.isBlind = true;
  await machine.after(30);
  Object.assign(machine, { isBlind: false, defaultAddress: '192.0.2.9', addresses: ['192.0.2.9'] });
  assert.equal(await machine.after(10), undefined);
  machine.isBlind = true;
  await machine.after(10);
  machine.isBlind = false;
  assert.equal(await machine.after(10), undefined);
  assert.equal(await machine.after(10), '192.0.2.9');
});

test('an address that somebody has said, which no interface has, stays', async () => {
  using machine = new Machine('203.0.113.5');
  Object.assign(machine, { defaultAddress: '192.0.2.9', addresses: ['192.0.2.9'] });
  assert.equal(await machine.after(60), undefined);
  assert.equal(machine.looks, 1);
});
