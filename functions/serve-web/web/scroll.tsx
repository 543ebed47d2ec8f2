/** What may be wider or higher than its place; the keyboard scrolls it, too. */
import type { ComponentChildren } from "preact";

interface ScrollProps {
  readonly label: string;
  readonly class?: string;
  readonly children: ComponentChildren;
}

export const Scroll = ({ label, class: more = "", children }: ScrollProps) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached without a mouse.
  <section class={`scroll ${more}`} aria-label={label} tabIndex={0}>
    {children}
  </section>
);
