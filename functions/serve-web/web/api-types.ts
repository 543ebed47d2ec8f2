/** What the API answers, as far as the pages show it. */

export interface PageOf<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

export interface User {
  readonly uid: number;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly name: string;
  readonly gender: string;
  readonly email: string;
  readonly phone: string;
  readonly dept: string;
  readonly grade: string;
  readonly language: string;
  readonly region: string;
  readonly role: string;
  readonly preferTags: string;
  readonly obtainedCredits: number;
}

export interface Read {
  readonly id: string;
  readonly timestamp: number;
  readonly uid: number;
  readonly aid: number;
  /** Seconds. */
  readonly readTimeLength: number;
  readonly readOrNot: number;
  readonly agreeOrNot: number;
  readonly commentOrNot: number;
  readonly shareOrNot: number;
  readonly commentDetail: string;
  /** Null where the article is gone. */
  readonly title: string | null;
  readonly category: string | null;
}

export interface ArticleItem {
  readonly aid: number;
  readonly timestamp: number;
  readonly title: string;
  readonly category: string;
  readonly abstract: string;
  readonly articleTags: string;
  readonly authors: string;
  readonly language: string;
  /** Names of files, with commas between them. */
  readonly image: string;
}

export interface Article extends ArticleItem {
  readonly beRead: {
    readonly readNum: number;
    readonly commentNum: number;
    readonly agreeNum: number;
    readonly shareNum: number;
  };
  readonly media: {
    readonly text: string | null;
    readonly images: readonly string[];
    readonly video: string | null;
  };
}

export interface Rank {
  /** Days, YYYY-MM-DD. */
  readonly from: string;
  readonly to: string;
  readonly articles: readonly Article[];
}

export interface Pod {
  readonly name: string;
  readonly node: string | null;
  readonly status: string;
  readonly ready: number;
  readonly containers: number;
  readonly restarts: number;
}

export interface Tablet {
  readonly tablet: string;
  readonly alias: string;
  readonly dataCenter: string;
  readonly shard: string;
  readonly role: string;
  readonly state: string;
  readonly lagSeconds: number | null;
  readonly isManaged: boolean;
  /** On Kubernetes. */
  readonly pod: Pod | null;
  readonly stateSince: string | null;
  readonly primarySince: string | null;
  /** Over the last 10 s. */
  readonly queriesPerSecond: { readonly reads: number; readonly writes: number } | null;
  readonly p99Milliseconds: number | null;
  readonly connections: number | null;
  readonly uptimeSeconds: number | null;
  readonly version: string | null;
  readonly errantGtids: number | null;
  /** Of one core. */
  readonly cpuPercent: number | null;
  readonly memoryBytes: number | null;
  readonly diskUsedBytes: number | null;
  readonly diskFreeBytes: number | null;
  readonly lastBackupAt: string | null;
}

/** One table of one shard as a data center has it; no shard: it lies in the object store. */
export interface Placed {
  readonly table: string;
  readonly shard: string | null;
  readonly dataCenter: string | null;
  readonly copies: number;
  readonly rows: number;
  /** Counted; otherwise reckoned. */
  readonly isExact: boolean;
  readonly bytes: number;
}

export interface ShardLoad {
  readonly shard: string;
  readonly primary: string | null;
  readonly rows: number;
  readonly bytes: number;
  readonly queriesPerSecond: number;
}

export interface Finding {
  readonly kind: "skew" | "hot" | "unknown";
  readonly shard: string | null;
  readonly says: string;
}

export interface Placement {
  readonly at: string;
  readonly items: readonly Placed[];
  readonly shards: readonly ShardLoad[];
  readonly findings: readonly Finding[];
}

export interface Happening {
  readonly at: string;
  readonly kind: string;
  readonly state: string;
  readonly shard: string | null;
  readonly tablet: string | null;
  readonly by: string;
  readonly says: string;
  readonly operation: string;
}

export type Json = Readonly<Record<string, unknown>>;

export interface OperationItem {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly request: Json;
  readonly progress: Json;
  readonly result: Json | null;
  readonly problem: { readonly detail?: string } | null;
}

export interface Operation extends OperationItem {
  readonly next?: string;
}

export interface Plan {
  readonly kind: string;
  readonly canRun: boolean;
  readonly reasons: readonly string[];
  readonly plan: Json;
}
