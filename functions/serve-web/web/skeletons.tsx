/** The forms of lists whose items are on their way. */

interface CountProps {
  readonly count: number;
}

const repeat = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

export const ListSkeleton = ({ count }: CountProps) => (
  <>
    {repeat(count).map((index) => (
      <div key={index} class="skeleton-item">
        <div class="skeleton-line" />
        <div class="skeleton-line" />
      </div>
    ))}
  </>
);

export const StoriesSkeleton = ({ count }: CountProps) => (
  <div class="stories">
    {repeat(count).map((index) => (
      <div key={index} class="story">
        <div class="cover skeleton-block" />
        <div class="story-words">
          <div class="skeleton-line skeleton-title" />
          <div class="skeleton-line" />
          <div class="skeleton-line" />
        </div>
      </div>
    ))}
  </div>
);

export const PeopleSkeleton = ({ count }: CountProps) => (
  <div class="people">
    {repeat(count).map((index) => (
      <div key={index} class="person">
        <div class="face skeleton-block" />
        <div class="person-words">
          <div class="skeleton-line" />
          <div class="skeleton-line" />
        </div>
      </div>
    ))}
  </div>
);

/** An article from its title to its first paragraphs. */
export const ArticleSkeleton = () => (
  <div class="article">
    <div class="skeleton-line skeleton-headline" />
    <div class="skeleton-line skeleton-headline" />
    <div class="skeleton-line" />
    <div class="skeleton-line skeleton-bar" />
    {repeat(8).map((index) => (
      <div key={index} class="skeleton-line" />
    ))}
  </div>
);
