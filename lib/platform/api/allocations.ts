/**
 * Unique values out of a pool. The store's compare-and-swap makes them unique, so several API servers may allocate. They
 * belong to the write that is being prepared: when it fails, its claims go back; what it releases goes once it has succeeded.
 * In a dry run nothing is claimed, but the answers are the same.
 */
export interface Allocations {
  /** What the cluster was configured with for this pool, e.g. `172.30.0.0/16` or `30000-32767`. */
  range(pool: 'clusterIPs' | 'nodePorts'): string;
  /** Claims exactly this value; false when another object holds it, or it is kept for one. */
  claim(pool: 'clusterIPs' | 'nodePorts', value: string): Promise<boolean>;
  /** Claims any free value; rejects with a StatusError when the pool is used up. */
  claimNext(pool: 'clusterIPs' | 'nodePorts'): Promise<string>;
  release(pool: 'clusterIPs' | 'nodePorts', value: string): Promise<void>;
}
