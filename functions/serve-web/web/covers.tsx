/**
 * Pictures of articles in lists. Where an article has none, or its file was never sent, a plain
 * ground with its initial is in the same place, so that nothing moves.
 */
import { useState } from "preact/hooks";

/** Files that were asked for in vain: they are not asked for again in this tab. */
const missing = new Set<string>();

interface PictureProps {
  readonly path: string;
  readonly alt: string;
  /** It is what is seen first: no other picture is more urgent. */
  readonly isFirst?: boolean;
  readonly onMissing?: () => void;
}

/** One that is not there leaves nothing. */
export const Picture = ({ path, alt, isFirst = false, onMissing }: PictureProps) => {
  const [isMissing, setIsMissing] = useState(missing.has(path));
  if (isMissing || missing.has(path)) return null;
  return (
    <img
      src={path}
      alt={alt}
      width={160}
      height={120}
      decoding="async"
      loading={isFirst ? "eager" : "lazy"}
      fetchpriority={isFirst ? "high" : "auto"}
      onError={() => {
        missing.add(path);
        setIsMissing(true);
        onMissing?.();
      }}
    />
  );
};

/** The first of an article's pictures, of which a list has the files' names; null where it has none. */
export const toCoverPath = (aid: number, image: string): string | null => {
  const [first = ""] = image.split(",");
  const name = first.trim();
  return name === "" ? null : `/v1/media/${aid}/${encodeURIComponent(name)}`;
};

const GROUNDS = 6;

interface CoverProps {
  readonly aid: number;
  readonly title: string;
  readonly path: string | null;
  readonly isFirst?: boolean;
}

/** Beside a link with the title, hence without words of its own. */
export const Cover = ({ aid, title, path, isFirst = false }: CoverProps) => (
  <div class={`cover cover-${aid % GROUNDS}`} aria-hidden="true">
    <span>{[...title][0]}</span>
    {path === null ? null : <Picture key={path} path={path} alt="" isFirst={isFirst} />}
  </div>
);
