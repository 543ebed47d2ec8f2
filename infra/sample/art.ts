/** Simple abstract art as SVG: shapes of one palette that drift over a gradient. */
import type { Random } from "./random.ts";

export interface Art {
  /** The picture after this part of its one slow turn (0 to 1). */
  readonly at: (turn: number) => Buffer;
}

interface Shape {
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly colour: string;
  readonly angle: number;
  readonly drift: number;
}

type Motif = (shape: Shape) => string;
/** From dark to bright, the first for the ground. */
type Palette = readonly [string, string, ...string[]];

const palettes: readonly [Palette, ...Palette[]] = [
  ["#0b132b", "#1c2541", "#3a506b", "#5bc0be", "#f4f4f9"],
  ["#2d1e2f", "#f15946", "#f9c22e", "#53b3cb", "#e01a4f"],
  ["#264653", "#2a9d8f", "#e9c46a", "#f4a261", "#e76f51"],
  ["#10002b", "#5a189a", "#9d4edd", "#e0aaff", "#ff9e00"],
  ["#1b4332", "#40916c", "#95d5b2", "#fefae0", "#bc6c25"],
  ["#03071e", "#9d0208", "#dc2f02", "#f48c06", "#ffba08"],
  ["#22223b", "#4a4e69", "#9a8c98", "#c9ada7", "#f2e9e4"],
  ["#003049", "#669bbc", "#fdf0d5", "#c1121f", "#780000"],
];

const motifs: readonly [Motif, ...Motif[]] = [
  ({ x, y, size, colour }) => `<circle cx="${x}" cy="${y}" r="${size / 2}" fill="${colour}"/>`,
  ({ x, y, size, colour }) =>
    `<circle cx="${x}" cy="${y}" r="${size / 2}" fill="none" stroke="${colour}" stroke-width="${size / 6}"/>`,
  ({ x, y, size, colour }) =>
    `<path d="M${x} ${y - size / 2}l${size / 2} ${size}h${-size}z" fill="${colour}"/>`,
  ({ x, y, size, colour }) =>
    `<rect x="${x - size / 2}" y="${y - size / 2}" width="${size}" height="${size}" fill="${colour}"/>`,
  ({ x, y, size, colour }) =>
    `<path d="M${x - size} ${y}q${size / 2} ${-size} ${size} 0t${size} 0" fill="none" stroke="${colour}" stroke-width="${size / 5}"/>`,
];

export const createArt = (random: Random, width: number, height: number): Art => {
  const [from, ...bright] = random.pick(palettes);
  const to = random.pick(bright);
  const slope = random.below(101);
  const motif = random.pick(motifs);
  const shapes = Array.from({ length: 4 + random.below(9) }, () => ({
    x: random.below(width),
    y: random.below(height),
    size: 12 + random.below(height / 2),
    colour: random.pick(bright),
    angle: random.below(360),
    drift: 10 + random.below(40),
  }));
  const head =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><defs>` +
    `<linearGradient id="g" x2="${slope}%" y2="${100 - slope}%"><stop stop-color="${from}"/>` +
    `<stop offset="1" stop-color="${to}"/></linearGradient></defs>` +
    `<rect width="100%" height="100%" fill="url(#g)"/><g opacity="0.85">`;

  const draw = (shape: Shape, turn: number): string => {
    // Back where it began after one turn, so that a clip can be played in a loop.
    const radians = 2 * Math.PI * turn;
    const [dx, dy] = [shape.drift * Math.sin(radians), shape.drift * (1 - Math.cos(radians))];
    const turned = `rotate(${shape.angle} ${shape.x} ${shape.y})`;
    return `<g transform="translate(${dx.toFixed(2)} ${dy.toFixed(2)}) ${turned}">${motif(shape)}</g>`;
  };
  return {
    at: (turn) =>
      Buffer.from(`${head}${shapes.map((shape) => draw(shape, turn)).join("")}</g></svg>`),
  };
};
