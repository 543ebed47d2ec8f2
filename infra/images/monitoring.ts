/**
 * `npm run images -- --monitoring`: the images of what watches, from the programs that `up` runs, for
 * clusters without a registry. Not made: Grafana, kube-state-metrics, the OpenTelemetry collector.
 */
import { join } from "node:path";
import { goPrograms } from "#infra/parts/go-programs.ts";
import { type ImageContent, programImage } from "./program-image.ts";

const makers: Readonly<Record<string, () => Promise<ImageContent>>> = {
  prometheus: async () =>
    programImage("prometheus", {
      "usr/local/bin/prometheus": join(await goPrograms("prometheus-kubernetes"), "prometheus"),
    }),
  alertmanager: async () =>
    programImage("alertmanager", {
      "usr/local/bin/alertmanager": join(await goPrograms("alertmanager"), "alertmanager"),
    }),
  "node-exporter": async () =>
    programImage("node-exporter", {
      "usr/local/bin/node_exporter": join(await goPrograms("node-exporter"), "node_exporter"),
    }),
  jaeger: async () =>
    programImage("jaeger", {
      "usr/local/bin/jaeger": join(await goPrograms("jaeger"), "jaeger"),
    }),
};

export const monitoringImages: readonly string[] = Object.keys(makers);

export const readMonitoringImages = async (
  names: readonly string[],
): Promise<readonly ImageContent[]> => {
  const images: ImageContent[] = [];
  // One Go build at a time: each uses every core.
  for (const name of names) {
    const image = await makers[name]?.();
    if (image !== undefined) images.push(image);
  }
  return images;
};
