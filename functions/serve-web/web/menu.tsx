/** A button with a menu: arrows, Home and End go through it, Escape and whatever is elsewhere close it. */
import { useEffect, useRef, useState } from "preact/hooks";

export interface MenuItem {
  readonly key: string;
  readonly label: string;
  readonly onChoose: () => void;
}

interface MenuProps {
  /** What it is about, for who does not see where it stands. */
  readonly label: string;
  readonly items: readonly MenuItem[];
}

const steps: Readonly<Record<string, (index: number, count: number) => number>> = {
  ArrowDown: (index, count) => (index + 1) % count,
  ArrowUp: (index, count) => (index - 1 + count) % count,
  Home: () => 0,
  End: (_, count) => count - 1,
};

export const Menu = ({ label, items }: MenuProps) => {
  const [isOpen, setIsOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const list = (): HTMLButtonElement[] => [
    ...(root.current?.querySelectorAll<HTMLButtonElement>("[role=menuitem]") ?? []),
  ];
  useEffect(() => {
    if (!isOpen) return;
    list()[0]?.focus();
    const onElsewhere = ({ target }: Event): void => {
      if (!(target instanceof Node && root.current?.contains(target))) setIsOpen(false);
    };
    document.addEventListener("pointerdown", onElsewhere);
    document.addEventListener("focusin", onElsewhere);
    return () => {
      document.removeEventListener("pointerdown", onElsewhere);
      document.removeEventListener("focusin", onElsewhere);
    };
  }, [isOpen]);
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = steps[event.key];
    if (event.key === "Escape") {
      setIsOpen(false);
      button.current?.focus();
    } else if (step !== undefined) {
      const found = list();
      const now = found.findIndex((one) => document.activeElement?.isSameNode(one));
      found[step(now, found.length)]?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="menu" ref={root}>
      <button
        ref={button}
        type="button"
        class="menu-button"
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-label={label}
        onClick={() => setIsOpen(!isOpen)}
      >
        ⋯
      </button>
      {isOpen ? (
        <div class="menu-list" role="menu" aria-label={label} tabIndex={-1} onKeyDown={onKeyDown}>
          {items.map(({ key, label: name, onChoose }) => (
            <button
              key={key}
              type="button"
              role="menuitem"
              tabIndex={-1}
              onClick={() => {
                setIsOpen(false);
                button.current?.focus();
                onChoose();
              }}
            >
              {name}
            </button>
          ))}
        </div>
      ) : null}
    </div>
  );
};
