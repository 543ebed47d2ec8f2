/**
 * The port through which operations get and give back database servers. A driver starts and stops
 * a tablet (vttablet with its MySQL) wherever the cluster runs; the topology tells what became of
 * it. Asking twice for the same thing does it once; all of it is only begun, and `list` tells how
 * far it is.
 */
export interface ManagedTablet {
  /** For example beijing-101. */
  readonly name: string;
  /** For example beijing-0000000101. */
  readonly alias: string;
  readonly dataCenter: string;
  readonly keyspace: string;
  readonly shard: string;
  /** The operation that made it, or made it anew; null where it was there from the start. */
  readonly madeBy: string | null;
  /** It is being removed. */
  readonly isLeaving: boolean;
  /** Its data is being removed, to be copied again. */
  readonly isEmptying: boolean;
  /** It does not run, and will not until somebody lets it; null where that cannot be. */
  readonly isFenced: boolean | null;
  /** Why it does not come up, where it was started several times in vain. */
  readonly trouble: string | null;
  /**
   * Where a shard's tablets in a data center can only leave in the reverse order of their joining:
   * its place in it, from 1 on.
   */
  readonly rank?: number;
  /** Where it runs on Kubernetes; null before there is one. */
  readonly pod?: TabletPodState | null;
}

/** The pod that a tablet runs in, as people see it there. */
export interface TabletPodState {
  readonly name: string;
  /** Null before it has one. */
  readonly node: string | null;
  /** As kubectl says it: Running, Pending, CrashLoopBackOff, … */
  readonly status: string;
  /** Of its containers. */
  readonly ready: number;
  readonly containers: number;
  /** Of all its containers together. */
  readonly restarts: number;
}

/** What a tablet takes where it runs, MySQL included. */
export interface TabletUsage {
  readonly name: string;
  /** Of one core, lately. */
  readonly cpuPercent: number;
  readonly memoryBytes: number;
  /** Null where that is not known. */
  readonly diskUsedBytes: number | null;
  /** Left on the disk that it writes to; null likewise. */
  readonly diskFreeBytes: number | null;
}

export interface WantedTablet {
  /** Who asks: the same one gets the same tablet. */
  readonly by: string;
  readonly dataCenter: string;
  readonly keyspace: string;
  readonly shard: string;
  /** Alias of the tablet to copy from; none where the shard has no data yet. */
  readonly donor?: string | undefined;
  /** Name of the backup to begin with instead of a copy. */
  readonly backup?: string;
}

export interface TabletsDriver {
  list(): Promise<ManagedTablet[]>;
  /** Of those of which it is known. */
  usage(): Promise<TabletUsage[]>;
  add(wanted: WantedTablet): Promise<void>;
  /** Throws its data away and copies it anew. */
  rebuild(name: string, wanted: { readonly by: string; readonly donor: string }): Promise<void>;
  /** Ends it at once and keeps it from running: when this resolves, it surely takes no more writes. */
  fence(name: string): Promise<void>;
  /** Ends it and frees its storage. */
  remove(name: string): Promise<void>;
}
