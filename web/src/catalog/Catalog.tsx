import { Button, NativeSelect, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import type { AccessResponse, CatalogCourseResponse, CatalogResponse, Category } from "@tuition/client";
import { useEffect, useRef, type ReactNode } from "react";
import { useSearchParams } from "react-router";

import { canBuy } from "../access/accessState.ts";
import { useBuy } from "../checkout/useBuy.ts";
import { ErrorNotice } from "../errors/ErrorNotice.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { BundleCard } from "./BundleCard.tsx";
import classes from "./Catalog.module.css";
import { CourseCard } from "./CourseCard.tsx";
import { useCurrency } from "./currency.tsx";
import { offersFor, productOffer } from "./offers.ts";

/** From what costs nothing to what is bought one by one. */
const CATEGORIES: Category[] = ["free", "curriculum", "track", "alacarte"];

export interface CatalogProps {
  catalog: CatalogResponse;
  /** `undefined` when nobody is signed in. */
  accessTo: (courseId: string) => AccessResponse | undefined;
}

export function Catalog({ catalog, accessTo }: CatalogProps): ReactNode {
  const { text } = useI18n();
  const { currency } = useCurrency(catalog);
  const [parameters, setParameters] = useSearchParams();
  const buying = useBuy();
  const query = parameters.get("q") ?? "";
  const search = (value: string) => setParameters(value === "" ? {} : { q: value }, { replace: true });
  const courses = catalog.courses.filter((course) => matches(course, query));
  const titles = new Map(catalog.courses.map(({ id, title }) => [id, title]));
  const bundles = catalog.products.filter((product) => product.courses.length > 1 && query === "");
  if (catalog.courses.length === 0) return <p>{text.catalog.empty}</p>;
  return (
    <>
      <Toolbar catalog={catalog} query={query} onSearch={search} />
      <p role="status" className={classes.status}>
        {query !== "" && (courses.length > 0 ? text.catalog.found(courses.length) : text.catalog.none(query))}
      </p>
      {courses.length === 0 && (
        <Button mt="sm" onClick={() => search("")}>
          {text.catalog.clear}
        </Button>
      )}
      {buying.error?.code === "already_owned" && <ErrorNotice error={buying.error} />}
      {CATEGORIES.map((category) => (
        <Section key={category} title={text.catalog.categories[category]}>
          {courses
            .filter((course) => course.category === category)
            .map((course) => (
              <CourseCard
                key={course.id}
                course={course}
                access={accessTo(course.id)}
                offers={offersFor(course.id, catalog, currency)}
                buying={buying}
              />
            ))}
        </Section>
      ))}
      <Section title={text.catalog.bundles}>
        {bundles.map((product) => (
          <BundleCard
            key={product.id}
            product={product}
            titles={product.courses.map((id) => titles.get(id) ?? id)}
            offer={product.courses.some((id) => canBuy(accessTo(id))) ? productOffer(product, currency) : undefined}
            buying={buying}
          />
        ))}
      </Section>
    </>
  );
}

interface ToolbarProps {
  catalog: CatalogResponse;
  query: string;
  onSearch: (query: string) => void;
}

function Toolbar({ catalog, query, onSearch }: ToolbarProps): ReactNode {
  const { text } = useI18n();
  const { currency, currencies, choose } = useCurrency(catalog);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // While somebody types, the address follows the field. Otherwise the field follows the address.
    if (field.current && field.current !== document.activeElement) field.current.value = query;
  }, [query]);
  return (
    <search className={classes.toolbar}>
      <TextInput
        type="search"
        label={text.catalog.search}
        ref={field}
        defaultValue={query}
        onChange={({ target }) => onSearch(target.value)}
        leftSection={<IconSearch size={18} aria-hidden />}
        className={classes.search}
      />
      {currencies.length > 1 && (
        <NativeSelect
          label={text.catalog.currency}
          value={currency}
          onChange={({ target }) => choose(target.value)}
          data={currencies.map((code) => ({ value: code, label: code.toUpperCase() }))}
        />
      )}
    </search>
  );
}

function Section({ title, children }: { title: string; children: ReactNode[] }): ReactNode {
  if (children.length === 0) return null;
  return (
    <section aria-label={title} className={classes.section}>
      <h2 className={classes.heading}>{title}</h2>
      <ul className={classes.grid}>{children}</ul>
    </section>
  );
}

function matches({ title, summary }: CatalogCourseResponse, query: string): boolean {
  const words = query.toLocaleLowerCase().split(/\s+/);
  const content = `${title} ${summary}`.toLocaleLowerCase();
  return words.every((word) => content.includes(word));
}
