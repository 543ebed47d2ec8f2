/** One server: who it is, how it is, and what it has to do. */

import { ActionMenu } from "./action-menu.tsx";
import type { Action } from "./actions.ts";
import type { Pod, Tablet } from "./api-types.ts";
import { toBytes, toPercent, toRate } from "./format.ts";
import { StateBadge } from "./state-badge.tsx";
import { texts } from "./texts.ts";

type Figure = readonly [label: string, value: string, title?: string];

const orNone = <T,>(value: T | null, show: (value: T) => string): string =>
  value === null ? texts.none : show(value);

const figuresOf = (tablet: Tablet): readonly Figure[] => {
  const { queriesPerSecond: rates, diskUsedBytes: used, diskFreeBytes: free } = tablet;
  const { reads, writes, p99, lagOf, connections, cpu, memory, disk } = texts.figure;
  const total = used === null || free === null ? 0 : used + free;
  return [
    [reads, orNone(rates, ({ reads: rate }) => `${toRate(rate)}/s`)],
    [writes, orNone(rates, ({ writes: rate }) => `${toRate(rate)}/s`)],
    [p99, orNone(tablet.p99Milliseconds, (ms) => `${toRate(ms)} ms`)],
    [lagOf, orNone(tablet.lagSeconds, (seconds) => `${seconds} s`)],
    [cpu, orNone(tablet.cpuPercent, (percent) => `${Math.round(percent)} %`)],
    [memory, orNone(tablet.memoryBytes, toBytes)],
    [
      disk,
      orNone(used, toBytes),
      total === 0 ? "" : texts.figure.diskOf(toPercent((used ?? 0) / total), toBytes(free ?? 0)),
    ],
    [connections, orNone(tablet.connections, String)],
  ];
};

const Errant = ({ count }: { readonly count: number | null }) =>
  count === null || count === 0 ? null : <p class="bad small-text">{texts.admin.errant(count)}</p>;

/** On Kubernetes: what is well is said quietly. */
const PodView = ({ pod }: { readonly pod: Pod | null }) => {
  if (pod === null) return null;
  const isWell = pod.status === "Running" && pod.ready === pod.containers;
  return (
    <p class={isWell ? "quiet small-text" : "bad small-text"} title={pod.name}>
      {texts.admin.pod(pod)}
    </p>
  );
};

interface CardProps {
  readonly tablet: Tablet;
  readonly actions: readonly Action[];
  readonly onAct: ((action: Action) => void) | undefined;
}

export const TabletCard = ({ tablet, actions, onAct }: CardProps) => (
  <li class={tablet.role === "primary" ? "tablet tablet-primary" : "tablet"}>
    <div class="head">
      <strong>{tablet.tablet}</strong>
      <span class={`role role-${tablet.role}`}>{tablet.role}</span>
      <StateBadge state={tablet.state} />
      <ActionMenu about={tablet.tablet} actions={actions} onAct={onAct} />
    </div>
    <PodView pod={tablet.pod} />
    <dl class="figures">
      {figuresOf(tablet).map(([label, value, title = ""]) => (
        <div key={label} {...(title === "" ? {} : { title })}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
    <Errant count={tablet.errantGtids} />
  </li>
);
