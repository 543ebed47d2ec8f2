/**
 * `npm run images -- --monitoring`: the images of what watches, from the programs that `up` runs, for
 * clusters without a registry. Not made: Grafana, kube-state-metrics, the OpenTelemetry collector.
 */
import { join } from "node:path";
import { type GoModule, goPrograms } from "#infra/parts/go-programs.ts";
import { type ImageContent, programImage } from "./program-image.ts";

/** By image: which programs of Go it is made of, and which of them it runs. */
const programs: Readonly<Record<string, readonly [parts: GoModule, program: string]>> = {
  prometheus: ["prometheus-kubernetes", "prometheus"],
  alertmanager: ["alertmanager", "alertmanager"],
  "node-exporter": ["node-exporter", "node_exporter"],
  jaeger: ["jaeger", "jaeger"],
};

export const monitoringImages: readonly string[] = Object.keys(programs);

export const readMonitoringImages = async (
  names: readonly string[],
): Promise<readonly ImageContent[]> => {
  const images: ImageContent[] = [];
  // One Go build at a time: each uses every core.
  for (const name of names) {
    const found = programs[name];
    if (found === undefined) continue;
    const [parts, program] = found;
    const path = join(await goPrograms(parts), program);
    images.push(await programImage(name, { [`usr/local/bin/${program}`]: path }));
  }
  return images;
};
