/**
 * A WebM file (RFC 9559, RFC 8794) of VP8 keyframes, complete and seekable: every size is known,
 * and the cues come before the pictures.
 */

export interface VideoShape {
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
}

const ids = {
  ebml: 0x1a45dfa3,
  ebmlVersion: 0x4286,
  ebmlReadVersion: 0x42f7,
  maxIdLength: 0x42f2,
  maxSizeLength: 0x42f3,
  docType: 0x4282,
  docTypeVersion: 0x4287,
  docTypeReadVersion: 0x4285,
  segment: 0x18538067,
  info: 0x1549a966,
  timestampScale: 0x2ad7b1,
  duration: 0x4489,
  muxingApp: 0x4d80,
  writingApp: 0x5741,
  tracks: 0x1654ae6b,
  trackEntry: 0xae,
  trackNumber: 0xd7,
  trackUid: 0x73c5,
  trackType: 0x83,
  flagLacing: 0x9c,
  language: 0x22b59c,
  codecId: 0x86,
  defaultDuration: 0x23e383,
  video: 0xe0,
  pixelWidth: 0xb0,
  pixelHeight: 0xba,
  cues: 0x1c53bb6b,
  cuePoint: 0xbb,
  cueTime: 0xb3,
  cueTrackPositions: 0xb7,
  cueTrack: 0xf7,
  cueClusterPosition: 0xf1,
  cluster: 0x1f43b675,
  timestamp: 0xe7,
  simpleBlock: 0xa3,
} as const;

const TRACK = 1;
const NANOSECONDS_PER_SECOND = 1_000_000_000;
const MILLISECONDS_PER_SECOND = 1000;

/** A whole number, big-endian, in as few bytes as it takes. */
const bytes = (value: number): Buffer => {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
};

const uint32 = (value: number): Buffer => {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
};

const float64 = (value: number): Buffer => {
  const buffer = Buffer.alloc(8);
  buffer.writeDoubleBE(value);
  return buffer;
};

/** A size of four bytes, whose first bits say so: enough for 256 MiB, and always of one length. */
const size = (value: number): Buffer => uint32(0x10000000 + value);

const element = (name: keyof typeof ids, ...content: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(content);
  return Buffer.concat([bytes(ids[name]), size(body.length), body]);
};

const header = (): Buffer =>
  element(
    "ebml",
    element("ebmlVersion", bytes(1)),
    element("ebmlReadVersion", bytes(1)),
    element("maxIdLength", bytes(4)),
    element("maxSizeLength", bytes(8)),
    element("docType", Buffer.from("webm")),
    element("docTypeVersion", bytes(4)),
    element("docTypeReadVersion", bytes(2)),
  );

const info = (milliseconds: number): Buffer =>
  element(
    "info",
    element("timestampScale", bytes(NANOSECONDS_PER_SECOND / MILLISECONDS_PER_SECOND)),
    element("duration", float64(milliseconds)),
    element("muxingApp", Buffer.from("tagenal")),
    element("writingApp", Buffer.from("tagenal")),
  );

const tracks = ({ width, height, framesPerSecond }: VideoShape): Buffer =>
  element(
    "tracks",
    element(
      "trackEntry",
      element("trackNumber", bytes(TRACK)),
      element("trackUid", bytes(1)),
      element("trackType", bytes(1)),
      element("flagLacing", bytes(0)),
      element("language", Buffer.from("und")),
      element("codecId", Buffer.from("V_VP8")),
      element("defaultDuration", bytes(Math.round(NANOSECONDS_PER_SECOND / framesPerSecond))),
      element("video", element("pixelWidth", bytes(width)), element("pixelHeight", bytes(height))),
    ),
  );

/** One second of frames: a place to seek to. Times in a block count from its cluster's. */
const cluster = (frames: readonly Buffer[], second: number, framesPerSecond: number): Buffer => {
  const blocks = frames.map((frame, n) => {
    const prefix = Buffer.from([0x80 + TRACK, 0, 0, 0x80]);
    prefix.writeInt16BE(Math.round((n * MILLISECONDS_PER_SECOND) / framesPerSecond), 1);
    return element("simpleBlock", prefix, frame);
  });
  return element(
    "cluster",
    element("timestamp", bytes(second * MILLISECONDS_PER_SECOND)),
    ...blocks,
  );
};

const cues = (positions: readonly number[]): Buffer =>
  element(
    "cues",
    ...positions.map((position, second) =>
      element(
        "cuePoint",
        element("cueTime", bytes(second * MILLISECONDS_PER_SECOND)),
        element(
          "cueTrackPositions",
          element("cueTrack", bytes(TRACK)),
          // Four bytes whatever the value: the cues' own length must not depend on it.
          element("cueClusterPosition", uint32(position)),
        ),
      ),
    ),
  );

export const toWebm = (keyframes: readonly Buffer[], shape: VideoShape): Buffer => {
  const { framesPerSecond } = shape;
  const clusters: Buffer[] = [];
  for (let from = 0; from < keyframes.length; from += framesPerSecond) {
    const frames = keyframes.slice(from, from + framesPerSecond);
    clusters.push(cluster(frames, clusters.length, framesPerSecond));
  }
  const milliseconds = (keyframes.length * MILLISECONDS_PER_SECOND) / framesPerSecond;
  const front = Buffer.concat([info(milliseconds), tracks(shape)]);
  // Positions count from the first byte inside the segment.
  let position = front.length + cues(clusters.map(() => 0)).length;
  const positions = clusters.map(({ length }) => {
    position += length;
    return position - length;
  });
  return Buffer.concat([header(), element("segment", front, cues(positions), ...clusters)]);
};
