/** The frame of all pages, and which page is in it. */
import { type ComponentChildren, render } from "preact";
import { ApiPage } from "./api-page.tsx";
import { ArticlePage } from "./article-page.tsx";
import { ArticlesPage } from "./articles-page.tsx";
import { ConsolePage } from "./console-page.tsx";
import { HistoryPage } from "./history-page.tsx";
import { HomePage } from "./home-page.tsx";
import { LoadPage } from "./load-page.tsx";
import { Link, useAddress } from "./navigation.tsx";
import { OperationPage } from "./operation-page.tsx";
import { OperationsPage } from "./operations-page.tsx";
import { Empty, Heading } from "./parts.tsx";
import { QueryPage } from "./query-page.tsx";
import { RanksPage } from "./ranks-page.tsx";
import { type Page, parsePage } from "./route.ts";
import { Who } from "./sign-in.tsx";
import { texts } from "./texts.ts";
import { TracePage } from "./trace-page.tsx";
import { Unsent } from "./unsent.tsx";
import { UserPage } from "./user-page.tsx";
import { UsersPage } from "./users-page.tsx";
import { WatchPage } from "./watch-page.tsx";

const consolePages = [
  ...["console", "operations", "operation", "history", "load", "query", "watch", "trace"],
];

const menu = [
  { label: texts.articles, href: "/articles", names: ["articles", "article"] },
  { label: texts.users, href: "/users", names: ["users", "user"] },
  { label: texts.topFive, href: "/ranks", names: ["ranks"] },
  { label: texts.console, href: "/console", names: consolePages },
  { label: texts.api.title, href: "/api", names: ["api"] },
];

const Unknown = () => (
  <>
    <Heading>{texts.notFound}</Heading>
    <Empty>{texts.notFoundDetail}</Empty>
  </>
);

const show = (page: Page): ComponentChildren => {
  switch (page.name) {
    case "home":
      return <HomePage />;
    case "users":
      return <UsersPage {...page} />;
    case "user":
      return <UserPage {...page} />;
    case "articles":
      return <ArticlesPage {...page} />;
    case "article":
      return <ArticlePage {...page} />;
    case "ranks":
      return <RanksPage {...page} />;
    case "console":
      return <ConsolePage />;
    case "operations":
      return <OperationsPage {...page} />;
    case "operation":
      return <OperationPage {...page} />;
    case "history":
      return <HistoryPage {...page} />;
    case "load":
      return <LoadPage />;
    case "query":
      return <QueryPage />;
    case "watch":
      return <WatchPage />;
    case "trace":
      return <TracePage {...page} />;
    case "api":
      return <ApiPage />;
    case "unknown":
      return <Unknown />;
  }
};

const App = () => {
  const { pathname, search } = useAddress();
  const page = parsePage(pathname, search);
  return (
    <>
      <a class="skip" href="#content">
        {texts.skip}
      </a>
      <header>
        <Link href="/" class="brand">
          {texts.site}
        </Link>
        <nav aria-label={texts.mainMenu}>
          {menu.map(({ label, href, names }) => (
            <Link key={href} href={href} isCurrent={names.includes(page.name)}>
              {label}
            </Link>
          ))}
        </nav>
        <Who />
      </header>
      <main id="content" key={page.name} class={consolePages.includes(page.name) ? "wide" : ""}>
        {show(page)}
      </main>
      <Unsent />
    </>
  );
};

const root = document.getElementById("root");
if (root !== null) render(<App />, root);
