import { join } from 'node:path';

/** What lies where below the data folder. */
export const dataPaths = (dataDir: string) =>
  ({
    store: join(dataDir, 'store', 'store.db'),
    /** Locked while a platform whose store is an etcd runs on this data folder. */
    storeLock: join(dataDir, 'store', 'etcd.lock'),
    /** Under which name this data folder's platform claims an etcd. */
    storeId: join(dataDir, 'store', 'etcd-id'),
    pki: join(dataDir, 'pki'),
    /** The kubelet's own state: pods' volumes, network reservations. */
    node: join(dataDir, 'node'),
    /** Persistent volumes that are folders of this machine, one below it for each: kept by `openshift node cleanup`. */
    volumes: join(dataDir, 'volumes'),
    /** The files by which Docker trusts the registry, for the same. */
    dockerTrust: join(dataDir, 'node', 'docker-trust.json'),
    /** What the router's pod reads, and its sockets. */
    router: join(dataDir, 'router'),
    /** The kernel switches that the proxy changed, for `openshift node cleanup` to put back. */
    kernelSettings: join(dataDir, 'node', 'kernel-settings.json'),
  }) as const;
