/** What something uses right now. */
export interface ResourceUsage {
  /** 1e9: one core, all the time. */
  readonly cpuNanoCores: number;
  /** The working set: what cannot be given back at once. */
  readonly memoryBytes: number;
}

/** When it was looked at, and over what time the CPU was counted. Both in ms. */
export interface MeasuredAt {
  readonly at: number;
  readonly window: number;
}

export interface ContainerUsage extends ResourceUsage {
  readonly name: string;
}

export interface PodUsage extends MeasuredAt {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Those that run. */
  readonly containers: readonly ContainerUsage[];
}

/** What a node says of itself and of its pods. */
export interface NodeUsage extends MeasuredAt, ResourceUsage {
  readonly node: string;
  readonly pods: readonly PodUsage[];
}

/** Asks the nodes. Those that do not answer are left out. */
export interface UsageSource {
  usage(): Promise<readonly NodeUsage[]>;
}
